"""What people are told when a run is trained: both models' own metrics, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from recsource.ports import Trained

_WIDTH = 14


def trained_message(source: str, run: str, trained: Sequence[Trained]) -> str:
    """A line, and below it a table in a block that Slack shows as it is.

    Args:
        source: who trained.
        run: the run's id.
        trained: its models.
    """
    headline = f"Recommendations: {source} has trained run {run}"
    return f"{headline}:\n{metrics_table(trained)}" if any(one.metrics for one in trained) else f"{headline}."


def metrics_table(trained: Sequence[Trained]) -> str:
    """The models' own metrics, side by side, in a block of fixed width."""
    names = sorted({name for one in trained for name in one.metrics})
    width = max(map(len, names), default=0)
    header = " " * width + "".join(f"{one.model:>{_WIDTH}}" for one in trained)
    rows = [f"{name:<{width}}" + "".join(_cell(one, name) for one in trained) for name in names]
    return "\n".join(["```", header, *rows, "```"])


def _cell(trained: Trained, name: str) -> str:
    value = trained.metrics.get(name)
    return f"{'-':>{_WIDTH}}" if value is None else f"{value:>{_WIDTH}.4f}"
