"""What a comparison finds: a value with its interval, and treatment against control."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the interval around it."""

    value: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether the interval lies wholly to one side of the value."""
        return not self.low <= value <= self.high


class Procedure(StrEnum):
    """Where a p-value comes from."""

    CHI_SQUARED = "chi-squared"
    FISHER = "Fisher's exact"
    WELCH = "Welch's t"
    DELTA = "delta method, Welch's t"
    CROSSED = "delta method, arms crossed within people"


@dataclass(frozen=True, slots=True)
class Contrast:
    """Treatment against control.

    Attributes:
        difference: treatment's value less control's; of rates a fraction: 0.01 is one percentage point.
        lift: the difference over control's value; None where a ratio of the two means nothing.
        p_value: two-sided, of no difference at all.
        standard_error: of the difference, as the test uses it.
        reduction: the share of the difference's variance that a covariate took away; None without one.
    """

    difference: Estimate
    lift: Estimate | None
    p_value: float
    procedure: Procedure
    standard_error: float
    reduction: float | None = None

    @property
    def tells(self) -> bool:
        """Whether interval and test agree, at 5%, that there is a difference."""
        return self.difference.excludes(0) and self.p_value < 1 - CONFIDENCE

    @property
    def z(self) -> float:
        """The difference in standard errors: what a sequential boundary is held against."""
        return self.difference.value / self.standard_error if self.standard_error else 0.0
