"""The table: the report in a few lines, for a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.report import wording
from campaigns.report.metrics import STEPS
from campaigns.report.result import Comparison, MetricResult, Report


@dataclass(frozen=True, slots=True)
class Table:
    """Text in rows and columns.

    Attributes:
        headings: of the columns; every row has as many cells.
        notes: sentences to stand below: the verdicts, then what to know about the data.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def table(report: Report) -> Table:
    """A column for each arm and one for each difference; rows for the funnel and the metrics."""
    others = [arm.variant for arm in report.arms if not arm.baseline]
    blank = ("",) * len(others)
    funnel = [
        (step.title, *(_part(arm.funnel[step.name], arm.funnel["assigned"]) for arm in report.arms), *blank)
        for step in STEPS
    ]
    metrics = [(f"{metric.title}, {metric.people}", *_metric(metric)) for metric in report.metrics]
    return Table(
        title=f"{report.campaign} {report.edition}{' (simulated data)' if report.simulated else ''}",
        headings=(
            "",
            *(wording.spoken(arm.variant) for arm in report.arms),
            *(f"{wording.spoken(name)} against {wording.spoken(report.baseline)}" for name in others),
        ),
        rows=(*funnel, *metrics),
        notes=(*(f"{verdict.headline}. {verdict.sentence}" for verdict in report.verdicts), *report.warnings),
    )


def _part(people: int, assigned: int) -> str:
    return f"{wording.count(people)} ({wording.percent(people / assigned)})" if assigned else "0"


def _metric(metric: MetricResult) -> tuple[str, ...]:
    rates = (wording.percent(arm.rate.value) if arm.rate else "nobody" for arm in metric.arms)
    return (*rates, *map(_difference, metric.comparisons))


def _difference(comparison: Comparison) -> str:
    found = comparison.contrast
    if found is None:
        return "nothing to compare"
    points, interval = wording.points(found.difference.value), wording.interval(found.difference)
    return f"{points} points ({interval}), {wording.probability(found.p_value)}"
