"""The picture of a plan: the smallest effect that is found, against the weeks that the experiment runs."""

from __future__ import annotations

import io

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from campaigns.replay.planning import Plan
from campaigns.report.metrics import BY_NAME, Unit

_INK, _MUTED, _LINE, _GOOD = "#1b2046", "#4b5280", "#d5d9ee", "#e07a1f"
_STYLES = (("#8f96c9", ":"), ("#6f77bd", "-."), ("#4348b8", "--"), ("#1b2046", "-"))
"""Shares of traffic differ by the dashes as well as by the colour."""


def draw(plan: Plan) -> bytes:
    """A PNG."""
    with rc_context({"font.size": 10, "text.parse_math": False}):
        figure = Figure(figsize=(8, 4.6), dpi=150, layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _curves(axes, plan)
        _wanted(axes, plan)
        _dress(axes, plan)
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _curves(axes: Axes, plan: Plan) -> None:
    for number, (share, effects) in enumerate(reversed(list(plan.traffic.items()))):
        colour, dashes = _STYLES[max(0, len(_STYLES) - 1 - number)]
        weeks = [plan.every * counted for counted in range(1, len(effects) + 1)]
        own = abs(share * plan.audience - plan.people) < 1
        axes.plot(weeks, effects, dashes, color=colour, linewidth=2.6 if own else 1.5)
        label = f"{share:.0%} of the audience" + (", as declared" if own else "")
        axes.annotate(
            label, (weeks[-1], effects[-1]), xytext=(6, 0), textcoords="offset points", va="center",
            color=_INK if own else _MUTED, weight="bold" if own else "normal", annotation_clip=False,
        )  # fmt: skip


def _wanted(axes: Axes, plan: Plan) -> None:
    if plan.effect is None:
        return
    axes.axhline(plan.effect, color=_GOOD, linewidth=1.4)
    axes.annotate(
        f"worth having: {_spoken(plan.effect, plan)}", (0, plan.effect), xytext=(5, -5),
        textcoords="offset points", color="#9a4f0c", va="top",
    )  # fmt: skip


def _dress(axes: Axes, plan: Plan) -> None:
    pair = plan.contrasts[0]
    axes.set_title(
        f"{BY_NAME[plan.metric].title}: the smallest difference found in 4 of 5 experiments\n"
        f"{pair.treatment} against {pair.control}, {plan.audience:,} people a week",
        loc="left", fontsize=10, color=_INK,
    )  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.set_xlabel("weeks", color=_MUTED)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda effect, _: _spoken(effect, plan)))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_LINE)
    axes.grid(visible=True, color=_LINE, linewidth=0.6)
    axes.tick_params(colors=_MUTED, length=0)


def _spoken(effect: float, plan: Plan) -> str:
    return f"{100 * effect:.3g} pp" if plan.unit == Unit.SHARE else f"{effect:.3g}"
