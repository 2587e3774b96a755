"""How many people, how small an effect, how many weeks: what an experiment can find, before it starts.

The same people are measured each week, so a second week adds less than a second set of people would: the
variance of a person's mean over W weeks is s^2 (1 + (W - 1) r) / W, where r correlates two weeks of one person
(Donner & Klar, "Design and Analysis of Cluster Randomization Trials" (2000)). Where arms are drawn anew each
week, r plays no part: a person's weeks then fall into both arms.

Both arms are taken to vary as before the experiment. The rest is the normal test's: the difference in standard
errors that is to be expected must be the drift that the test, or the sequence of looks, needs for its power (see
`campaigns.analysis.sequential`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.analysis import sequential
from campaigns.analysis.boundaries import ALPHA


@dataclass(frozen=True, slots=True)
class Baseline:
    """A metric before the experiment, per person and week.

    Attributes:
        mean: over people's weeks.
        variance: of a person's week.
        correlation: of two weeks of one person, 0 to 1.
        covariate: the correlation of the outcome with the covariate that the analysis will use; it takes its
            square off the variance (Deng et al., WSDM 2013).
    """

    mean: float
    variance: float
    correlation: float = 0.0
    covariate: float = 0.0

    @classmethod
    def of_rate(cls, rate: float, *, correlation: float = 0.0) -> Baseline:
        """Of a yes-or-no metric."""
        return cls(rate, rate * (1 - rate), correlation)

    def per_person(self, weeks: int, *, weekly: bool = False) -> float:
        """The variance of one person's mean over the weeks, as it enters the difference between arms."""
        repeated = 0.0 if weekly else (weeks - 1) * self.correlation
        return self.variance * (1 - self.covariate**2) * (1 + repeated) / weeks


@dataclass(frozen=True, slots=True)
class Design:
    """What does not depend on the metric.

    Attributes:
        control: the arm's share of everybody in the experiment; both shares need not add up to 1.
        treatment: likewise.
        looks: the fractions of the information at which it is looked at; one at the end is the fixed test.
        weekly: whether people are assigned anew each week.
        chance: the power, of finding an effect that is there.
        alpha: two-sided.
    """

    control: float = 0.5
    treatment: float = 0.5
    looks: Sequence[float] = (1.0,)
    weekly: bool = False
    chance: float = 0.8
    alpha: float = ALPHA

    @property
    def drift(self) -> float:
        """The difference in standard errors to be expected at the end."""
        return sequential.drift(self.chance, tuple(self.looks), alpha=self.alpha)

    def spread(self, baseline: Baseline, weeks: int) -> float:
        """The variance of the difference, times the people in the experiment."""
        per_person = baseline.per_person(weeks, weekly=self.weekly)
        return per_person * (1 / self.control + 1 / self.treatment)


def people_needed(baseline: Baseline, effect: float, design: Design, weeks: int = 1) -> int:
    """The people in the experiment, all of its arms, to find an effect in the metric's own unit.

    >>> people_needed(Baseline.of_rate(0.3), 0.01, Design())
    65931
    """
    return math.ceil((design.drift / effect) ** 2 * design.spread(baseline, weeks))


def minimum_detectable_effect(baseline: Baseline, people: int, design: Design, weeks: int = 1) -> float:
    """The smallest effect, in the metric's own unit, that is found with the design's power.

    >>> round(minimum_detectable_effect(Baseline.of_rate(0.3), 65_931, Design()), 4)
    0.01
    """
    return design.drift * math.sqrt(design.spread(baseline, weeks) / people)


def weeks_needed(baseline: Baseline, effect: float, people: int, design: Design, *, most: int = 104) -> int | None:
    """The weeks until an effect is found with the design's power; None where `most` do not suffice.

    >>> weeks_needed(Baseline.of_rate(0.3, correlation=0.4), 0.01, 40_000, Design())
    3
    """
    drift = design.drift
    enough = (
        weeks for weeks in range(1, most + 1) if drift**2 * design.spread(baseline, weeks) <= effect**2 * people
    )
    return next(enough, None)


def information(baseline: Baseline, weeks: int, planned: int, *, weekly: bool = False) -> float:
    """The fraction of the planned information that is in after so many weeks of the same people.

    The first weeks bring the most. To count weeks instead errs on the careful side.

    >>> round(information(Baseline.of_rate(0.3, correlation=0.4), weeks=1, planned=8), 3)
    0.475
    """
    return baseline.per_person(planned, weekly=weekly) / baseline.per_person(weeks, weekly=weekly)


def power(baseline: Baseline, effect: float, people: int, design: Design, weeks: int = 1) -> float:
    """The chance of finding an effect, in the metric's own unit.

    >>> round(power(Baseline.of_rate(0.3), 0.01, 65_931, Design()), 4)
    0.8
    """
    drift = effect / math.sqrt(design.spread(baseline, weeks) / people)
    return sequential.power(drift, tuple(design.looks), alpha=design.alpha)


def correlation(week: float, total: float, weeks: int) -> float:
    """Of two weeks of one person, from the variance of a week and that of a person's sum over all of them.

    >>> correlation(week=1.0, total=4 + 12 * 0.25, weeks=4)
    0.25
    """
    if weeks < 2 or not week:  # noqa: PLR2004 - a single week repeats nothing
        return 0.0
    return min(1.0, max(0.0, (total / (weeks * week) - 1) / (weeks - 1)))
