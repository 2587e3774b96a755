"""A whole run: what is due, begun or gone on with, as often as cron likes to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recsource.pipeline import steps
from recsource.pipeline.parts import Cadence, Parts, Result
from recsource.pipeline.record import RunRecord, StepName, read_records


@dataclass(frozen=True, slots=True)
class Due:
    """What a run shall do.

    Attributes:
        run: its id.
        train: whether it trains models of its own, or infers with those of an earlier run.
    """

    run: str
    train: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run has done.

    Attributes:
        run: its id.
        results: by step; those that were done before included.
    """

    run: str
    results: dict[str, Result]


def run(parts: Parts, run_id: str | None = None, *, force: bool = False) -> Ran | None:
    """Export, train, evaluate, infer and pull, as far as the cadence wants it; None where nothing is due.

    Args:
        parts: what the steps work with.
        run_id: a run of that id, whether one is due or not; left out, the latest that is not done, or a new one.
        force: train and infer though neither is due.

    Raises:
        RecsourceError: a step failed. Running again goes on with it.
    """
    records = [one for one in read_records(parts.storage) if one.source == parts.recommender.name]
    due = what_is_due(records, parts.cadence, parts.clock(), run_id=run_id, force=force)
    if due is None:
        return None
    results: dict[str, Result] = {"export": steps.export(parts, due.run)}
    if due.train:
        results["train"] = steps.train(parts, due.run)
        results["evaluate"] = steps.evaluate(parts, due.run)
    results["infer"] = steps.infer(parts, due.run)
    results["pull"] = steps.pull(parts, due.run)
    return Ran(due.run, results)


def what_is_due(
    records: Sequence[RunRecord],
    cadence: Cadence,
    now: datetime,
    *,
    run_id: str | None = None,
    force: bool = False,
) -> Due | None:
    """What shall be run now; None where models and batch are young enough.

    Args:
        records: a source's runs, the one that was begun last first.
        cadence: how old models and batches may grow.
        now: the present.
        run_id: the run that is wanted, whether one is due or not.
        force: whether both are wanted however young they are.
    """
    if run_id is None:
        run_id = _unfinished(records, cadence, now)
        if run_id is None and not (force or _older(records, "infer", now, cadence.infer)):
            return None
    run_id = run_id or f"{now:%Y%m%d}"
    begun = next((record for record in records if record.run == run_id), None)
    trains = force or _older(records, "train", now, cadence.train)
    return Due(run_id, train=trains or (begun is not None and "train" in begun.steps))


def run_at_hand(parts: Parts, *, having: StepName | None = None) -> str:
    """The run that a single step is for where nobody names one.

    Args:
        parts: what the steps work with.
        having: a step that it has to have done; the latest such run is meant.

    Returns:
        The latest run that is not done, or else one named after today.
    """
    records = [one for one in read_records(parts.storage) if one.source == parts.recommender.name]
    now = parts.clock()
    if having:
        fitting = [record.run for record in records if record.done(having)]
        return fitting[0] if fitting else f"{now:%Y%m%d}"
    return _unfinished(records, parts.cadence, now) or f"{now:%Y%m%d}"


def _unfinished(records: Sequence[RunRecord], cadence: Cadence, now: datetime) -> str | None:
    """The latest run, where it is not done and was begun lately: a training may last past midnight."""
    latest = records[0] if records else None
    if latest is None or latest.done("pull") or now - latest.begun_at > cadence.resume:
        return None
    return latest.run


def _older(records: Sequence[RunRecord], name: StepName, now: datetime, age: timedelta) -> bool:
    """Whether a step was last done longer ago than that, or never.

    A day's cron job starts a few seconds earlier or later than yesterday's, and a step takes its time: what
    would be too old within an hour is so now.
    """
    done = [step.done_at for record in records if (step := record.done(name)) and step.done_at]
    return not done or now - max(done) > age - timedelta(hours=1)
