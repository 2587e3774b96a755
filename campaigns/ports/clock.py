"""The clock, passed in, so that a test, a replay or `--now` can hold it still."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present as an aware datetime in UTC."""


def system_clock() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still; a value, so that it can be handed to another process."""

    moment: datetime

    def __call__(self) -> datetime:
        """The moment at which it stands."""
        return self.moment


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Real time, which passes also where the clock is held still: rates are kept by it.

    Attributes:
        now: the present.
        sleep: waits so many seconds.
    """

    now: Clock = system_clock
    sleep: Callable[[float], None] = time.sleep

    def wait_until(self, moment: datetime) -> None:
        """Sleep until then, if it is yet to come."""
        if (ahead := moment - self.now()) > timedelta():
            self.sleep(ahead.total_seconds())
