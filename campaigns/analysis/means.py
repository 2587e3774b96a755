"""Means and ratios of means: two arms compared, each person in one of them.

A person is one observation: whoever took part for several weeks has numerator and denominator summed over
them, and the ratio of the two means takes the delta method. To count a person's weeks as independent instead
finds differences where there are none.

Sources:
    Difference: Welch's t-test on the linearised metric (Deng, Knoblich & Lu, KDD 2018).
    Lift: the interval on the logarithm's scale, as for proportions (Katz et al., Biometrics 34, 1978).
    Covariate (CUPED): Deng, Xu, Kohavi & Walker, "Improving the Sensitivity of Online Controlled
    Experiments by Utilizing Pre-Experiment Data", WSDM 2013, its coefficient pooled over the arms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from campaigns.analysis import student
from campaigns.analysis.estimates import CONFIDENCE, Contrast, Estimate, Procedure
from campaigns.analysis.linear import Linear, covariance, mean_of, variance
from campaigns.analysis.moments import Moments


@dataclass(frozen=True, slots=True)
class Mean:
    """A column's mean over people.

    Attributes:
        covariate: a metric of the time before the experiment, which the arms cannot have changed.
    """

    column: str
    covariate: Mean | Ratio | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose means and covariances it needs."""
        return _distinct((self.column,), self.covariate)

    @property
    def procedure(self) -> Procedure:
        """The test that it takes."""
        return Procedure.WELCH

    def of(self, moments: Moments) -> Linear:
        """Its value in a group, linearised; the covariate is not used."""
        return mean_of(self.column, moments)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One column's mean over another's: completions an active day, or completions a week in the experiment.

    Attributes:
        covariate: as for a mean.
    """

    numerator: str
    denominator: str
    covariate: Mean | Ratio | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose means and covariances it needs."""
        return _distinct((self.numerator, self.denominator), self.covariate)

    @property
    def procedure(self) -> Procedure:
        """The test that it takes."""
        return Procedure.DELTA

    def of(self, moments: Moments) -> Linear:
        """Its value in a group, linearised; the denominator's mean must not be 0."""
        return mean_of(self.numerator, moments) / mean_of(self.denominator, moments)


def estimate(arm: Moments, metric: Mean | Ratio, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """The metric in one arm, without its covariate; None where fewer than two people define it."""
    if not measurable(arm, metric):
        return None
    found = metric.of(arm)
    return student.of_one(variance(found, arm), arm.people).interval(found.value, confidence)


def compare(
    control: Moments, treatment: Moments, metric: Mean | Ratio, *, confidence: float = CONFIDENCE
) -> Contrast | None:
    """The two arms compared; None where an arm has fewer than two people, or nobody differs from another.

    >>> before = Moments.of({"days": [1, 2, 3, 2]})
    >>> after = Moments.of({"days": [3, 4, 3, 2]})
    >>> compare(before, after, Mean("days")).p_value
    0.13397...
    """
    if not (measurable(control, metric) and measurable(treatment, metric)):
        return None
    plain = _Arm(control, metric.of(control)), _Arm(treatment, metric.of(treatment))
    before, after = _adjusted(*plain, metric)
    error = _error(before, after)
    if not error.standard:
        return None
    difference = after.metric.value - before.metric.value
    return Contrast(
        difference=error.interval(difference, confidence),
        lift=_lift(before, after, confidence),
        p_value=error.p_value(difference),
        procedure=metric.procedure,
        standard_error=error.standard,
        reduction=1 - (error.standard / _error(*plain).standard) ** 2 if metric.covariate else None,
    )


def measurable(group: Moments, metric: Mean | Ratio) -> bool:
    """Whether the metric and an error of it exist in a group."""
    if group.people < 2:  # noqa: PLR2004 - one person has no variance
        return False
    inner = metric.covariate is None or measurable(group, metric.covariate)
    return inner and (isinstance(metric, Mean) or group.means[metric.denominator] != 0)


def coefficient(outcome: Linear, covariate: Linear, people: Moments) -> float:
    """CUPED's theta: the regression of the outcome on the covariate; 0 where the covariate does not vary."""
    spread = variance(covariate, people)
    return covariance(outcome, covariate, people) / spread if spread else 0.0


def relative(logarithm: Estimate) -> Estimate:
    """From the logarithm of a ratio to the lift: 0.01 is one percent more."""
    return Estimate(math.expm1(logarithm.value), math.expm1(logarithm.low), math.expm1(logarithm.high))


@dataclass(frozen=True, slots=True)
class _Arm:
    people: Moments
    metric: Linear


def _adjusted(control: _Arm, treatment: _Arm, metric: Mean | Ratio) -> tuple[_Arm, _Arm]:
    """The arms, less what their covariates already differed by."""
    if metric.covariate is None:
        return control, treatment
    both = control.people + treatment.people
    before = metric.covariate.of(both)
    slope = coefficient(metric.of(both), before, both)
    less = partial(_less, covariate=metric.covariate, centre=before.value, slope=slope)
    return less(control), less(treatment)


def _less(arm: _Arm, covariate: Mean | Ratio, centre: float, slope: float) -> _Arm:
    return _Arm(arm.people, arm.metric - covariate.of(arm.people).shifted(-centre) * slope)


def _error(control: _Arm, treatment: _Arm) -> student.Error:
    before, after = ((variance(arm.metric, arm.people), arm.people.people) for arm in (control, treatment))
    return student.of_two(before, after)


def _lift(control: _Arm, treatment: _Arm, confidence: float) -> Estimate | None:
    if control.metric.value <= 0 or treatment.metric.value <= 0:
        return None
    before, after = (_Arm(arm.people, arm.metric.log()) for arm in (control, treatment))
    return relative(_error(before, after).interval(after.metric.value - before.metric.value, confidence))


def _distinct(own: Iterable[str], covariate: Mean | Ratio | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*own, *(covariate.columns if covariate else ()))))
