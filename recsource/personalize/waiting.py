"""Waiting for long work: asked often at first, then less and less, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class Timer(Protocol):
    """The clock that waiting is measured by, and its passing."""

    def now(self) -> datetime:
        """The present."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Let so much time pass."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to ask, and for how long.

    Attributes:
        first: the first wait; each one after it is twice as long as the one before.
        longest: the longest wait. A training takes an hour or more, and asking costs requests, not money.
        deadline: how long a training, or an inference, may take in all.
    """

    first: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(minutes=15)
    deadline: timedelta = timedelta(hours=12)

    def starting(self, timer: Timer) -> Deadline:
        """The moment at which work that begins now is given up."""
        return Deadline(self, timer, timer.now() + self.deadline)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment at which everything that is waited for has to be there."""

    patience: Patience
    timer: Timer
    at: datetime

    def pauses(self) -> Iterator[None]:
        """Sleep between one step of the loop and the next, until the deadline has passed, and then end."""
        pause = self.patience.first
        yield
        while (left := self.at - self.timer.now()) > timedelta():
            self.timer.sleep(min(pause, left).total_seconds())
            yield
            pause = min(pause * 2, self.patience.longest)
