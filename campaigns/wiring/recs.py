"""Recommendations: the parts of the pipeline, as `[recs]` in `winddown.toml` chooses them.

A DAG calls each step as cron's `winddown recs run` does, with a workspace and a run's id:

    parts = recs_parts(Workspace.open(root, system_clock, Silent()))
    steps.export(parts, "20261124")
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from campaigns.ground.errors import ConfigurationError
from campaigns.settings.recs import RecsSettings
from campaigns.wiring.extras import needed_for
from campaigns.wiring.recommenders import Source, recommender
from campaigns.wiring.recs_warehouse import open_tables, warehouse
from campaigns.wiring.workspace import Workspace
from recsource.batch import Batch
from recsource.dataset.export import export
from recsource.dataset.layout import Layout
from recsource.dataset.settings import ExportSettings
from recsource.pipeline.parts import Cadence, Parts, Result
from recsource.pipeline.pull import clear_batches, find_files, pull
from recsource.pipeline.question import Contestant, Question
from recsource.ports import ModelName, Storage
from recsource.storage.encryption import Encryption
from recsource.storage.opening import open_storage

if TYPE_CHECKING:  # it needs an extra
    from recsource.pipeline.judged import Judged

_TOLD: Mapping[Source, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "local": (("seed", "repeats"), ("seed", "repeats", "exploring", "explored_slots", "explored_item_age_days")),
    "personalize": (
        ("prefix", "recipe", "hyperparameters", "kms_key"),
        ("filter", "exploration_weight", "exploration_item_age_days"),
    ),
}
"""Those of a source's settings that change what comes of training, and of inferring."""


def recs_parts(workspace: Workspace, source: Source | None = None) -> Parts:
    """What the pipeline's steps work with.

    Args:
        workspace: whose.
        source: who recommends; as `winddown.toml` says where left out.

    Raises:
        ConfigurationError: a setting is missing or impossible, or an extra is not installed.
        StorageError: `base` is no address.
    """
    recs = workspace.settings.recs
    storage, folder = _storage(workspace, recs), _batch_folder(workspace)
    chosen = source or recs.source
    return Parts(
        storage=storage,
        recommender=recommender(workspace, chosen, storage),
        export=lambda run, moment: _export(workspace, storage, run, moment),
        judge=lambda question: _judge(workspace, storage, question),
        pull=lambda run, model: _pull(workspace, storage, folder, run, model),
        tell=workspace.notifier().tell,
        clock=workspace.clock,
        settings=_recorded(recs, chosen),
        num_results=recs.num_results,
        model=recs.model,
        cadence=Cadence(
            train=timedelta(days=recs.train_every_days),
            infer=timedelta(days=recs.infer_every_days),
            resume=timedelta(days=recs.resume_days),
        ),
        held_out=timedelta(days=recs.held_out_days) if chosen == "local" or recs.personalize.held_out else None,
    )


def _storage(workspace: Workspace, recs: RecsSettings) -> Storage:
    bucket = recs.bucket
    return open_storage(
        recs.base,
        workspace.root,
        region=bucket.region or None,
        endpoint_url=bucket.endpoint_url or None,
        encryption=Encryption(bucket.encryption, bucket.kms_key),
    )


def _export(workspace: Workspace, storage: Storage, run: str, moment: datetime) -> Result:
    recs = workspace.settings.recs
    with workspace.engine() as engine, workspace.progress.stage("Exporting"):
        return asdict(export(warehouse(workspace, engine, run), _exported(recs), storage, run, moment))


def _exported(recs: RecsSettings) -> ExportSettings:
    chosen = recs.export
    return ExportSettings(
        interaction_days=chosen.interaction_days,
        event_weights=chosen.event_weights,
        max_repeats=chosen.max_repeats or None,
        active_days=chosen.active_days or None,
        min_interactions=chosen.min_interactions,
        subscriptions=chosen.subscriptions,
        languages=chosen.languages,
        recipients=chosen.recipients,
        user_metadata=chosen.user_metadata,
        item_metadata=chosen.item_metadata,
    )


def _judge(workspace: Workspace, storage: Storage, question: Question) -> Judged:
    """Batches are judged by the interactions under [data], from wherever the dataset was exported."""
    with needed_for("`winddown recs evaluate`", "local"):
        from recsource.pipeline.judging import Told, judge_batches  # noqa: PLC0415 - an extra
    with workspace.engine() as engine, workspace.progress.stage("Judging"), TemporaryDirectory() as drafts:
        open_tables(workspace, engine)
        batches = {
            name: _fetched(storage, one, Path(drafts) / str(number))
            for number, (name, one) in enumerate(question.contestants.items())
        }
        events = list(workspace.settings.recs.export.event_weights)
        told = Told(_recipients(storage, question.runs), events, question.window, question.baseline)
        return judge_batches(engine, batches, told)


def _recipients(storage: Storage, runs: Sequence[str]) -> list[str]:
    """The people whom all of the runs recommend to."""
    texts = [storage.read(Layout(run).recipients) or "" for run in runs]
    people = [{str(json.loads(line)["userId"]) for line in text.splitlines()} for text in texts]
    return sorted(set.intersection(*people))


def _fetched(storage: Storage, batch: Contestant, folder: Path) -> Batch:
    """A batch's files, here for as long as the folder is."""
    found = find_files(storage, batch.run, batch.model)
    folder.mkdir()
    paths = [folder / f"{number}.out" for number in range(len(found))]
    for file, path in zip(found, paths, strict=True):
        storage.get(file.key, path)
    return Batch(tuple(paths), min(file.modified_at for file in found))


def forget_batches(workspace: Workspace, keep: int) -> None:
    """Remove pulled batches but the current one and the `keep` latest others."""
    clear_batches(_batch_folder(workspace), keep)


def _pull(workspace: Workspace, storage: Storage, folder: Path, run: str, model: ModelName) -> Result:
    with workspace.engine() as engine, workspace.progress.stage("Pulling"):
        return pull(storage, run, model, folder, engine).as_dict()


def _batch_folder(workspace: Workspace) -> Path:
    """The folder that plans read their batch from.

    Raises:
        ConfigurationError: the setting names files, which a new batch could not replace all at once.
    """
    pattern = workspace.settings.data.recommendations
    folder = workspace.root / pattern
    if folder.is_file() or any(sign in pattern for sign in "*?["):
        raise ConfigurationError(
            f"`recommendations` under [data] in winddown.toml is {pattern!r}; wanted a folder, "
            "in which `winddown recs pull` can put a batch and make it the current one"
        )
    return folder


def _recorded(recs: RecsSettings, source: Source) -> Mapping[str, Result]:
    """What each step is told, for the run's record: those settings that change what comes of it."""
    asked = (recs.personalize if source == "personalize" else recs.local).model_dump(mode="json")
    training, inferring = _TOLD[source]
    return {
        "export": recs.export.model_dump(mode="json"),
        "train": {name: asked[name] for name in training},
        "infer": {"num_results": recs.num_results, **{name: asked[name] for name in inferring}},
        "pull": {"model": recs.model},
    }
