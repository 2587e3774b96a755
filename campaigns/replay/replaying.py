"""The replaying of one metric: in every replay the arms are compared as the report compares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from campaigns.analysis.estimates import Contrast
from campaigns.analysis.moments import Moments
from campaigns.analysis.replay import Arms, Columns, replay, replay_crossed
from campaigns.ground.experiment import Experiment, PlannedContrast, Scheme
from campaigns.replay.history import History
from campaigns.replay.people import People
from campaigns.report.comparing import Comparer
from campaigns.report.measuring import BEFORE, Measured, crossed_before
from campaigns.report.metrics import Metric

METHODS = ("plain", "with_before")
Contrasts = Mapping[str, Sequence[Contrast | None]]
"""By method, one a replay."""


@dataclass(frozen=True, slots=True)
class Replays:
    """Assignments drawn anew, and the people that they are of.

    Attributes:
        assignments: batches, a row a replay; a column a person, or a person and week where they are drawn weekly.
        contrast: the planned one that is looked at.
    """

    experiment: Experiment
    history: History
    people: People
    assignments: Sequence[Arms]

    @classmethod
    def draw(cls, experiment: Experiment, history: History, people: People, times: int) -> Replays:
        """Draw so many."""
        return cls(experiment, history, people, list(people.assign(experiment, times)))

    @property
    def contrast(self) -> PlannedContrast:
        """The first that was planned."""
        return self.experiment.contrasts[0]

    @property
    def weekly(self) -> bool:
        """Whether people change their arms from week to week."""
        return self.experiment.scheme is Scheme.WEEKLY and len(self.people.editions) > 1

    def columns(self, metric: Metric) -> Columns:
        """What a metric reads: a person's sums, or where arms change, people by the weeks that it counts."""
        if not self.weekly:
            return {name: self.people.sums[name] for name in (*metric.columns, BEFORE)}
        counted = self._weeks(metric)
        parts = (metric.numerator, metric.denominator)
        return {
            name: self.people.weeks[part][:, counted] for name, part in zip(metric.columns, parts, strict=True)
        }

    def compare(self, metric: Metric, treated: Columns) -> Contrasts:
        """Compare the arms of the contrast in every replay.

        Args:
            metric: what is compared.
            treated: everybody's columns as they would be in the treatment; `columns` where it does nothing.
        """
        plain = self.columns(metric)
        arms = [
            treated if variant.name == self.contrast.treatment else plain for variant in self.experiment.variants
        ]
        measured = self._crossed(metric, arms) if self.weekly else self._apart(arms)
        found = [self._both(metric, each) for each in measured]
        return {method: [pair[n] for pair in found] for n, method in enumerate(METHODS)}

    def _both(self, metric: Metric, measured: Measured) -> tuple[Contrast | None, Contrast | None]:
        comparer, pair = Comparer(measured), self.contrast
        return (
            comparer.plain(metric, pair.treatment, pair.control),
            comparer.with_before(metric, pair.treatment, pair.control),
        )

    def _apart(self, arms: Sequence[Columns]) -> Iterator[Measured]:
        names = [variant.name for variant in self.experiment.variants]
        for groups in replay(arms, self.assignments):
            yield self._measured(dict(zip(names, groups, strict=True)), None)

    def _crossed(self, metric: Metric, arms: Sequence[Columns]) -> Iterator[Measured]:
        could, counted = metric.columns[1], self._weeks(metric)
        before = self.people.sums[BEFORE][:, None]
        weeks = [{**columns, crossed_before(metric): before * columns[could]} for columns in arms]
        shape = (-1, self.people.count, len(self.people.editions))
        batches = (batch.reshape(shape)[:, :, counted].reshape(len(batch), -1) for batch in self.assignments)
        for moments in replay_crossed(weeks, batches):
            yield self._measured({}, _by_variant(moments, [variant.name for variant in self.experiment.variants]))

    def _weeks(self, metric: Metric) -> list[int]:
        return [self.people.editions.index(name) for name in self.history.counted(metric)]

    def _measured(self, arms: Mapping[str, Moments], crossed: Moments | None) -> Measured:
        real = self.history.gathered.measured
        return replace(real, arms=arms, crossed=crossed, weeks={}, segments={}, reached={})


def _by_variant(moments: Moments, variants: Sequence[str]) -> Moments:
    """The columns that replays name by number, as the report names them by variant."""
    names = {f"{n}.": f"@{variant}" for n, variant in enumerate(variants)}

    def renamed(column: str) -> str:
        number, _, name = column.partition(".")
        return name + names[f"{number}."]

    return Moments(
        moments.people,
        {renamed(column): mean for column, mean in moments.means.items()},
        {
            _sorted(renamed(one), renamed(other)): covariance
            for (one, other), covariance in moments.covariances.items()
        },
    )


def _sorted(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def totals(columns: Columns, metric: Metric) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What happened to each person, and how often it could have, over all weeks."""
    happened, could = (columns[name] for name in metric.columns)
    return (happened, could) if happened.ndim == 1 else (happened.sum(axis=1), could.sum(axis=1))
