"""The drawing of intervals: rows of a name, a line and a mark, in panels with an axis each.

As an SVG it lies inline in the page: its colours are the page's CSS variables, so that it turns dark with the
page, and its words are text in the page's own typeface. As a PNG it has the colours of paper. Baseline and
variants differ by the shape of their mark as well as by colour.
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
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from campaigns.analysis.estimates import Estimate

_HEAD, _GAP = 0.36, 0.14  # inches: a block's heading, the space between blocks
_ABOVE, _BELOW, _BETWEEN = 0.34, 0.4, 0.4  # inches: for a panel's title, its axis, and between two panels
_SIZE = 8.5  # points; the page shows a picture about a third larger


@dataclass(frozen=True, slots=True)
class Palette:
    """What is drawn in which colour."""

    paper: str
    ink: str
    muted: str
    line: str
    baseline: str
    variant: str


PAPER = Palette("#ffffff", "#1d2433", "#626a7a", "#e3e0d8", "#8a7a5c", "#2f4fa8")
_STAND_INS = Palette(*(f"#0{digit}0203" for digit in range(1, 7)))
_REWRITES = (
    (r"<metadata>.*?</metadata>", ""),
    (r'<g id="[^"]*"', "<g"),
    (r' (width|height)="[\d.]+pt"', ""),
    *((getattr(_STAND_INS, name), f"var(--{name})") for name in Palette.__slots__),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a picture is laid out.

    Attributes:
        width: inches, the margin of `names` inches at the left included.
        letters: of a name on a line.
        row: inches that one row takes.
        stacked: the panels one above the other, each with names of its own, instead of side by side.
        ticks: at most so many intervals on an axis.
    """

    name: str
    width: float
    names: float
    letters: int
    row: float
    stacked: bool
    ticks: int


@dataclass(frozen=True, slots=True)
class Mark:
    """One row: whose it is, which row of its block, and what it shows; no estimate where nobody is counted."""

    name: str
    row: int
    estimate: Estimate | None
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, or none, and the rows below it."""

    heading: str
    strong: bool
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes.

    Attributes:
        rows: the height of every block, in rows; None for as many as it has marks.
        named: whether headings and names stand at its left.
        zero: whether the axis shows zero, where there is no difference.
        label, tick: the words beside a mark, and below the axis.
        reach: intervals are cut where they go further than this from zero; None for never.
    """

    title: str
    blocks: Sequence[Block]
    rows: int | None
    named: bool
    zero: bool
    label: Callable[[float], str]
    tick: Callable[[float], str]
    reach: float | None = None

    def height(self, layout: Layout) -> float:
        """Inches from the first heading to the axis."""
        return self.top(len(self.blocks), layout) - _GAP

    def top(self, block: int, layout: Layout) -> float:
        """Where a block begins, inches downwards."""
        return sum(
            (_HEAD if each.heading else 0) + layout.row * (self.rows or len(each.marks)) + _GAP
            for each in self.blocks[:block]
        )

    def middle(self, block: int, row: int, layout: Layout) -> float:
        """The middle of a row, inches downwards."""
        head = _HEAD if self.blocks[block].heading else 0.1
        return self.top(block, layout) + head + layout.row * (row + 0.55)


def svg(panels: Sequence[Panel], layout: Layout) -> Markup:
    """An `<svg>` element to stand inside a page: no names of its own, no fixed size, the page's colours."""
    salt = f"winddown-{layout.name}"
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": _SIZE, "text.parse_math": False}):
        figure, file = _figure(panels, layout, _STAND_INS), io.StringIO()
        FigureCanvasSVG(figure)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = file.getvalue().partition("<svg")[2]
    for pattern, replacement in _REWRITES:
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    return Markup("<svg" + text)  # noqa: S704 - matplotlib's own markup, which escapes the texts it is given


def png(panels: Sequence[Panel], layout: Layout) -> bytes:
    """The same for slides and chats."""
    with rc_context({"font.size": _SIZE, "text.parse_math": False}):
        figure, file = _figure(panels, layout, PAPER), io.BytesIO()
        FigureCanvasAgg(figure)
        figure.savefig(
            file, format="png", dpi=200, facecolor=PAPER.paper, metadata={"Software": None}, bbox_inches="tight"
        )
    return file.getvalue()


def _figure(panels: Sequence[Panel], layout: Layout, palette: Palette) -> Figure:
    """All panels placed; the figure's coordinates are fractions, ours are inches."""
    heights = [panel.height(layout) + _ABOVE + _BELOW for panel in panels]
    height = sum(heights) if layout.stacked else max(heights)
    room = layout.width - layout.names - 0.12
    width = room if layout.stacked else (room - _BETWEEN * (len(panels) - 1)) / len(panels)
    figure = Figure(figsize=(layout.width, height))
    for number, panel in enumerate(panels):
        x = layout.names if layout.stacked else layout.names + number * (width + _BETWEEN)
        y = height - (sum(heights[: number + 1]) if layout.stacked else heights[number]) + _BELOW
        place = (x / layout.width, y / height, width / layout.width, panel.height(layout) / height)
        _Drawing(figure.add_axes(place), panel, layout, palette).draw()
    return figure


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One panel on its axes."""

    axes: Axes
    panel: Panel
    layout: Layout
    palette: Palette

    def draw(self) -> None:
        self._style()
        self._scale()
        self._write(self.panel.title, -0.14, 0, colour=self.palette.muted)
        for number, block in enumerate(self.panel.blocks):
            if self.panel.named and block.heading:
                colour = self.palette.ink if block.strong else self.palette.muted
                y = self.panel.top(number, self.layout) + 0.18
                self._write(block.heading, y, -self.layout.names, colour=colour, strong=block.strong)
            for mark in block.marks:
                self._mark(mark, self.panel.middle(number, mark.row, self.layout), strong=block.strong)

    def _style(self) -> None:
        axes, palette = self.axes, self.palette
        axes.set_yticks([])
        axes.spines[["left", "right", "top"]].set_visible(False)
        axes.spines["bottom"].set_color(palette.line)
        axes.tick_params(axis="x", length=0, pad=5, labelcolor=palette.muted, labelsize=8)
        axes.grid(visible=True, axis="x", color=palette.line, linewidth=0.6)
        axes.set_axisbelow(True)

    def _scale(self) -> None:
        """Wide enough for every interval; a difference's axis shows zero, whichever side the intervals are on."""
        estimates = [mark.estimate for block in self.panel.blocks for mark in block.marks if mark.estimate]
        ends = [self._cut(end) for estimate in estimates for end in (estimate.low, estimate.high)]
        if self.panel.zero:
            ends.append(0)
            self.axes.axvline(0, color=self.palette.ink, linewidth=0.9)
        low, high = min(ends, default=0), max(ends, default=0.01)
        margin = 0.12 * (high - low) or 0.002
        self.axes.set_xlim(low - margin, high + margin)
        self.axes.set_ylim(self.panel.height(self.layout), 0)
        self.axes.xaxis.set_major_locator(MaxNLocator(self.layout.ticks, steps=[1, 2, 2.5, 5, 10]))
        self.axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: self.panel.tick(value)))

    def _cut(self, end: float) -> float:
        reach = self.panel.reach
        return end if reach is None else max(-reach, min(reach, end))

    def _mark(self, mark: Mark, y: float, *, strong: bool) -> None:
        if self.panel.named:
            self._write(fill(mark.name, self.layout.letters), y, -0.14, align="right")
        if mark.estimate is None:
            self._write("too few to tell", y, 0.1, colour=self.palette.muted)
            return
        value, low, high = map(self._cut, (mark.estimate.value, mark.estimate.low, mark.estimate.high))
        colour = self.palette.baseline if mark.baseline else self.palette.variant
        self.axes.plot([low, high], [y, y], color=colour, linewidth=2.6 if strong else 1.5, solid_capstyle="round")
        size = (7 if strong else 5.6) * (0.8 if mark.baseline else 1)
        self.axes.plot(value, y, marker="D" if mark.baseline else "o", markersize=size, color=colour)
        for end, cut, arrow in ((mark.estimate.low, low, "<"), (mark.estimate.high, high, ">")):
            if end != cut:
                self.axes.plot(cut, y, marker=arrow, markersize=5, color=colour)
        self._label(mark.estimate.value, value, y, strong=strong)

    def _label(self, value: float, x: float, y: float, *, strong: bool) -> None:
        self.axes.annotate(
            self.panel.label(value),
            (x, y),
            xytext=(0, 6.5),
            textcoords="offset points",
            ha="center",
            color=self.palette.ink,
            weight="bold" if strong else "normal",
            bbox={"facecolor": self.palette.paper, "edgecolor": "none", "pad": 0.4},
        )

    def _write(
        self, text: str, y: float, inches: float, *, colour: str = "", strong: bool = False, align: str = "left"
    ) -> None:
        """Words so many inches right of the axes' left edge, on paper of their own that covers the grid."""
        self.axes.annotate(
            text,
            (0, y),
            xycoords=("axes fraction", "data"),
            xytext=(72 * inches, 0),
            textcoords="offset points",
            ha=align,
            va="center",
            color=colour or self.palette.ink,
            weight="bold" if strong else "normal",
            annotation_clip=False,
            bbox={"facecolor": self.palette.paper, "edgecolor": "none", "pad": 1.5},
        )
