"""When a message may leave: not in quiet hours, not before its time, and after a failure not at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from campaigns.ports.entries import Span

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_REST, _LONGEST_REST = 0.25, 30.0  # seconds, after the first throttling, and after many


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The part of a day in which nobody wants email, told from the hour that messages fall due.

    A person's day is known by their due time: what fell due at 18:00 theirs is quiet from `begins` after that
    until `ends` after that, every day. No time zone has to be known; a change of the clocks moves it by an hour.

    Attributes:
        begins: after the due time, from 0 to a day.
        ends: likewise, later than `begins`.
    """

    begins: timedelta
    ends: timedelta


def due_spans(now: datetime, give_up_after: timedelta, quiet: QuietHours | None) -> Sequence[Span]:
    """The due times of those to whom a message may be sent now.

    Args:
        now: the present.
        give_up_after: what fell due longer ago is too late.
        quiet: the quiet hours, if there are any.

    Returns:
        Stretches of due times, the latest first.
    """
    oldest = now - give_up_after - _INSTANT  # what fell due right then is not too late
    if quiet is None:
        return (Span(oldest, now),)
    spans = [Span(max(oldest, now - quiet.begins), now)]
    until = now - quiet.ends
    while until > oldest:
        spans.append(Span(max(oldest, until - (_DAY - quiet.ends + quiet.begins)), until))
        until -= _DAY
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A new sender's first days, each with its number of recipients; afterwards there is no bound.

    Attributes:
        first: the first day, UTC.
        daily: recipients on the first day, the second, and so on.
    """

    first: date
    daily: tuple[int, ...]

    def on(self, day: date) -> int | None:
        """How many recipients that day has; none before the first, None for no bound."""
        passed = (day - self.first).days
        if passed < 0:
            return 0
        return self.daily[passed] if passed < len(self.daily) else None


def retry_after(
    wait: timedelta, attempts: int, chance: float, longest: timedelta = timedelta(hours=6)
) -> timedelta:
    """How long a deferred message waits: twice as long each time, spread so that not all come back at once.

    Args:
        wait: after the first attempt.
        attempts: how many there were, from 1.
        chance: random, from 0 to 1; the wait is between half and all of the full one ("equal jitter").
        longest: the full wait is never longer.
    """
    doubled: int = 2 ** min(20, max(0, attempts - 1))
    return min(longest, wait * doubled) * (0.5 + chance / 2)


def rest_after(in_a_row: int, chance: float) -> float:
    """How many seconds a worker rests whose batch was throttled ("full jitter").

    Args:
        in_a_row: how many batches were, one after the other, from 1.
        chance: random, from 0 to 1.
    """
    doubled: int = 2**in_a_row
    return chance * min(_LONGEST_REST, _REST * doubled)
