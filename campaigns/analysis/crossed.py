"""Two arms compared where people are assigned anew each week, so that one may be in both.

Numerators and denominators are summed per person *and arm*: one row a person, with columns for each arm, 0
where the person was never in it. The arms' values then depend on the same people, and their covariance goes
into the error: the delta method over all columns at once (Casella & Berger, "Statistical Inference", 2nd ed.,
theorem 5.5.28; Deng, Knoblich & Lu, KDD 2018).
"""

from __future__ import annotations

import math

from campaigns.analysis import student
from campaigns.analysis.estimates import CONFIDENCE, Contrast, Estimate, Procedure
from campaigns.analysis.linear import Linear, variance
from campaigns.analysis.means import Mean, Ratio, coefficient, measurable, relative
from campaigns.analysis.moments import Moments


def compare_crossed(
    people: Moments, control: Ratio, treatment: Ratio, *, confidence: float = CONFIDENCE
) -> Contrast | None:
    """The two arms compared; None where one of them has nobody, or nobody differs from another.

    Args:
        people: everyone who was in either arm in any week.
        control: the metric over control's columns; its covariate, too, is summed over the weeks in that arm.
        treatment: the same over treatment's columns.
        confidence: of both intervals.

    >>> weeks = {"control.weeks": [1, 2, 0, 1], "treatment.weeks": [1, 0, 2, 1]}
    >>> days = {"control.days": [1, 5, 0, 2], "treatment.days": [2, 0, 6, 3]}
    >>> control, treatment = (Ratio(f"{arm}.days", f"{arm}.weeks") for arm in ("control", "treatment"))
    >>> compare_crossed(Moments.of(weeks | days), control, treatment).difference.value
    0.75
    """
    if not (measurable(people, control) and measurable(people, treatment)):
        return None
    before, after = control.of(people), treatment.of(people)
    plain = after - before
    pre = _difference(people, control.covariate, treatment.covariate)
    slope = coefficient(plain, pre, people) if pre else 0.0
    difference = plain - pre * slope if pre else plain
    error = student.of_one(variance(difference, people), people.people)
    if not error.standard:
        return None
    return Contrast(
        difference=error.interval(difference.value, confidence),
        lift=_lift(people, before, difference, confidence),
        p_value=error.p_value(difference.value),
        procedure=Procedure.CROSSED,
        standard_error=error.standard,
        reduction=1 - variance(difference, people) / variance(plain, people) if pre else None,
    )


def _difference(people: Moments, control: Mean | Ratio | None, treatment: Mean | Ratio | None) -> Linear | None:
    if control is None or treatment is None:
        return None
    return treatment.of(people) - control.of(people)


def _lift(people: Moments, before: Linear, difference: Linear, confidence: float) -> Estimate | None:
    after = before + difference
    if before.value <= 0 or after.value <= 0:
        return None
    ratio = after.log() - before.log()
    error = student.of_one(variance(ratio, people), people.people)
    return relative(error.interval(math.log(after.value / before.value), confidence))
