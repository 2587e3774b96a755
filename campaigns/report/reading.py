"""The reading of the comparison among openers: whether it may be read at all, and what bounds it.

First the arms' open rates, over everyone assigned. If treatment changes who opens, then the openers differ, and no
comparison of them tells the email's effect; Lee's bounds say what that may have been.
"""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.analysis.bounds import MONOTONICITY, Bounds, lee_bounds
from campaigns.analysis.estimates import CONFIDENCE, Contrast
from campaigns.ground.metric import MetricName
from campaigns.report import wording
from campaigns.report.comparing import Parts, contrast_of
from campaigns.report.judging import Pairs
from campaigns.report.measuring import Measured
from campaigns.report.metrics import Metric
from campaigns.report.scrutiny import Check, LeeBounds, Reading

OPENING = MetricName.COMPLETED_24H_OF_OPENING


def readings_of(
    measured: Measured, metrics: Sequence[Metric], pairs: Pairs, checks: Sequence[Check]
) -> list[Reading]:
    """One for each comparison; none where openings are not measured."""
    opening = next((metric for metric in metrics if metric.name is OPENING), None)
    if opening is None:
        return []
    alarm = any(check.alarm for check in checks if check.step == "opened")
    return [_reading(measured, opening, *pair, alarm=alarm) for pair in pairs]


def _reading(measured: Measured, opening: Metric, variant: str, against: str, *, alarm: bool) -> Reading:
    arms, (completed, opened) = measured.arms, opening.columns
    editions = measured.counted[opening.horizon]
    rates = Parts(opened, opening.exposed, yes_or_no=len(editions) == 1)
    open_rates = contrast_of(arms.get(against), arms.get(variant), rates)
    known = variant in arms and against in arms
    bounds = lee_bounds(arms[against], arms[variant], opened, completed) if known else None
    balanced = open_rates is not None and open_rates.p_value >= 1 - CONFIDENCE
    found = _told(bounds) if bounds else None
    return Reading(
        variant=variant,
        against=against,
        open_rates=open_rates,
        bounds=found,
        may_be_read=balanced and not alarm,
        sentence=_sentence(open_rates, found, variant, balanced=balanced, alarm=alarm),
    )


def _told(bounds: Bounds) -> LeeBounds:
    low, high = bounds.interval
    return LeeBounds(bounds.low, bounds.high, low, high, bounds.trimmed, bounds.more_selected)


def _sentence(
    rates: Contrast | None, bounds: LeeBounds | None, variant: str, *, balanced: bool, alarm: bool
) -> str:
    if rates is None or bounds is None:
        return "The comparison among openers cannot be made: an arm has none."
    p_value, limits = wording.probability(rates.p_value), wording.limits(bounds.low, bounds.high)
    about = (
        f"the effect on those who would open in either arm lies between {limits} percentage points, if "
        f"{MONOTONICITY.replace('treatment', wording.spoken(variant), 1)} (Lee's bounds)"
    )
    if alarm or not balanced:
        return (
            "The comparison among openers may not be read: the arms differ in how many people open "
            f"({wording.points(rates.difference.value)} percentage points, {p_value}), so their openers are not "
            f"alike. All that can be said is that {about}."
        )
    return (
        "The comparison among openers may be read, as evidence beside the primary measure and never instead of "
        f"it: open rates are not shown to differ ({wording.points(rates.difference.value)} percentage points, "
        f"{p_value}). Without that trust, {about}."
    )
