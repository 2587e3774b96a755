"""Bounds for a comparison among openers, who are not the same people in both arms.

If treatment also changes who opens, a difference between openers mixes its effect with that change. Lee's
bounds say what the effect on those who would open *either way* can be at least and at most, by assuming that
those whom only one arm made open were all successes, or all failures, and leaving them out.

They assume monotonicity: that treatment makes some people open who would not have, or stops some who would
have, but not both. It cannot be tested. The direction is the one that was seen.

Sources:
    Lee (Rev. Econ. Stud. 76, 2009, 1071-1102), proposition 1; for a yes-or-no outcome trimming comes down to
    the counts below, and errors follow by the delta method.
    Interval: Imbens & Manski (Econometrica 72, 2004, 1845-1857): it holds the effect, not the
    whole of the bounds, with the promised probability.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtr

from campaigns.analysis.estimates import CONFIDENCE
from campaigns.analysis.linear import Linear, mean_of, variance
from campaigns.analysis.moments import Moments

MONOTONICITY = "treatment wins people who would not have opened, or loses some who would have, but not both"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The effect on those who would be selected in either arm.

    Attributes:
        low: the least that it can be.
        high: the most.
        interval: around an effect anywhere between them, at 95%.
        trimmed: the share of the larger arm's selected that was left out.
        more_selected: whether treatment selected more people than control.
    """

    low: float
    high: float
    interval: tuple[float, float]
    trimmed: float
    more_selected: bool


def lee_bounds(
    control: Moments, treatment: Moments, selected: str, outcome: str, *, confidence: float = CONFIDENCE
) -> Bounds | None:
    """Bound the effect on a rate among the selected.

    Args:
        control: moments over everyone assigned.
        treatment: likewise.
        selected: the column that counts how often one was selected: opened or not, or weeks opened.
        outcome: the column that counts how often one was selected and succeeded; never over `selected`.
        confidence: of the interval.

    Returns:
        None where an arm has nobody selected.

    >>> before = Moments.of({"opened": [1, 1, 0, 0], "completed": [1, 0, 0, 0]})
    >>> after = Moments.of({"opened": [1, 1, 1, 0], "completed": [1, 1, 0, 0]})
    >>> found = lee_bounds(before, after, "opened", "completed")
    >>> found.low, found.high
    (0.0, 0.5)
    """
    if min(arm.people for arm in (control, treatment)) < 2:  # noqa: PLR2004 - one person has no variance
        return None
    if not (control.means[selected] and treatment.means[selected]):
        return None
    if treatment.means[selected] >= control.means[selected]:
        return _bounds(control, treatment, (selected, outcome), confidence)
    return _turned(_bounds(treatment, control, (selected, outcome), confidence))


def _bounds(fewer: Moments, more: Moments, columns: tuple[str, str], confidence: float) -> Bounds:
    """Of `more` against `fewer`; of the selected in `more`, those beyond the share in `fewer` are left out."""
    selected, outcome = columns
    best = _End.of(fewer, more, selected, lambda arm: mean_of(outcome, arm))
    worst = _End.of(fewer, more, selected, lambda arm: mean_of(outcome, arm) - mean_of(selected, arm))
    rate = fewer.means[outcome] / fewer.means[selected]
    low, high = max(worst.value, -rate), min(best.value, 1 - rate)
    reach = _imbens_manski(high - low, max(worst.error, best.error), confidence)
    interval = max(low - reach * worst.error, -1.0), min(high + reach * best.error, 1.0)
    return Bounds(low, high, interval, 1 - fewer.means[selected] / more.means[selected], more_selected=True)


@dataclass(frozen=True, slots=True)
class _End:
    value: float
    error: float

    @classmethod
    def of(cls, fewer: Moments, more: Moments, selected: str, score: Callable[[Moments], Linear]) -> _End:
        """The arms' difference in a score of everyone assigned, over the share selected in `fewer`."""
        base = mean_of(selected, fewer)
        value = (score(more).value - score(fewer).value) / base.value
        theirs, ours = score(more), score(fewer) + base * value
        square = variance(theirs, more) / more.people + variance(ours, fewer) / fewer.people
        return cls(value, math.sqrt(square) / base.value)


def _turned(bounds: Bounds) -> Bounds:
    """The same of control against treatment."""
    low, high = bounds.interval
    return Bounds(-bounds.high, -bounds.low, (-high, -low), bounds.trimmed, more_selected=False)


def _imbens_manski(width: float, error: float, confidence: float) -> float:
    """How many standard errors to go beyond each end: fewer, the wider the bounds."""
    if not error:
        return 0.0
    apart = max(width, 0.0) / error
    return float(brentq(lambda reach: ndtr(reach + apart) - ndtr(-reach) - confidence, 0.0, 10.0))
