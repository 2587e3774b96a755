"""The whole export: what lies in the storage afterwards, and what is said of it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import current_thread
from typing import Any

import fastavro
import pytest
from export_world import NOW, Oracle, at
from exporting import Exporter, read_recipients, read_table
from providers.redshift_data import FakeRedshift
from tiny_world import Row, TinyWorld, item, user

from recsource.dataset.data_api import DataApi, RedshiftSettings
from recsource.dataset.export import Exported, export
from recsource.dataset.files import FilesWarehouse
from recsource.dataset.layout import TABLES, Layout
from recsource.dataset.redshift import RedshiftWarehouse, UnloadSettings
from recsource.dataset.settings import ExportSettings
from recsource.engine import Engine
from recsource.errors import DatasetError
from recsource.ports import Storage
from recsource.storage.bucket import Bucket
from recsource.storage.folder import Folder

SETTINGS = ExportSettings(
    languages=("en", "fr'CA"),
    user_metadata=("language", "favourite_time"),
    item_metadata=("kind", "narrator", "duration_s", "for_kids", "description"),
    recipients="everyone",
)
LAYOUT = Layout("20261121")


def _world() -> TinyWorld:
    users = [
        user(f"user-{n:02} Ö", email_consent=n % 7 != 0, language=("en", "fr'CA", "de")[n % 3]) for n in range(90)
    ]
    items = [
        item(f"i{n}", narrator=f'Ann "{n}", B\\b', description="Breathe,\nin and out.", published_at=at(400 - n))
        for n in range(25)
    ]
    plays: list[Row] = [
        {
            "user_id": users[n % 90]["user_id"],
            "item_id": f"i{(n * n + n // 90) % 25}",
            "event": event,
            "at": at(days),
        }
        for n in range(1_400)
        for event, days in (("listen", n % 97 + 0.1), ("complete", n % 97))
    ]
    return TinyWorld(users=users, items=items, interactions=plays)


WORLD = _world()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "storage")


@pytest.fixture
def bucket(s3: Any, bucket_name: str) -> Bucket:
    return Bucket(s3, bucket_name, "team's/recs")


@pytest.fixture
def files(exporter: Exporter) -> FilesWarehouse:
    return exporter.warehouse(WORLD)


@pytest.fixture
def redshift(exporter: Exporter, s3: Any) -> FakeRedshift:
    exporter.warehouse(WORLD)
    return FakeRedshift(exporter.engine, s3)


def _warehouse(redshift: Any, **unload: Any) -> RedshiftWarehouse:
    settings = RedshiftSettings("app", workgroup="analytics")
    api = DataApi(redshift, settings, LAYOUT.run, redshift.clock, redshift.sleep)
    return RedshiftWarehouse(api, UnloadSettings("arn:aws:iam::123456789012:role/unload", **unload))


def test_the_tables_and_the_recipients_lie_under_the_run(files: FilesWarehouse, folder: Folder) -> None:
    exported = export(files, SETTINGS, folder, LAYOUT.run, NOW)
    oracle = Oracle(WORLD, SETTINGS)
    rows = read_table(folder, LAYOUT.run, "interactions")
    assert [
        (row["USER_ID"], row["ITEM_ID"], int(row["TIMESTAMP"]), row["EVENT_TYPE"], float(row["EVENT_VALUE"]))
        for row in rows
    ] == oracle.interactions()
    assert [row["USER_ID"] for row in read_table(folder, LAYOUT.run, "users")] == oracle.users()
    items = read_table(folder, LAYOUT.run, "items")
    assert [row["ITEM_ID"] for row in items] == oracle.items()
    assert items[0]["NARRATOR"] == "Ann '0', B/b"
    assert items[0]["DESCRIPTION"] == "Breathe, in and out."
    assert read_recipients(folder, LAYOUT.run) == oracle.recipients()
    assert exported.counts == {
        "interactions": len(oracle.interactions()),
        "users": len(oracle.users()),
        "items": len(oracle.items()),
        "recipients": len(oracle.recipients()),
    }


def test_every_row_is_of_its_schema(files: FilesWarehouse, folder: Folder) -> None:
    export(files, SETTINGS, folder, LAYOUT.run, NOW)
    for name in TABLES:
        schema = fastavro.parse_schema(json.loads(folder.read(LAYOUT.schema(name)) or ""))
        assert isinstance(schema, dict)
        types = {field["name"]: field["type"] for field in schema["fields"]}
        rows = read_table(folder, LAYOUT.run, name)
        assert list(rows[0]) == list(types)
        for row in rows:
            fastavro.validate({key: _typed(value, types[key]) for key, value in row.items()}, schema)


def _typed(value: str, kind: Any) -> object:
    word = kind[-1] if isinstance(kind, list) else kind
    if value == "" and isinstance(kind, list):
        return None
    return {"string": str, "int": int, "long": int, "float": float}[word](value)


def test_each_file_is_known_by_its_hash(files: FilesWarehouse, folder: Folder) -> None:
    exported = export(files, SETTINGS, folder, LAYOUT.run, NOW)
    assert exported.hashes.keys() == set(folder.keys(""))
    for key, hashed in exported.hashes.items():
        assert hashlib.sha256(folder.path(key).read_bytes()).hexdigest() == hashed


def test_exporting_again_writes_the_same_bytes_whatever_the_threads_and_the_order(
    files: FilesWarehouse, folder: Folder, tmp_path: Path
) -> None:
    first = export(files, SETTINGS, folder, LAYOUT.run, NOW)
    with Engine(threads=1) as engine:
        turned = replace(WORLD, users=WORLD.users[::-1], interactions=WORLD.interactions[::-1])
        again = export(Exporter(engine).warehouse(turned), SETTINGS, Folder(tmp_path / "other"), LAYOUT.run, NOW)
    assert again == first


def test_what_lay_in_a_tables_folder_before_is_gone(files: FilesWarehouse, folder: Folder) -> None:
    stale = f"{LAYOUT.table('interactions')}part-0001.csv"
    folder.write(stale, "USER_ID\nold\n")
    export(files, SETTINGS, folder, LAYOUT.run, NOW)
    assert stale not in folder.keys("")


def test_an_export_as_of_an_earlier_moment_is_not_told_what_came_later(exporter: Exporter, folder: Folder) -> None:
    earlier = NOW - timedelta(days=40)
    known = [row for row in WORLD.interactions if str(row["at"]) <= str(earlier.replace(tzinfo=None))]
    assert len(known) < len(WORLD.interactions)
    then = export(exporter.warehouse(WORLD), SETTINGS, folder, "then", earlier)
    only = export(exporter.warehouse(replace(WORLD, interactions=known)), SETTINGS, folder, "only", earlier)
    assert list(then.hashes.values()) == list(only.hashes.values())


def test_too_little_data_is_refused_before_anything_is_written(exporter: Exporter, folder: Folder) -> None:
    warehouse = exporter.warehouse(replace(WORLD, interactions=WORLD.interactions[:900]))
    with pytest.raises(DatasetError, match=r"interactions: \d+ are fewer than 1000"):
        export(warehouse, SETTINGS, folder, LAYOUT.run, NOW)
    assert not folder.keys("")


@pytest.mark.parametrize("bad", ['quo"ted', "back\\slash", "two\nlines", "x" * 257])
def test_ids_that_personalize_cannot_read_are_counted_and_refused(
    exporter: Exporter, folder: Folder, bad: str
) -> None:
    plays = [row | {"item_id": bad} if row["item_id"] == "i3" else row for row in WORLD.interactions]
    items = [row | {"item_id": bad} if row["item_id"] == "i3" else row for row in WORLD.items]
    warehouse = exporter.warehouse(replace(WORLD, items=items, interactions=plays))
    with pytest.raises(DatasetError, match=r"items: 1 value\(s\) of ITEM_ID are"):
        export(warehouse, SETTINGS, folder, LAYOUT.run, NOW)


def test_a_word_that_is_too_long_is_counted_and_refused(exporter: Exporter, folder: Folder) -> None:
    items = [*WORLD.items[1:], item("long", narrator="x" * 1_001)]
    warehouse = exporter.warehouse(replace(WORLD, items=items))
    with pytest.raises(DatasetError, match=r"items: 1 value\(s\) of NARRATOR are too long"):
        export(warehouse, SETTINGS, folder, LAYOUT.run, NOW)


def test_a_bucket_gets_what_a_folder_gets(files: FilesWarehouse, folder: Folder, bucket: Bucket) -> None:
    assert export(files, SETTINGS, bucket, LAYOUT.run, NOW) == export(files, SETTINGS, folder, LAYOUT.run, NOW)
    assert list(bucket.keys("")) == list(folder.keys(""))


def test_redshift_exports_what_duckdb_does(redshift: FakeRedshift, files: FilesWarehouse, bucket: Bucket) -> None:
    theirs = export(_warehouse(redshift), SETTINGS, bucket, LAYOUT.run, NOW)
    ours = export(files, SETTINGS, bucket, "ours", NOW)
    assert theirs.counts == ours.counts
    for name in TABLES:
        assert read_table(bucket, LAYOUT.run, name) == read_table(bucket, "ours", name)
    assert read_recipients(bucket, LAYOUT.run) == read_recipients(bucket, "ours")
    assert theirs.hashes.keys() == set(bucket.keys(LAYOUT.root))
    assert theirs.hashes[LAYOUT.recipients] == ours.hashes[Layout("ours").recipients]


def test_too_little_data_in_redshift_is_refused_before_it_is_unloaded(
    exporter: Exporter, redshift: FakeRedshift, bucket: Bucket
) -> None:
    exporter.warehouse(replace(WORLD, interactions=WORLD.interactions[:900]))
    with pytest.raises(DatasetError, match="are fewer than 1000"):
        export(_warehouse(redshift), SETTINGS, bucket, LAYOUT.run, NOW)
    assert not bucket.keys("")
    assert not [sqls for sqls in redshift.submitted if "UNLOAD" in sqls[-1]]


def test_an_export_that_is_begun_again_submits_no_statement_twice(redshift: FakeRedshift, bucket: Bucket) -> None:
    """A crash at every write to the storage in turn; the last attempt succeeds."""
    first = _crashing_exports(redshift, bucket)
    statements = list(redshift.submitted)
    again = export(_warehouse(redshift), SETTINGS, bucket, LAYOUT.run, NOW)
    assert redshift.submitted == statements
    assert len(statements) == len({tuple(sqls) for sqls in statements})
    assert again == first


class _CrashError(Exception):
    pass


def _crashing_exports(redshift: FakeRedshift, bucket: Bucket) -> Exported:
    for calls in range(100):
        try:
            return export(_warehouse(redshift), SETTINGS, _Crashing(bucket, calls), LAYOUT.run, NOW)
        except _CrashError:
            continue
    raise AssertionError("it never got through")


class _Crashing:
    """A storage that dies at its n-th call."""

    def __init__(self, storage: Storage, calls: int) -> None:
        self._storage, self._calls = storage, iter(range(calls))

    def __getattr__(self, name: str) -> Any:
        if name != "url":
            try:
                next(self._calls)
            except StopIteration:
                raise _CrashError from None
        return getattr(self._storage, name)


def test_a_statement_that_fails_is_told_with_redshifts_reason_and_runs_anew_the_next_time(
    redshift: FakeRedshift, bucket: Bucket
) -> None:
    redshift.failing.append("ERROR: Relation users does not exist")
    with pytest.raises(
        DatasetError, match="redshift: measure interactions: failed: ERROR: Relation users does not"
    ):
        export(_warehouse(redshift), SETTINGS, bucket, LAYOUT.run, NOW)
    redshift.sleep(60)
    assert export(_warehouse(redshift), SETTINGS, bucket, LAYOUT.run, NOW).counts["items"] == 25


def test_a_header_in_lower_case_is_noticed(
    redshift: FakeRedshift, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsource.dataset.redshift._KEEP_CASE", "SELECT 1")
    with pytest.raises(
        DatasetError, match="begins with 'user_id,item_id,timestamp,event_type,event_value'; wanted"
    ):
        export(_warehouse(redshift), SETTINGS, bucket, LAYOUT.run, NOW)


def test_a_schemas_tables_are_read(redshift: FakeRedshift, bucket: Bucket) -> None:
    redshift.engine.run("CREATE SCHEMA IF NOT EXISTS app")
    for name in TABLES:
        redshift.engine.run(f"CREATE OR REPLACE VIEW app.{name}_v AS FROM main.{name}")
    warehouse = _warehouse(
        redshift, tables={name: f"app.{name}_v" for name in TABLES}, kms_key="k", region="eu-west-1"
    )
    assert export(warehouse, SETTINGS, bucket, LAYOUT.run, NOW).counts["items"] == 25


@pytest.fixture(autouse=True)
def _no_fake_is_waiting_really(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the tests' own thread; what Spark's client has left behind may rest."""
    ours, rest = current_thread(), time.sleep

    def sleep(seconds: float) -> None:
        if current_thread() is ours:
            pytest.fail("a test slept")
        rest(seconds)

    monkeypatch.setattr("time.sleep", sleep)
