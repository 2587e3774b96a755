"""The steps of a run: export, train, evaluate, infer, pull. Each a plain function of parts and a run's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import cast

from recsource.errors import DatasetError, InferenceError, InputError, TrainingError
from recsource.pipeline import evaluating
from recsource.pipeline.parts import Holder, Parts, Result
from recsource.pipeline.record import RunRecord, Step, StepName, read_record, read_records, write_record
from recsource.pipeline.telling import trained_message
from recsource.ports import Metrics, Trained


def export(parts: Parts, run: str, *, again: bool = False) -> Result:
    """Write the run's dataset, and whom to recommend to, as of the moment at which the step was begun first.

    Raises:
        DatasetError: it is not something that a recommender can be trained on.
        InputError: the run is somebody else's, or was begun with other settings.
    """
    return _perform(parts, run, "export", lambda step: parts.export(run, step.begun_at), again=again)


def train(parts: Parts, run: str, *, again: bool = False) -> Result:
    """Train every model on the run's dataset, and tell people how they compare.

    Raises:
        TrainingError: a model failed.
        DatasetError: the run is not exported.
        InputError: the run is somebody else's, or was begun with other settings.
    """
    _require(parts, run, "export", DatasetError)

    def work(_: Step) -> Result:
        trained = parts.recommender.train(run)
        parts.tell(trained_message(parts.recommender.name, run, trained))
        return {"models": [asdict(one) for one in trained]}

    return _perform(parts, run, "train", work, again=again)


def evaluate(parts: Parts, run: str, *, again: bool = False) -> Result:
    """Judge the run's models.

    Raises:
        TrainingError: the run is not trained.
        InputError: the run is somebody else's, or was begun with other settings.
    """
    record = _require(parts, run, "train", TrainingError)
    return _perform(
        parts, run, "evaluate", lambda _: evaluating.evaluate(parts, record, _models(record)), again=again
    )


def infer(parts: Parts, run: str, *, again: bool = False) -> Result:
    """Have every model write a batch for the run's people; models of an earlier run where this one trained none.

    Raises:
        InferenceError: a batch failed, or no run is trained.
        DatasetError: the run is not exported.
        InputError: the run is somebody else's, or was begun with other settings.
    """
    _require(parts, run, "export", DatasetError)

    def work(_: Step) -> Result:
        trained_in = _trained(parts, run)
        keys = parts.recommender.infer(run, _models(trained_in), parts.num_results)
        return {"trained_in": trained_in.run, "keys": list(keys)}

    return _perform(parts, run, "infer", work, again=again)


def pull(parts: Parts, run: str, *, again: bool = False) -> Result:
    """Make the run's batch the current one.

    Raises:
        InferenceError: the run has no batch.
    """
    _require(parts, run, "infer", InferenceError)
    return _perform(parts, run, "pull", lambda _: parts.pull(run, parts.model), again=again)


def _perform(parts: Parts, run: str, name: StepName, work: Callable[[Step], Result], *, again: bool) -> Result:
    """Do a step, unless the run's record says that it is done; what came of it."""
    record = read_record(parts.storage, run) or RunRecord(run, parts.recommender.name)
    _require_same_source(parts, record)
    if again:
        _require_repeatable(parts, record, name)
        record = record.before(name)
    settings = parts.settings.get(name, {})
    step = record.steps.get(name) or Step(settings, begun_at=parts.clock())
    if step.done_at or _is_held(parts, name):
        _require_same_settings(run, name, step.settings, settings)
    step = replace(step, settings=settings)
    if step.done_at:
        return step.result
    write_record(parts.storage, record.with_step(name, step))
    done = replace(step, result=work(step), done_at=parts.clock())
    write_record(parts.storage, record.with_step(name, done))
    return done.result


def _require(
    parts: Parts, run: str, name: StepName, failing: type[DatasetError | TrainingError | InferenceError]
) -> RunRecord:
    record = read_record(parts.storage, run)
    if record is None or not record.done(name):
        raise failing(f"run {run}: `{name}` is not done; run `winddown recs {name} --run {run}` first")
    return record


def _require_same_source(parts: Parts, record: RunRecord) -> None:
    if record.source != parts.recommender.name:
        raise InputError(
            f"run {record.run} is one of {record.source!r}, not of {parts.recommender.name!r}; "
            "name another with --run"
        )


def _require_same_settings(run: str, name: StepName, then: Result, now: Result) -> None:
    changed = sorted(key for key in then.keys() | now.keys() if then.get(key) != now.get(key))
    if changed:
        what = "; ".join(f"`{key}` was {then.get(key)!r} and is {now.get(key)!r}" for key in changed)
        raise InputError(
            f"run {run}: `{name}` was begun with other settings: {what}; put them back, or name a new run "
            "with --run"
        )


def _is_held(parts: Parts, name: StepName) -> bool:
    """Whether what a step has begun with other settings would be taken for what it makes with these."""
    return isinstance(parts.recommender, Holder) and name in {"train", "infer"}


def _require_repeatable(parts: Parts, record: RunRecord, name: StepName) -> None:
    harmless = name in {"evaluate", "pull"} or "train" not in record.steps
    if isinstance(parts.recommender, Holder) and not harmless:
        raise InputError(
            f"run {record.run}: {record.source} keeps what it made under the run's name, so that `{name}` cannot "
            "be repeated; name a new run with --run"
        )


def _trained(parts: Parts, run: str) -> RunRecord:
    """The run itself where it is being trained, or else the one that was trained last."""
    records = [record for record in read_records(parts.storage) if record.source == parts.recommender.name]
    own = [record for record in records if record.run == run and "train" in record.steps]
    candidates = own or [record for record in records if record.done("train")]
    if not candidates or not candidates[0].done("train"):
        raise InferenceError(f"run {run}: nothing is trained yet; run `winddown recs train --run {run}` first")
    return max(candidates, key=lambda record: record.steps["train"].done_at or record.begun_at)


def _models(record: RunRecord) -> Sequence[Trained]:
    """The models of a run, out of its record."""
    found = cast("Sequence[Mapping[str, object]]", record.steps["train"].result["models"])
    return [
        Trained(
            model="popularity" if one["model"] == "popularity" else "personalised",
            reference=str(one["reference"]),
            metrics=cast("Metrics", one["metrics"]),
            details=cast("Mapping[str, str]", one["details"]),
        )
        for one in found
    ]
