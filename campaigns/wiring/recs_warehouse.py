"""The warehouse: where a run is exported from, as `[recs.export]` in `winddown.toml` chooses, and loaded to."""

from __future__ import annotations

from campaigns.ground.errors import ConfigurationError
from campaigns.ports.clock import Stopwatch
from campaigns.settings.recs import RecsSettings
from campaigns.wiring.extras import needed_for
from campaigns.wiring.recs_settings import said_of
from campaigns.wiring.workspace import Workspace
from recsource.dataset.files import FilesWarehouse
from recsource.dataset.layout import TABLES, Layout
from recsource.dataset.query import OWN_NAMES
from recsource.dataset.warehouse import Warehouse
from recsource.engine import Engine
from recsource.inputs import find, open_table
from recsource.pipeline.load import Load, load, write_load
from recsource.pipeline.parts import Parts
from recsource.pipeline.pull import find_files
from recsource.ports import Storage
from recsource.schema import COLLECTIONS, INTERACTIONS, ITEMS, USERS

_LOADED = "recommendations"


def warehouse(workspace: Workspace, engine: Engine, storage: Storage, run: str) -> Warehouse:
    """The warehouse that a run is exported from.

    Raises:
        ConfigurationError: a setting is missing or impossible, or an extra is not installed.
        InputError: a file under [data] is missing or broken.
    """
    if workspace.settings.recs.export.warehouse == "redshift":
        _require_reach(workspace.settings.recs, storage)
        return _redshift(workspace, run)
    open_tables(workspace, engine)
    return FilesWarehouse(engine)


def open_tables(workspace: Workspace, engine: Engine) -> None:
    """Have the engine hold what is under [data]: items and their collections, users, interactions.

    Raises:
        InputError: a file is missing or broken.
    """
    for table in (COLLECTIONS, ITEMS, USERS, INTERACTIONS):
        pattern = str(getattr(workspace.settings.data, table.name))
        open_table(engine, table, find(table.name, pattern, workspace.root))


def _redshift(workspace: Workspace, run: str) -> Warehouse:
    with needed_for('`warehouse = "redshift"` under [recs.export]', "personalize"):
        from recsource.dataset import data_api  # noqa: PLC0415 - an extra
        from recsource.dataset.redshift import RedshiftWarehouse, UnloadSettings  # noqa: PLC0415 - as above
    recs, watch = workspace.settings.recs, Stopwatch()
    asked = recs.redshift
    with said_of("[recs.redshift]"):
        settings = data_api.RedshiftSettings(
            asked.database, asked.cluster, asked.workgroup, asked.user, asked.secret_arn
        )
        client = data_api.connect(asked.region or None, asked.endpoint_url or None)
    tables = {name: asked.tables.get(name, OWN_NAMES[name]) for name in TABLES}
    return RedshiftWarehouse(
        data_api.DataApi(client, settings, run, watch.now, watch.sleep),
        UnloadSettings(asked.role_arn, tables, recs.bucket.kms_key, recs.bucket.region),
    )


def load_texts(workspace: Workspace, parts: Parts, run: str) -> Load:
    """What loads a run's batch into Redshift; the JSONPaths file and the manifest lie in the run's folder then.

    Raises:
        ConfigurationError: `base` is no bucket, or `role_arn` under [recs.redshift] is missing.
        InferenceError: the run has no batch.
    """
    recs = workspace.settings.recs
    _require_reach(recs, parts.storage)
    files, folder = find_files(parts.storage, run, parts.model), f"{Layout(run).root}load/"
    table = recs.redshift.tables.get(_LOADED, _LOADED)
    role, region = recs.redshift.role_arn, recs.bucket.region
    texts = load(parts.storage, files, folder, role=role, table=table, region=region)
    write_load(parts.storage, folder, texts)
    return texts


def _require_reach(recs: RecsSettings, storage: Storage) -> None:
    """Redshift copies from S3 and to it, in a role."""
    if not storage.url.startswith("s3://"):
        raise ConfigurationError(
            f"`base` under [recs] in winddown.toml is {recs.base!r}, and Redshift knows S3 alone; "
            "set it to s3://bucket/folder"
        )
    if not recs.redshift.role_arn:
        raise ConfigurationError(
            "`role_arn` under [recs.redshift] in winddown.toml is missing; wanted the role with which Redshift "
            "reads and writes the bucket, such as arn:aws:iam::123456789012:role/redshift-and-the-bucket"
        )
