"""The files as a whole: their bytes, their columns, and that every id leads somewhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from written_world import IMAGE_BASE, WORLD, Sample

from recsource.sample import World, write_world

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "77"}
AGAIN = """
import sys; from datetime import date; from pathlib import Path; import pyarrow
from recsource.sample import World, write_world
pyarrow.set_cpu_count(1)
write_world(World(600, 12, 11, date(2026, 11, 20)), Path(sys.argv[1]), image_base=sys.argv[2])
"""


def test_one_thread_and_another_hash_seed_write_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    command = [sys.executable, "-c", AGAIN, str(tmp_path), IMAGE_BASE]
    subprocess.run(command, env={**os.environ, **ONE_THREAD}, check=True)
    assert _digests(tmp_path) == _digests(sample.folder)


def test_another_seed_writes_another_world_with_the_same_pictures(sample: Sample, tmp_path: Path) -> None:
    write_world(replace(WORLD, seed=12), tmp_path, image_base=IMAGE_BASE)
    ours, theirs = _digests(sample.folder), _digests(tmp_path)
    assert ours.keys() == theirs.keys()
    same = {name for name, digest in ours.items() if theirs[name] == digest}
    assert same == {name for name in ours if name.startswith("images/") or name.endswith("_CHECK")}


def test_more_weeks_of_history_leave_items_and_people_alone(sample: Sample, tmp_path: Path) -> None:
    write_world(replace(WORLD, weeks=4), tmp_path, image_base=IMAGE_BASE)
    ours, theirs = _digests(sample.folder), _digests(tmp_path)
    assert {ours[name] == theirs[name] for name in ("data/items.parquet", "data/users.parquet")} == {True}
    assert ours["data/interactions.parquet"] != theirs["data/interactions.parquet"]


def test_the_smallest_world_has_all_its_oddities(tmp_path: Path) -> None:
    counts = write_world(replace(WORLD, users=50, weeks=1), tmp_path, image_base=IMAGE_BASE)
    assert counts["users"] == 50
    assert min(counts.values()) > 0


def test_progress_reaches_its_end_in_every_stage(tmp_path: Path) -> None:
    seen: dict[str, list[tuple[int, int]]] = {}

    def note(stage: str, done: int, total: int) -> None:
        seen.setdefault(stage, []).append((done, total))

    write_world(World(50, 1, 1, WORLD.until), tmp_path, image_base="", progress=note)
    assert set(seen) == {"images", "people", "listening", "tables", "recommendations"}
    for steps in seen.values():
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]


def test_counts_are_the_rows_of_the_files(sample: Sample) -> None:
    tables = ("items", "collections", "users", "interactions", "curated", "suppressions")
    assert {table: sample.one(f"SELECT count(*) FROM {table}") for table in tables} == {
        table: sample.counts[table] for table in tables
    }
    assert sample.counts["recommendations"] == sample.one("SELECT count(*) FROM lines")
    assert sample.counts["images"] == len(list((sample.folder / "images").glob("*.png")))


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (
            "items",
            (
                "item_id title kind narrator duration_s published_at language topic voice_depth for_kids "
                "collection_id image_url url description"
            ),
        ),
        ("collections", "collection_id title kind image_url url"),
        (
            "users",
            (
                "user_id email first_name language country timezone subscription signed_up_at last_active_at "
                "favourite_time email_consent cohort"
            ),
        ),
        ("interactions", "user_id item_id event at"),
        ("curated", "edition language position item_id"),
        ("suppressions", "email reason at"),
    ],
)
def test_the_vocabulary_columns_are_there(sample: Sample, table: str, columns: str) -> None:
    written = [row[0] for row in sample.rows(f"DESCRIBE {table}")]
    assert set(columns.split()) <= set(written)


def test_times_are_naive_microseconds(sample: Sample) -> None:
    for table, column in (("items", "published_at"), ("users", "signed_up_at"), ("interactions", "at")):
        assert sample.one(f'SELECT DISTINCT typeof("{column}") FROM {table}') == "TIMESTAMP"


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("interactions", "item_id", "items"),
        ("interactions", "user_id", "users"),
        ("recommendations", "item_id", "items"),
        ("recommendations", "user_id", "users"),
        ("curated", "item_id", "items"),
        ("items", "collection_id", "collections"),
        ("true_users", "user_id", "users"),
        ("true_items", "item_id", "items"),
    ],
)
def test_every_id_leads_somewhere(sample: Sample, table: str, column: str, target: str) -> None:
    assert sample.one(f"SELECT count({column}) FROM {table}") > 0
    astray = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT {column} FROM {target})"
    assert sample.one(astray) == 0


def test_keys_are_unique(sample: Sample) -> None:
    keys = {"items": "item_id", "collections": "collection_id", "users": "user_id", "lines": "input.userId"}
    for table, key in keys.items():
        assert sample.one(f"SELECT count(*) - count(DISTINCT {key}) FROM {table}") == 0


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
