"""Recommendations: the parts of the pipeline, as `[recs]` in `winddown.toml` chooses them.

A DAG calls each step as cron's `winddown recs run` does, with a workspace and a run's id:

    parts = recs_parts(Workspace.open(root, system_clock, Silent()))
    steps.export(parts, "20261124")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from campaigns.ground.errors import ConfigurationError
from campaigns.ports.clock import Stopwatch
from campaigns.settings.recs import RecsSettings
from campaigns.wiring.extras import needed_for
from campaigns.wiring.workspace import Workspace
from recsource.batch import Batch
from recsource.dataset.export import export
from recsource.dataset.files import FilesWarehouse
from recsource.dataset.layout import TABLES as EXPORTED
from recsource.dataset.layout import Layout
from recsource.dataset.query import OWN_NAMES
from recsource.dataset.settings import ExportSettings
from recsource.dataset.warehouse import Warehouse
from recsource.engine import Engine
from recsource.errors import RecsourceError
from recsource.inputs import find, open_table
from recsource.pipeline.parts import Cadence, Parts, Result
from recsource.pipeline.pull import clear_batches, find_files, pull
from recsource.pipeline.question import Question
from recsource.ports import MODELS, ModelName, Recommender, Storage
from recsource.schema import COLLECTIONS, INTERACTIONS, ITEMS, USERS
from recsource.storage.encryption import Encryption
from recsource.storage.opening import open_storage

if TYPE_CHECKING:  # it needs an extra
    from recsource.pipeline.judging import Judged

Source = Literal["local", "personalize"]
_TOLD: Mapping[Source, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "local": (("seed", "repeats"), ("seed", "repeats", "exploring", "explored_slots")),
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
        recommender=_recommender(workspace, chosen, storage),
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


def _recommender(workspace: Workspace, source: Source, storage: Storage) -> Recommender:
    return _local(workspace, storage) if source == "local" else _personalize(workspace.settings.recs, storage)


def _local(workspace: Workspace, storage: Storage) -> Recommender:
    with needed_for('`source = "local"` under [recs]', "local"):
        from recsource.local.recommender import LocalRecommender  # noqa: PLC0415 - an extra
        from recsource.local.settings import LocalSettings  # noqa: PLC0415 - as above
    engine = workspace.settings.engine
    return LocalRecommender(
        storage,
        LocalSettings(**workspace.settings.recs.local.model_dump()),
        lambda: Engine(memory_limit=engine.memory_limit, threads=engine.threads),
        engine.threads,
    )


def _personalize(recs: RecsSettings, storage: Storage) -> Recommender:
    with needed_for('`source = "personalize"` under [recs]', "personalize"):
        from recsource.personalize import PersonalizeRecommender, PersonalizeSettings  # noqa: PLC0415 - an extra
        from recsource.personalize.connection import connect  # noqa: PLC0415 - as above
        from recsource.personalize.waiting import Patience  # noqa: PLC0415 - as above
    chosen = recs.personalize
    longest = timedelta(minutes=chosen.poll_minutes)
    try:
        settings = PersonalizeSettings(
            role_arn=chosen.role_arn,
            kms_key_arn=chosen.kms_key,
            prefix=chosen.prefix,
            recipe=chosen.recipe,
            hyperparameters=chosen.hyperparameters,
            filter_expression=chosen.filter,
            exploration=chosen.exploration,
            patience=Patience(
                first=min(Patience().first, longest),
                longest=longest,
                deadline=timedelta(hours=chosen.deadline_hours),
            ),
        )
        client = connect(region=chosen.region, endpoint_url=chosen.endpoint_url)
        return PersonalizeRecommender(client, storage, settings, Stopwatch())
    except RecsourceError as error:
        raise ConfigurationError(f"[recs.personalize] in winddown.toml: {error}") from error


def _export(workspace: Workspace, storage: Storage, run: str, moment: datetime) -> Result:
    recs = workspace.settings.recs
    with workspace.engine() as engine, workspace.progress.stage("Exporting"):
        return asdict(export(_warehouse(workspace, engine, run), _exported(recs), storage, run, moment))


def _warehouse(workspace: Workspace, engine: Engine, run: str) -> Warehouse:
    if workspace.settings.recs.export.warehouse == "redshift":
        return _redshift(workspace, run)
    _open_tables(workspace, engine)
    return FilesWarehouse(engine)


def _open_tables(workspace: Workspace, engine: Engine) -> None:
    for table in (COLLECTIONS, ITEMS, USERS, INTERACTIONS):
        pattern = str(getattr(workspace.settings.data, table.name))
        open_table(engine, table, find(table.name, pattern, workspace.root))


def _redshift(workspace: Workspace, run: str) -> Warehouse:
    with needed_for('`warehouse = "redshift"` under [recs.export]', "personalize"):
        from recsource.dataset import data_api  # noqa: PLC0415 - an extra
        from recsource.dataset.redshift import RedshiftWarehouse, UnloadSettings  # noqa: PLC0415 - as above
    recs, watch = workspace.settings.recs, Stopwatch()
    asked = recs.redshift
    settings = data_api.RedshiftSettings(
        asked.database, asked.cluster, asked.workgroup, asked.user, asked.secret_arn
    )
    client = data_api.connect(asked.region or None, asked.endpoint_url or None)
    tables = {name: asked.tables.get(name, OWN_NAMES[name]) for name in EXPORTED}
    return RedshiftWarehouse(
        data_api.DataApi(client, settings, run, watch.now, watch.sleep),
        UnloadSettings(asked.role_arn, tables, recs.bucket.kms_key, recs.bucket.region),
    )


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
        from recsource.pipeline.judging import judge_batches  # noqa: PLC0415 - an extra
    layout = Layout(question.run)
    with workspace.engine() as engine, workspace.progress.stage("Judging"), TemporaryDirectory() as drafts:
        _open_tables(workspace, engine)
        people = (storage.read(layout.recipients) or "").splitlines()
        return judge_batches(
            engine,
            {model: _fetched(storage, question.run, model, Path(drafts)) for model in MODELS},
            [str(json.loads(line)["userId"]) for line in people],
            list(workspace.settings.recs.export.event_weights),
            question.window,
        )


def _fetched(storage: Storage, run: str, model: ModelName, drafts: Path) -> Batch:
    """A batch's files, here for as long as `drafts` is."""
    found = find_files(storage, run, model)
    paths = [drafts / f"{model}-{number}.out" for number in range(len(found))]
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
