"""Recommendations: the parts of the pipeline, as `[recs]` in `winddown.toml` chooses them.

A DAG calls each step as cron's `winddown recs run` does, with a workspace and a run's id:

    parts = recs_parts(Workspace.open(root, system_clock, Silent()))
    steps.export(parts, "20261124")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from campaigns.ground.errors import ConfigurationError
from campaigns.ports.clock import Stopwatch
from campaigns.settings.recs import RecsSettings
from campaigns.wiring.workspace import Workspace
from recsource.dataset.export import export
from recsource.dataset.files import FilesWarehouse
from recsource.dataset.layout import TABLES as EXPORTED
from recsource.dataset.query import OWN_NAMES
from recsource.dataset.settings import ExportSettings
from recsource.dataset.warehouse import Warehouse
from recsource.engine import Engine
from recsource.errors import RecsourceError
from recsource.inputs import find, open_table
from recsource.pipeline.parts import Cadence, Parts, Result
from recsource.pipeline.pull import pull
from recsource.ports import ModelName, Recommender, Storage
from recsource.schema import COLLECTIONS, INTERACTIONS, ITEMS, USERS
from recsource.storage.encryption import Encryption
from recsource.storage.opening import open_storage

Source = Literal["local", "personalize"]


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
        recommender=_recommender(recs, chosen, storage),
        export=lambda run, moment: _export(workspace, storage, run, moment),
        evaluate=lambda run, trained: _evaluate(workspace, storage, run, trained),
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


def _recommender(recs: RecsSettings, source: Source, storage: Storage) -> Recommender:
    return _local(storage) if source == "local" else _personalize(recs, storage)


def _local(storage: Storage) -> Recommender:
    try:
        from recsource.local import LocalRecommender  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _not_installed("local", error) from error
    return LocalRecommender(storage)


def _personalize(recs: RecsSettings, storage: Storage) -> Recommender:
    try:
        from recsource.personalize import PersonalizeRecommender, PersonalizeSettings  # noqa: PLC0415 - an extra
        from recsource.personalize.connection import connect  # noqa: PLC0415 - as above
        from recsource.personalize.waiting import Patience  # noqa: PLC0415 - as above
    except ImportError as error:
        raise _not_installed("personalize", error) from error
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
    for table in (COLLECTIONS, ITEMS, USERS, INTERACTIONS):
        pattern = str(getattr(workspace.settings.data, table.name))
        open_table(engine, table, find(table.name, pattern, workspace.root))
    return FilesWarehouse(engine)


def _redshift(workspace: Workspace, run: str) -> Warehouse:
    try:
        from recsource.dataset import data_api  # noqa: PLC0415 - an extra
        from recsource.dataset.redshift import RedshiftWarehouse, UnloadSettings  # noqa: PLC0415 - as above
    except ImportError as error:
        raise _not_installed("personalize", error) from error
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
    asked = recs.personalize.model_dump(mode="json")
    training = ("prefix", "recipe", "hyperparameters", "kms_key") if source == "personalize" else ()
    inferring = ("filter", "exploration_weight", "exploration_item_age_days") if source == "personalize" else ()
    return {
        "export": recs.export.model_dump(mode="json"),
        "train": {name: asked[name] for name in training},
        "infer": {"num_results": recs.num_results, **{name: asked[name] for name in inferring}},
        "pull": {"model": recs.model},
    }


def _not_installed(extra: str, error: ImportError) -> ConfigurationError:
    return ConfigurationError(
        f"recommendations need {error.name}, which is not installed: install winddown[{extra}]"
    )
