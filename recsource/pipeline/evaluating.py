"""Evaluation: both models' own metrics, and ours on a time split.

Lists are judged by what people played after them. Where the source may train once more, a second run is exported
as of some days ago, trained and inferred, and judged by the days since. Where that would cost too much, an earlier
run's batches are judged, which people were really sent from, by what was played since that run was exported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from recsource.dataset.layout import Layout
from recsource.errors import DatasetError
from recsource.pipeline.parts import Parts, Result
from recsource.pipeline.question import Question, Window
from recsource.pipeline.record import RunRecord, read_records
from recsource.pipeline.telling import metrics_table
from recsource.ports import Trained

_NEW = timedelta(days=14)
"""Items that were published so lately are judged by themselves too: they are what the weekly email shows."""
_LEAST = timedelta(days=1)
HELD_OUT = "-held-out"


def held_out_of(run: str) -> str:
    """The id of the run that judges a run's way of training."""
    return f"{run}{HELD_OUT}"


def evaluate(parts: Parts, record: RunRecord, trained: Sequence[Trained]) -> Result:
    """Evaluate a run's models; the tables lie in its folder as `evaluation.md`.

    Raises:
        TrainingError, InferenceError: the second run fails.
    """
    own = {one.model: dict(one.metrics) for one in trained}
    try:
        question = _question(parts, record)
        judged = parts.judge(question) if question else None
        why = "" if judged else "There is no earlier batch yet that could be judged."
    except DatasetError as error:
        judged, why = None, f"A time split cannot be judged: {error}."
    text = judged.as_text() if judged else f"{why}\n"
    title = f"# {record.source}, run {record.run}\n\n## Their source's own metrics\n\n{metrics_table(trained)}\n\n"
    parts.storage.write(f"{Layout(record.run).root}evaluation.md", title + text)
    return {"own_metrics": own, **(judged.as_dict() if judged else {"why_not_judged": why})}


def _question(parts: Parts, record: RunRecord) -> Question | None:
    now = record.steps["export"].begun_at
    if parts.held_out is None:
        return _earlier(parts, record, now)
    run, split = held_out_of(record.run), now - parts.held_out
    parts.export(run, split)
    parts.recommender.infer(run, parts.recommender.train(run), parts.num_results)
    return Question(run, _window(split, now))


def _earlier(parts: Parts, record: RunRecord, now: datetime) -> Question | None:
    """The latest run with batches that people have had time to respond to."""
    records = {one.run: one for one in read_records(parts.storage) if one.source == record.source}
    for one in records.values():
        split = _known_until(one, records)
        if one.run != record.run and split and now - split >= _LEAST:
            return Question(one.run, _window(split, now))
    return None


def _known_until(record: RunRecord, records: Mapping[str, RunRecord]) -> datetime | None:
    """What a run's batches could know of: its models' export."""
    inferred = record.done("infer")
    trained_in = records.get(str(inferred.result["trained_in"])) if inferred else None
    return trained_in.steps["export"].begun_at if trained_in else None


def _window(split: datetime, until: datetime) -> Window:
    return Window(split, until, split - _NEW)
