"""Guardrails: is the treatment at most so much worse?

"No significant difference" in unsubscribes proves nothing, as few people prove it best. A guardrail is held
only when the interval excludes a harm beyond the margin that was declared beforehand: the one-sided test at
2.5%, by the two-sided 95% interval's end (ICH E9, "Statistical Principles for Clinical Trials", 1998, 3.3.2;
Piaggio et al., JAMA 308, 2012, 2594-2604).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import ndtr, ndtri

from campaigns.analysis.estimates import CONFIDENCE, Contrast, Estimate


class Guardrail(StrEnum):
    """The closed list of verdicts on a guardrail."""

    HELD = "held"  # no harm beyond the margin
    BROKEN = "broken"  # harm beyond the margin
    UNDECIDED = "undecided"  # the interval holds the margin: too few people to tell


@dataclass(frozen=True, slots=True)
class Margin:
    """The largest harm that would be put up with.

    Attributes:
        size: over 0: in the metric's own unit, or relative to control's value: 0.1 is a tenth of it.
        more_is_worse: of unsubscribes; False of completions.

    Raises:
        ValueError: the size is not over 0, or a loss of all that there is.
    """

    size: float
    relative: bool = False
    more_is_worse: bool = True

    def __post_init__(self) -> None:
        if self.size <= 0 or (self.relative and not self.more_is_worse and self.size >= 1):
            raise ValueError(f"a margin of {self.size:g}: wanted one over 0, and a relative loss under 1")

    @property
    def limit(self) -> float:
        """The margin as a harm: on the logarithm's scale where it is relative."""
        if not self.relative:
            return self.size
        return math.log1p(self.size) if self.more_is_worse else -math.log1p(-self.size)

    def harm(self, contrast: Contrast) -> Estimate | None:
        """What was found, more of it being worse; None where a relative margin has nothing to relate to."""
        found = _logarithm(contrast.lift) if self.relative else contrast.difference
        if found is None or self.more_is_worse:
            return found
        return Estimate(-found.value, -found.high, -found.low)


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """A guardrail, tested.

    Attributes:
        p_value: one-sided, of a harm as large as the margin; None where it cannot be tested.
    """

    verdict: Guardrail
    p_value: float | None


def noninferiority(contrast: Contrast | None, margin: Margin) -> NonInferiority:
    """Hold a comparison at 95% confidence against a margin.

    >>> from campaigns.analysis.proportions import Count, contrast
    >>> unsubscribed = contrast(Count(10_000, 30), Count(10_000, 31))
    >>> noninferiority(unsubscribed, Margin(0.002)).verdict, noninferiority(unsubscribed, Margin(0.001)).verdict
    (<Guardrail.HELD: 'held'>, <Guardrail.UNDECIDED: 'undecided'>)
    """
    harm = None if contrast is None else margin.harm(contrast)
    if harm is None:
        return NonInferiority(Guardrail.UNDECIDED, None)
    return NonInferiority(_verdict(harm, margin.limit), _p_value(harm, margin.limit))


def _verdict(harm: Estimate, limit: float) -> Guardrail:
    if harm.high < limit:
        return Guardrail.HELD
    return Guardrail.BROKEN if harm.low > limit else Guardrail.UNDECIDED


def _p_value(harm: Estimate, limit: float) -> float | None:
    """By the interval's own half on the margin's side, so that test and interval agree."""
    half = harm.high - harm.value if harm.value < limit else harm.value - harm.low
    if half <= 0:
        return None
    return float(ndtr((harm.value - limit) / half * ndtri((1 + CONFIDENCE) / 2)))


def _logarithm(lift: Estimate | None) -> Estimate | None:
    if lift is None:
        return None
    return Estimate(math.log1p(lift.value), math.log1p(lift.low), math.log1p(lift.high))
