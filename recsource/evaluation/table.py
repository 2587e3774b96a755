"""The comparison as a table that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recsource.evaluation.bootstrap import Interval
from recsource.evaluation.judging import Verdict

GAIN_IN = "NDCG@25"


def table(verdicts: Mapping[str, Verdict], baseline: str) -> str:
    """One line a source: its metrics, and its gain in NDCG@25 over the baseline with a 95% interval."""
    names = list(next(iter(verdicts.values())).means)
    header = ["method", *names, "coverage@25", f"{GAIN_IN} over {baseline} (95%)"]
    return "\n".join(_line(cells) for cells in (header, ["---"] * len(header), *_rows(verdicts, names, baseline)))


def _rows(verdicts: Mapping[str, Verdict], names: Sequence[str], baseline: str) -> list[list[str]]:
    return [
        [
            source,
            *(_number(verdict.means[name].mean) for name in names),
            _number(verdict.coverage),
            "" if source == baseline else _gain(verdict.gains[GAIN_IN]),
        ]
        for source, verdict in verdicts.items()
    ]


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"


def _gain(gain: Interval) -> str:
    return f"{gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
