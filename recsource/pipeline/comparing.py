"""Comparing runs, of one source or of several, by what people played since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from recsource.errors import InferenceError
from recsource.pipeline.parts import Parts
from recsource.pipeline.question import LEAST, Contestant, Question, window
from recsource.pipeline.record import RunRecord, known_until, read_records
from recsource.ports import MODELS, ModelName

if TYPE_CHECKING:  # judging needs NumPy, which is an extra's
    from recsource.pipeline.judged import Judged


def compare(parts: Parts, runs: Sequence[str]) -> Judged:
    """Judge both models of every run alike, against the first run's popularity.

    They are judged by those people who could have a list of each, and by what those played since the last of the
    runs' models was trained.

    Args:
        parts: what the steps work with; the source does not matter.
        runs: their ids.

    Raises:
        InferenceError: a run has no batch, or all of this is too young.
    """
    records = read_records(parts.storage)
    chosen = [_find(records, run) for run in dict.fromkeys(runs)]
    split, now = max(_known_until(one, records) for one in chosen), parts.clock()
    if now - split < LEAST:
        raise InferenceError(
            f"runs {', '.join(runs)}: the last of them knows all that was played until {split:%Y-%m-%d %H:%M}; "
            "compare them a day later, or more"
        )
    contestants = {_name(one, model): Contestant(one.run, model) for one in chosen for model in MODELS}
    return parts.judge(Question(contestants, _name(chosen[0], "popularity"), window(split, now)))


def _find(records: Sequence[RunRecord], run: str) -> RunRecord:
    found = next((record for record in records if record.run == run), None)
    if found is None:
        known = ", ".join(record.run for record in records) or "none"
        raise InferenceError(f"run {run}: there is no such run; there are: {known}")
    return found


def _known_until(record: RunRecord, records: Sequence[RunRecord]) -> datetime:
    known = known_until(record, records)
    if known is None:
        raise InferenceError(
            f"run {record.run}: it has no batch; run `winddown recs infer --run {record.run}` first"
        )
    return known


def _name(record: RunRecord, model: ModelName) -> str:
    """`local 20261124`, and `local 20261124 popularity`."""
    return f"{record.source} {record.run}" + (" popularity" if model == "popularity" else "")
