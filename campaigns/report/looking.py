"""The looking: how far the experiment has come, and whether a look was declared for just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from campaigns.analysis.estimates import Contrast
from campaigns.analysis.sequential import Decision, look_at_all
from campaigns.ground.edition import Edition
from campaigns.ground.experiment import Experiment
from campaigns.report import wording
from campaigns.report.metric_result import MetricResult
from campaigns.report.scrutiny import Look

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the planned editions are counted.

    Attributes:
        planned: editions from `start` to `end`; None where they were not declared, and the data are the plan.
        looks: after how many editions a look was declared.
    """

    weeks: int
    planned: int | None
    looks: Sequence[int]

    @classmethod
    def of(cls, experiment: Experiment, counted: Sequence[str]) -> Progress:
        """Of an experiment of which these editions are counted."""
        inside = [name for name in counted if experiment.runs_in(name)]
        planned = _weeks(experiment.start, experiment.end) if experiment.start and experiment.end else None
        looks = [ceil(look * planned - _ROUNDING) for look in experiment.looks] if planned else []
        return cls(len(inside), planned, sorted(set(looks)))

    @property
    def fraction(self) -> float:
        """Of the planned information; weeks bring about the same."""
        return self.weeks / self.planned if self.planned and self.weeks else 1.0


def _weeks(start: str, end: str) -> int:
    first, last = (Edition.parse("any", name).day(1) for name in (start, end))
    return (last - first).days // 7 + 1


def look_of(primary: MetricResult, progress: Progress) -> Look | None:
    """The look at the primary metric; None where no end was declared, or the experiment is of a single edition."""
    planned = progress.planned
    if planned is None or planned == 1:
        return None
    if progress.weeks not in progress.looks:
        return Look(progress.weeks, planned, False, None, {}, [], _not_due(progress, planned))  # noqa: FBT003
    contrasts = {
        f"{pair.variant} - {pair.against}": pair.contrast
        for pair in primary.comparisons
        if pair.planned and pair.contrast
    }
    decisions = _decide(contrasts, progress, planned)
    crossed = [name for name, decision in decisions.items() if decision.crossed]
    return Look(
        weeks=progress.weeks,
        planned=planned,
        due=True,
        boundary=max((decision.boundary for decision in decisions.values()), default=None),
        interval={name: decision.interval(contrasts[name]) for name, decision in decisions.items()},
        crossed=crossed,
        sentence=_due(progress, planned, crossed),
    )


def _decide(contrasts: Mapping[str, Contrast], progress: Progress, planned: int) -> Mapping[str, Decision]:
    """Several contrasts share the chance of a false alarm, by Holm's procedure at each look."""
    earlier = [weeks / planned for weeks in progress.looks if weeks < progress.weeks]
    z = {name: contrast.z for name, contrast in contrasts.items()}
    return look_at_all(z, progress.fraction, earlier=earlier)


def _not_due(progress: Progress, planned: int) -> str:
    following = next((weeks for weeks in progress.looks if weeks > progress.weeks), planned)
    return (
        f"{wording.weeks(progress.weeks)} of {planned} planned are in. No look was declared for now; the next one "
        f"is due when {wording.weeks(following)} are in, and until then nothing is decided."
    )


def _due(progress: Progress, planned: int, crossed: Sequence[str]) -> str:
    nth, of = progress.looks.index(progress.weeks) + 1, len(progress.looks)
    which = "This is the only look" if of == 1 else f"This is look {nth} of {of}"
    if crossed:
        outcome = "the boundary is crossed, and the experiment may stop"
    elif nth == of:
        outcome = "the boundary is not crossed, and the experiment is over"
    else:
        outcome = "the boundary is not crossed, and the experiment goes on"
    return f"{which}, {wording.weeks(progress.weeks)} of {planned} being in: {outcome}."
