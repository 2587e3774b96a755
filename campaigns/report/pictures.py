"""The pictures: what each of them shows, for the page in two widths and as a PNG."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from campaigns.analysis.estimates import Contrast, Estimate
from campaigns.ground.metric import MetricName
from campaigns.report import wording
from campaigns.report.drawing import Block, Layout, Mark, Panel, png, svg
from campaigns.report.explored import Effects
from campaigns.report.metric_result import MetricResult, Role
from campaigns.report.metrics import Unit
from campaigns.report.result import Report

_WIDE = Layout("wide", width=7.4, names=1.1, letters=14, row=0.42, stacked=False, ticks=5)
_NARROW = Layout("narrow", width=3.5, names=1.0, letters=14, row=0.42, stacked=True, ticks=4)
_WIDE_LIST = Layout("wide-list", width=7.4, names=3.3, letters=46, row=0.34, stacked=True, ticks=5)
_NARROW_LIST = Layout("narrow-list", width=3.5, names=1.45, letters=21, row=0.56, stacked=True, ticks=3)
_FURTHEST = 0.6  # relative: rarer events' intervals are cut there, lest the others shrink to dots
_COMPLETING = (
    MetricName.COMPLETED_24H_OF_SENDING,
    MetricName.COMPLETED_24H_OF_DELIVERY,
    MetricName.COMPLETED_24H_OF_OPENING,
)
_TITLES = {
    Role.PRIMARY: "The measure that decides",
    Role.SECONDARY: "Secondary, declared",
    Role.GUARDRAIL: "Guardrails (less is better)",
    Role.EXPLORATORY: "Exploratory",
}


def summary(report: Report, *, narrow: bool = False) -> Markup:
    """Each arm's value and each difference, of the primary metric and of its kin."""
    layout = _NARROW if narrow else _WIDE
    return svg(_summary(report, layout), layout)


def lifts(report: Report, *, narrow: bool = False) -> Markup:
    """Every metric's relative change."""
    layout = _NARROW_LIST if narrow else _WIDE_LIST
    return svg(_lifts(report), layout)


def effects(found: Effects, unit: Unit, *, narrow: bool = False) -> Markup:
    """The primary metric's difference by week, or by segment."""
    layout = _NARROW if narrow else _WIDE
    return svg([_effects(found, unit)], layout)


def _summary(report: Report, layout: Layout) -> list[Panel]:
    return [_values(report, layout), _differences(report, layout)]


def _kin(report: Report) -> list[MetricResult]:
    """The primary metric, and where it asks who completed something, the same over those it reached."""
    completing = report.primary.name in _COMPLETING
    return [
        metric
        for metric in report.metrics
        if metric.role is Role.PRIMARY or (completing and metric.name in _COMPLETING)
    ]


def _values(report: Report, layout: Layout) -> Panel:
    metrics, unit = _kin(report), report.primary.unit

    def marks(metric: MetricResult) -> list[Mark]:
        return [
            Mark(wording.spoken(arm.variant), row, arm.estimate, arm.variant == report.baseline)
            for row, arm in enumerate(metric.arms)
        ]

    return Panel(
        title="Who completed something" if unit is Unit.SHARE else report.primary.title,
        blocks=[Block(_heading(each, layout), each.role is Role.PRIMARY, marks(each)) for each in metrics],
        rows=len(report.arms),
        named=True,
        zero=False,
        label=lambda value: wording.value(value, unit),
        tick=(lambda rate: f"{100 * rate:g}%") if unit is Unit.SHARE else wording.amount,
    )


def _differences(report: Report, layout: Layout) -> Panel:
    """Beside the values each difference stands in its variant's row; below them it has rows of its own."""
    others = [arm.variant for arm in report.arms if not arm.baseline]
    order = others if layout.stacked else [arm.variant for arm in report.arms]

    def marks(metric: MetricResult) -> list[Mark]:
        return [
            Mark(wording.spoken(pair.variant), order.index(pair.variant), _difference(pair.contrast))
            for pair in metric.comparisons
            if pair.against == report.baseline
        ]

    share = report.primary.unit is Unit.SHARE
    return Panel(
        title=f"Difference from {wording.spoken(report.baseline)}{', percentage points' if share else ''}",
        blocks=[Block(_heading(each, layout), each.role is Role.PRIMARY, marks(each)) for each in _kin(report)],
        rows=len(order),
        named=layout.stacked,
        zero=True,
        label=wording.points if share else wording.change,
        tick=_point if share else wording.change,
    )


def _heading(metric: MetricResult, layout: Layout) -> str:
    title = metric.title.removeprefix("Completed ")
    title = title[:1].upper() + title[1:]
    return title if layout.stacked else f"{title}, {metric.people}"


def _lifts(report: Report) -> list[Panel]:
    roles = {role: [metric for metric in report.metrics if metric.role is role] for role in Role}
    return [
        Panel(
            title="Relative change",
            blocks=[
                Block(_TITLES[role], role is Role.PRIMARY, _lift_marks(metrics))
                for role, metrics in roles.items()
                if metrics
            ],
            rows=None,
            named=True,
            zero=True,
            label=lambda lift: f"{wording.points(lift)}%",
            tick=lambda lift: f"{_point(lift)}%",
            reach=_FURTHEST,
        )
    ]


def _lift_marks(metrics: Sequence[MetricResult]) -> list[Mark]:
    rows = [(metric, pair) for metric in metrics for pair in metric.comparisons]
    several = len(rows) > len(metrics)
    return [
        Mark(
            f"{metric.title}{f', {wording.spoken(pair.variant)}' if several else ''}",
            row,
            pair.contrast.lift if pair.contrast else None,
        )
        for row, (metric, pair) in enumerate(rows)
    ]


def _effects(found: Effects, unit: Unit) -> Panel:
    share = unit is Unit.SHARE
    marks = [
        Mark(wording.spoken(each.group), row, each.shrunk or _difference(each.contrast))
        for row, each in enumerate(found.effects)
    ]
    return Panel(
        title=f"{wording.spoken(found.variant)} less {wording.spoken(found.against)}"
        f"{', percentage points' if share else ''}",
        blocks=[Block("", strong=False, marks=marks)],
        rows=None,
        named=True,
        zero=True,
        label=wording.points if share else wording.change,
        tick=_point if share else wording.change,
    )


def _difference(contrast: Contrast | None) -> Estimate | None:
    return contrast.difference if contrast else None


def _point(difference: float) -> str:
    return wording.points(difference).removesuffix(".0")


PICTURES: Mapping[str, Callable[[Report], bytes]] = {
    "summary": lambda report: png(_summary(report, _WIDE), _WIDE),
    "all-metrics": lambda report: png(_lifts(report), _WIDE_LIST),
}
"""What is written beside the page, for slides and chats."""
