"""The table: the report in a few lines, for a terminal and for Slack."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.report import wording
from campaigns.report.metric_result import ArmValue, Comparison, MetricResult, Role
from campaigns.report.result import Report
from campaigns.report.steps import STEPS


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
    """A column for each arm and one for each comparison; rows for the funnel and the metrics."""
    pairs = report.primary.comparisons
    blank = ("",) * len(pairs)
    funnel = [
        (step.title, *(_part(arm.funnel[step.name], arm.funnel["assigned"]) for arm in report.arms), *blank)
        for step in STEPS
    ]
    metrics = [(f"{metric.title}, {metric.people}", *_metric(metric)) for metric in report.metrics]
    return Table(
        title=f"{report.campaign} {report.title}{' (simulated data)' if report.simulated else ''}",
        headings=(
            "",
            *(wording.spoken(arm.variant) for arm in report.arms),
            *(f"{wording.spoken(pair.variant)} against {wording.spoken(pair.against)}" for pair in pairs),
        ),
        rows=(*funnel, *metrics),
        notes=(*(f"{verdict.headline}. {verdict.sentence}" for verdict in report.verdicts), *report.warnings),
    )


def markdown(report: Report) -> str:
    """The verdicts, the primary metric, guardrails and alarms, in the Markdown that Slack reads."""
    lines = [f"*{report.campaign} {report.title}*{' (simulated data)' if report.simulated else ''}"]
    lines += [f"*{verdict.headline}.* {verdict.sentence}" for verdict in report.verdicts]
    lines += [
        f"> {metric.title}: {_arms(metric)}"
        for metric in report.metrics
        if metric.role in {Role.PRIMARY, Role.SECONDARY}
    ]
    lines += [
        f"> Guardrail: {metric.title.lower()}, {_arms(metric)}"
        f"{''.join(f' ({pair.guarded.verdict})' for pair in metric.comparisons if pair.guarded)}"
        for metric in report.metrics
        if metric.role is Role.GUARDRAIL
    ]
    lines += [f"> :warning: {warning}" for warning in report.warnings]
    return "\n".join(lines) + "\n"


def _arms(metric: MetricResult) -> str:
    return ", ".join(f"{wording.spoken(arm.variant)} {_value(arm, metric)}" for arm in metric.arms)


def _value(arm: ArmValue, metric: MetricResult) -> str:
    return wording.value(arm.estimate.value, metric.unit) if arm.estimate else "nobody"


def _part(people: int, assigned: int) -> str:
    return f"{wording.count(people)} ({wording.percent(people / assigned)})" if assigned else "0"


def _metric(metric: MetricResult) -> tuple[str, ...]:
    values = (_value(arm, metric) for arm in metric.arms)
    return (*values, *(_difference(metric, pair) for pair in metric.comparisons))


def _difference(metric: MetricResult, pair: Comparison) -> str:
    found = pair.contrast
    if found is None:
        return "nothing to compare"
    return (
        f"{wording.difference(found.difference, metric.unit)} "
        f"({wording.span(found.difference, metric.unit)}), {wording.probability(found.p_value)}"
    )
