"""The comparing: for each metric the test that fits it, over the sufficient statistics that were gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.analysis.crossed import compare_crossed
from campaigns.analysis.estimates import Contrast, Estimate
from campaigns.analysis.means import Mean, Ratio, compare, estimate
from campaigns.analysis.moments import Moments
from campaigns.analysis.proportions import Count, contrast, proportion
from campaigns.report.measuring import BEFORE, Measured, crossed_before
from campaigns.report.metrics import Metric, Unit


@dataclass(frozen=True, slots=True)
class Parts:
    """The two columns of moments that a value is the ratio of.

    Attributes:
        yes_or_no: everybody counts at most once in the denominator, and once or not at all in the numerator.
    """

    numerator: str
    denominator: str
    yes_or_no: bool

    @classmethod
    def of(cls, metric: Metric, editions: Sequence[str]) -> Parts:
        """As the table `persons` has them."""
        return cls(*metric.columns, yes_or_no=metric.unit is Unit.SHARE and len(editions) == 1)

    def ratio(self, covariate: Mean | None = None) -> Ratio:
        """As the analysis of means wants it."""
        return Ratio(self.numerator, self.denominator, covariate)

    def totals(self, arm: Moments | None) -> tuple[float, float]:
        """What happened, and to whom it could have, summed over the arm."""
        if arm is None:
            return 0.0, 0.0
        numerator, denominator = (arm.people * arm.means[column] for column in (self.numerator, self.denominator))
        return round(numerator, 6), round(denominator, 6)

    def count(self, arm: Moments | None) -> Count:
        """Of a yes or no."""
        successes, people = self.totals(arm)
        return Count(round(people), round(successes))


def value_of(arm: Moments | None, parts: Parts) -> Estimate | None:
    """The value in one arm with its interval: Wilson's for a yes or no, else by the delta method."""
    if parts.yes_or_no:
        return proportion(parts.count(arm))
    return None if arm is None else estimate(arm, parts.ratio())


def contrast_of(control: Moments | None, treatment: Moments | None, parts: Parts) -> Contrast | None:
    """Two arms that share nobody compared: as proportions for a yes or no, else by the delta method."""
    if parts.yes_or_no:
        return contrast(parts.count(control), parts.count(treatment))
    if control is None or treatment is None:
        return None
    return compare(control, treatment, parts.ratio())


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compares variants, whether a person stays in one or may have been in several."""

    measured: Measured

    def editions(self, metric: Metric) -> Sequence[str]:
        """Those that the metric counts."""
        return self.measured.counted[metric.horizon]

    def plain(self, metric: Metric, variant: str, against: str) -> Contrast | None:
        """The comparison that decides."""
        parts = Parts.of(metric, self.editions(metric))
        if self._crossed(metric):
            return self._compare_crossed(parts, variant, against)
        arms = self.measured.arms
        return contrast_of(arms.get(against), arms.get(variant), parts)

    def with_before(self, metric: Metric, variant: str, against: str) -> Contrast | None:
        """The same less what the arms differed by before the experiment."""
        parts = Parts.of(metric, self.editions(metric))
        if self._crossed(metric):
            return self._compare_crossed(parts, variant, against, before=crossed_before(metric))
        arms = self.measured.arms
        if against not in arms or variant not in arms:
            return None
        return compare(arms[against], arms[variant], parts.ratio(Mean(BEFORE)))

    def _crossed(self, metric: Metric) -> bool:
        return self.measured.crossed is not None and len(self.editions(metric)) > 1

    def _compare_crossed(self, parts: Parts, variant: str, against: str, before: str = "") -> Contrast | None:
        def ratio(arm: str) -> Ratio:
            weeks = f"{parts.denominator}@{arm}"
            return Ratio(f"{parts.numerator}@{arm}", weeks, Ratio(f"{before}@{arm}", weeks) if before else None)

        assert self.measured.crossed is not None
        return compare_crossed(self.measured.crossed, ratio(against), ratio(variant))
