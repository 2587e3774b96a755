"""The pace: how fast all workers of a provider may send together, as they share it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """What the workers of one provider know together; `dispatch.pacing` has the rules by which it changes.

    Attributes:
        free_at: from when on the next batch may leave.
        factor: the share of the configured rate that is used at present, above 0 and at most 1; the provider's
            throttling lowers it.
        factor_at: when it last changed.
        day: the day, in UTC, that `spent` counts.
        spent: recipients on that day.
    """

    free_at: datetime
    factor: float
    factor_at: datetime
    day: date
    spent: int
