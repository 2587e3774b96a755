"""Evaluation: both models' own metrics, and ours on a time split.

Lists are judged by what people played after them. Where the source may train once more, a second run is exported
as of some days ago, trained and inferred, and judged by the days since. Where that would cost too much, an earlier
run's batches are judged, which people were really sent from, by what was played since that run was exported.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from recsource.dataset.layout import Layout
from recsource.errors import DatasetError
from recsource.pipeline.parts import Parts, Result
from recsource.pipeline.question import LEAST, Question, about_one_run, window
from recsource.pipeline.record import RunRecord, known_until, read_records
from recsource.pipeline.telling import metrics_table
from recsource.ports import Trained

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
    key = f"{Layout(record.run).root}evaluation.md"
    parts.storage.write(key, title + text)
    told = judged.as_dict() if judged else {"why_not_judged": why}
    return {"own_metrics": own, **told, "tables": f"{parts.storage.url}/{key}"}


def _question(parts: Parts, record: RunRecord) -> Question | None:
    now = record.steps["export"].begun_at
    if parts.held_out is None:
        return _earlier(parts, record, now)
    run, split = held_out_of(record.run), now - parts.held_out
    parts.export(run, split)
    parts.recommender.infer(run, parts.recommender.train(run), parts.num_results)
    return about_one_run(run, window(split, now))


def _earlier(parts: Parts, record: RunRecord, now: datetime) -> Question | None:
    """The latest run with batches that people have had time to respond to."""
    records = [one for one in read_records(parts.storage) if one.source == record.source]
    for one in records:
        split = known_until(one, records)
        if one.run != record.run and split and now - split >= LEAST:
            return about_one_run(one.run, window(split, now))
    return None
