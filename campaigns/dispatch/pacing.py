"""Pacing: one rate for all workers of a provider, never exceeded in any second.

Batches leave in slots. Every slot has room for one full batch, and a second has as many as the rate allows; they
lie `SPARE` further apart than that, and a batch that is less than `LATE` seconds late may use its slot still; the
rest of `SPARE` is for the way to the provider, which is not equally quick each time. So no more slots than the
rate allows ever fall into one second, however late each batch is, and 1 / (1 + SPARE) of the rate is used. A slot
that was missed is free again, unless somebody has taken one after it. (This is virtual scheduling, the generic
cell rate algorithm of ITU-T I.371, with the tolerance spent on lateness instead of bursts.)

When the provider throttles, the rate is halved; while it does not, it recovers step by step (additive increase,
multiplicative decrease, as in TCP: RFC 5681).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from campaigns.ground.pace import Pace

SPARE = 0.026
"""Seconds of lateness that a slot has room for, and the share of the rate that is left unused for it."""

LATE = 0.6 * SPARE
"""Seconds of lateness that a slot forgives a batch that leaves."""

_CATCH_UP = timedelta(seconds=LATE / 3)  # a slot may lie so far in the past; the rest is for the commits to come
_CALLS_A_SECOND = {True: 5, False: 50}  # at least, by whether a batch leaves in one call: the finer, the smoother
_NEARLY_ALL = 0.99
_SLOWEST = 0.01
_STEP = 0.1
_CALM = timedelta(seconds=2)  # without throttling, before each step back up

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Rate:
    """What may be sent, in recipients; None for no limit.

    Attributes:
        per_second: over all workers.
        per_day: in the present UTC day.
    """

    per_second: float | None = None
    per_day: int | None = None

    def within(self, other: Rate) -> Rate:
        """The stricter of both, each for itself."""
        return Rate(_least(self.per_second, other.per_second), _least(self.per_day, other.per_day))


def batch_size(rate: Rate, at_most: int, *, in_one_call: bool) -> int:
    """How many messages a slot has room for: as many as fill the rate with enough calls a second."""
    if rate.per_second is None:
        return at_most
    biggest = max(1, min(at_most, int(rate.per_second / _CALLS_A_SECOND[in_one_call])))
    sizes = range(biggest, 0, -1)
    full = (size for size in sizes if _used(rate.per_second, size) >= _NEARLY_ALL)
    return next(full, max(sizes, key=lambda size: _used(rate.per_second or 0, size)))


def reserve(pace: Pace | None, now: datetime, rate: Rate, size: int, recipients: int) -> Pace:
    """Take the next slot, which is `slot_of` what comes back, and charge the day with what `grant` gives.

    Args:
        pace: what the workers share; None at first.
        now: real time, never a clock that stands still.
        rate: the rate to keep.
        size: how many messages a slot has room for; see `batch_size`.
        recipients: how many are to go into the slot; none where they were charged before, and missed theirs.
    """
    pace = _recovering(pace or fresh(now), now)
    start = max(pace.free_at, now - _CATCH_UP)
    return replace(
        pace,
        free_at=start + _spacing(pace, rate, size),
        day=now.date(),
        spent=spent_today(pace, now) + grant(pace, now, rate, recipients),
    )


def forgo(pace: Pace | None, rate: Rate, size: int, missed: datetime) -> Pace | None:
    """A slot that was missed is given back, where it is the last that was taken."""
    if pace is None or slot_of(pace, rate, size) != missed:
        return pace
    return replace(pace, free_at=missed)


def slot_of(pace: Pace, rate: Rate, size: int) -> datetime:
    """When the slot begins that `reserve` took."""
    return pace.free_at - _spacing(pace, rate, size)


def grant(pace: Pace | None, now: datetime, rate: Rate, recipients: int) -> int:
    """How many of so many recipients the day has left."""
    if rate.per_day is None:
        return recipients
    return min(recipients, max(0, rate.per_day - spent_today(pace, now)))


def refund(pace: Pace | None, now: datetime, recipients: int) -> Pace:
    """Recipients that the day was charged with, and who were not sent to after all."""
    pace = pace or fresh(now)
    return replace(pace, day=now.date(), spent=max(0, spent_today(pace, now) - recipients))


def spent_today(pace: Pace | None, now: datetime) -> int:
    """How many recipients the present day has had."""
    return pace.spent if pace and pace.day == now.date() else 0


def slow_down(pace: Pace | None, now: datetime) -> Pace:
    """After the provider throttled: half the rate, at most once for the calls that were under way together."""
    pace = pace or fresh(now)
    if pace.factor < 1 and now - pace.factor_at < _CALM / 4:
        return pace
    return replace(pace, factor=max(_SLOWEST, pace.factor / 2), factor_at=now)


def fresh(now: datetime) -> Pace:
    """Before anything was sent."""
    return Pace(free_at=now, factor=1.0, factor_at=now, day=now.date(), spent=0)


def _recovering(pace: Pace, now: datetime) -> Pace:
    if pace.factor < 1 and now - pace.factor_at >= _CALM:
        return replace(pace, factor=min(1.0, pace.factor + _STEP), factor_at=now)
    return pace


def _spacing(pace: Pace, rate: Rate, size: int) -> timedelta:
    if rate.per_second is None:
        return timedelta()
    return timedelta(seconds=(1 + SPARE) / (_calls(rate.per_second, size) * pace.factor))


def _calls(per_second: float, size: int) -> float:
    """Whole calls a second; a rate below one message a second has less than one."""
    return per_second // size or per_second / size


def _used(per_second: float, size: int) -> float:
    return _calls(per_second, size) * size / per_second


def _least(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
