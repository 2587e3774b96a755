"""The picture: each arm's rate with its interval, and each difference from the baseline with its own.

An SVG that lies inline in the page. Its colours are the page's CSS variables, so that it turns dark with
the page, and its words are text in the page's own typeface. Baseline and variants differ by the shape of
their mark as well as by colour.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import fill

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from campaigns.analysis.estimates import Estimate
from campaigns.report import wording
from campaigns.report.result import MetricResult, Report

_PAPER, _INK, _MUTED, _LINE, _BASELINE, _VARIANT = (f"#0{digit}0203" for digit in range(1, 7))
_CSS = {
    _PAPER: "--paper",
    _INK: "--ink",
    _MUTED: "--muted",
    _LINE: "--line",
    _BASELINE: "--baseline",
    _VARIANT: "--variant",
}
_REWRITES = (
    (r"<metadata>.*?</metadata>", ""),
    (r'<g id="[^"]*"', "<g"),
    (r' (width|height)="[\d.]+pt"', ""),
    *((colour, f"var({variable})") for colour, variable in _CSS.items()),
)
_ROW, _HEAD, _GAP = 0.42, 0.36, 0.14  # inches: a row, a metric's heading, the space between metrics
_ABOVE, _BELOW, _BETWEEN = 0.34, 0.4, 0.4  # inches: for a panel's title, its axis, and between two panels
_NAME = 14  # characters of a variant's name on a line
_SIZE = 8.5  # points; the page shows the picture about a third larger


@dataclass(frozen=True, slots=True)
class Layout:
    """How the picture is laid out.

    Attributes:
        width: inches, the margin of `names` inches at the left included.
        stacked: the panels one above the other, each with names of its own, instead of side by side.
        ticks: at most so many intervals on an axis.
    """

    name: str
    width: float
    names: float
    stacked: bool
    ticks: int


WIDE = Layout("wide", width=7.4, names=1.1, stacked=False, ticks=5)
NARROW = Layout("narrow", width=3.5, names=1.0, stacked=True, ticks=4)


@dataclass(frozen=True, slots=True)
class _Mark:
    """One row: whose it is, which row of its block, and what it shows; no estimate where nobody is counted."""

    name: str
    row: int
    estimate: Estimate | None
    colour: str = _VARIANT
    shape: str = "o"


@dataclass(frozen=True, slots=True)
class _Block:
    """A metric's heading and rows."""

    heading: str
    strong: bool
    marks: Sequence[_Mark]


@dataclass(frozen=True, slots=True)
class _Panel:
    """One pair of axes.

    Attributes:
        rows: the height of every block, in rows.
        named: whether headings and names stand at its left.
        label, tick: the words beside a mark, and below the axis.
    """

    title: str
    blocks: Sequence[_Block]
    rows: int
    named: bool
    label: Callable[[float], str]
    tick: Callable[[float], str]

    @property
    def height(self) -> float:
        """Inches from the first heading to the axis."""
        return self.top(len(self.blocks)) - _GAP

    def top(self, block: int) -> float:
        """Where a block begins, inches downwards."""
        return block * (_HEAD + _ROW * self.rows + _GAP)

    def middle(self, block: int, row: int) -> float:
        """The middle of a row, inches downwards."""
        return self.top(block) + _HEAD + _ROW * (row + 0.55)


def picture(report: Report, layout: Layout) -> Markup:
    """The picture as an `<svg>` element; the same text for the same report and layout."""
    salt = f"winddown-{layout.name}"
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": _SIZE, "text.parse_math": False}):
        return _svg(_figure(_rates(report, layout), _differences(report, layout), layout))


def _rates(report: Report, layout: Layout) -> _Panel:
    def marks(metric: MetricResult) -> list[_Mark]:
        return [
            _Mark(arm.variant, row, arm.rate, _BASELINE, "D")
            if arm.variant == report.baseline
            else _Mark(arm.variant, row, arm.rate)
            for row, arm in enumerate(metric.arms)
        ]

    return _Panel(
        title="Who completed something",
        blocks=[_Block(_heading(metric, layout), metric.primary, marks(metric)) for metric in report.metrics],
        rows=len(report.arms),
        named=True,
        label=wording.percent,
        tick=lambda rate: f"{100 * rate:g}%",
    )


def _differences(report: Report, layout: Layout) -> _Panel:
    """Beside the rates each difference stands in its variant's row; below them it has rows of its own."""
    others = [arm.variant for arm in report.arms if not arm.baseline]
    order = others if layout.stacked else [arm.variant for arm in report.arms]

    def marks(metric: MetricResult) -> list[_Mark]:
        return [
            _Mark(pair.variant, order.index(pair.variant), pair.contrast.difference if pair.contrast else None)
            for pair in metric.comparisons
        ]

    return _Panel(
        title=f"Difference from {wording.spoken(report.baseline)}, percentage points",
        blocks=[_Block(_heading(metric, layout), metric.primary, marks(metric)) for metric in report.metrics],
        rows=len(order),
        named=layout.stacked,
        label=wording.points,
        tick=lambda difference: wording.points(difference).removesuffix(".0"),
    )


def _heading(metric: MetricResult, layout: Layout) -> str:
    title = metric.title.removeprefix("Completed ").capitalize()
    return title if layout.stacked else f"{title}, {metric.people}"


def _figure(rates: _Panel, differences: _Panel, layout: Layout) -> Figure:
    """Both panels placed; the figure's coordinates are fractions, ours are inches."""
    below = differences.height + _ABOVE + _BELOW if layout.stacked else 0
    height = below + rates.height + _ABOVE + _BELOW
    room = layout.width - layout.names - 0.12
    width = room if layout.stacked else (room - _BETWEEN) / 2
    start = layout.names if layout.stacked else layout.names + width + _BETWEEN
    figure = Figure(figsize=(layout.width, height))
    FigureCanvasSVG(figure)
    for panel, x, y in ((rates, layout.names, below + _BELOW), (differences, start, _BELOW)):
        place = (x / layout.width, y / height, width / layout.width, panel.height / height)
        _draw(figure.add_axes(place), panel, layout)
    return figure


def _draw(axes: Axes, panel: _Panel, layout: Layout) -> None:
    _style(axes)
    _scale(axes, panel, layout)
    _write(axes, panel.title, -0.14, 0, colour=_MUTED)
    for number, block in enumerate(panel.blocks):
        if panel.named:
            colour = _INK if block.strong else _MUTED
            _write(
                axes, block.heading, panel.top(number) + 0.18, -layout.names, colour=colour, strong=block.strong
            )
        for mark in block.marks:
            _draw_mark(axes, panel, mark, panel.middle(number, mark.row), strong=block.strong)


def _style(axes: Axes) -> None:
    axes.set_yticks([])
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)
    axes.tick_params(axis="x", length=0, pad=5, labelcolor=_MUTED, labelsize=8)
    axes.grid(visible=True, axis="x", color=_LINE, linewidth=0.6)
    axes.set_axisbelow(True)


def _scale(axes: Axes, panel: _Panel, layout: Layout) -> None:
    """Wide enough for every interval; a difference's axis shows zero, whichever side the intervals are on."""
    estimates = [mark.estimate for block in panel.blocks for mark in block.marks if mark.estimate]
    ends = [end for estimate in estimates for end in (estimate.low, estimate.high)]
    if panel.label is wording.points:
        ends.append(0)
        axes.axvline(0, color=_INK, linewidth=0.9)
    low, high = min(ends, default=0), max(ends, default=0.01)
    margin = max(0.12 * (high - low), 0.002)
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(panel.height, 0)
    axes.xaxis.set_major_locator(MaxNLocator(layout.ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: panel.tick(value)))


def _draw_mark(axes: Axes, panel: _Panel, mark: _Mark, y: float, *, strong: bool) -> None:
    if panel.named:
        _write(axes, fill(wording.spoken(mark.name), _NAME), y, -0.14, align="right")
    if mark.estimate is None:
        _write(axes, "nobody to count", y, 0.1, colour=_MUTED)
        return
    ends = [mark.estimate.low, mark.estimate.high]
    axes.plot(ends, [y, y], color=mark.colour, linewidth=2.6 if strong else 1.5, solid_capstyle="round")
    size = (7 if strong else 5.6) * (0.8 if mark.shape == "D" else 1)
    axes.plot(mark.estimate.value, y, marker=mark.shape, markersize=size, color=mark.colour)
    axes.annotate(
        panel.label(mark.estimate.value),
        (mark.estimate.value, y),
        xytext=(0, 6.5),
        textcoords="offset points",
        ha="center",
        color=_INK,
        weight="bold" if strong else "normal",
    )


def _write(
    axes: Axes,
    text: str,
    y: float,
    inches: float,
    *,
    colour: str = _INK,
    strong: bool = False,
    align: str = "left",
) -> None:
    """Words so many inches right of the axes' left edge, on paper of their own that covers the grid."""
    axes.annotate(
        text,
        (0, y),
        xycoords=("axes fraction", "data"),
        xytext=(72 * inches, 0),
        textcoords="offset points",
        ha=align,
        va="center",
        color=colour,
        weight="bold" if strong else "normal",
        annotation_clip=False,
        bbox={"facecolor": _PAPER, "edgecolor": "none", "pad": 1.5},
    )


def _svg(figure: Figure) -> Markup:
    """The figure's markup, fit to stand inside a page: no names of its own, no fixed size, the page's colours."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = file.getvalue().partition("<svg")[2]
    for pattern, replacement in _REWRITES:
        svg = re.sub(pattern, replacement, svg, flags=re.DOTALL)
    return Markup("<svg" + svg)  # noqa: S704 - matplotlib's own markup, which escapes the texts it is given
