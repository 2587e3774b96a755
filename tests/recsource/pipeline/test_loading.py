"""What loads a batch into Redshift, as it was read and found right.

After a change that is meant, write the files anew and read what has changed in them:

    WINDDOWN_GOLDEN=write pytest tests/recsource/pipeline/test_loading.py
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlglot
from personalize_house import MemoryBucket

from recsource.pipeline.load import Load, load, write_load
from recsource.ports import Stored

GOLDEN = Path(__file__).parents[2] / "golden" / "load"
ROLE = "arn:aws:iam::123456789012:role/winddown-copy"
FOLDER = "runs/20261124/load/"
LINE = {
    "input": {"userId": "4638"},
    "output": {"recommendedItems": ["296", "1"], "scores": [0.0049, 0.0027]},
    "error": None,
}


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket("s3://lake/recs")


def texts(bucket: MemoryBucket, *, table: str = "recommendations", region: str = "") -> Load:
    files = [
        Stored(f"runs/20261124/personalised/{part}.out", 9, "v1", datetime(2026, 11, 24, tzinfo=UTC))
        for part in ("users-0", "users-1")
    ]
    return load(bucket, files, FOLDER, role=ROLE, table=table, region=region)


def golden(bucket: MemoryBucket) -> dict[str, str]:
    shipped, chosen = texts(bucket), texts(bucket, table="marts.picks", region="eu-west-1")
    statements = {"shipped": shipped.statements, "chosen": chosen.statements}
    written = {f"{name}.redshift.sql": ";\n\n".join(found) + ";\n" for name, found in statements.items()}
    return {"jsonpaths.json": shipped.jsonpaths, "manifest.json": shipped.manifest, **written}


@pytest.mark.parametrize(
    "name", ["jsonpaths.json", "manifest.json", "shipped.redshift.sql", "chosen.redshift.sql"]
)
def test_the_texts_are_what_was_read(bucket: MemoryBucket, name: str) -> None:
    text = golden(bucket)[name]
    if os.environ.get("WINDDOWN_GOLDEN") == "write":
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert (GOLDEN / name).read_text(encoding="utf-8") == text


def test_no_file_is_of_a_text_that_there_is_no_more(bucket: MemoryBucket) -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(golden(bucket))


def test_every_path_finds_its_part_of_a_line(bucket: MemoryBucket) -> None:
    """Brackets and quotes are one way of writing what DuckDB's JSON paths write with dots."""
    paths = json.loads(texts(bucket).jsonpaths)["jsonpaths"]
    dotted = [path.replace("['", ".").replace("']", "") for path in paths]
    found = [
        duckdb.execute("SELECT json_extract(?, ?)", [json.dumps(LINE), path]).fetchall()[0][0] for path in dotted
    ]
    assert [json.loads(one) for one in found] == ["4638", ["296", "1"], [0.0049, 0.0027], None]


def test_one_path_stands_for_each_column_that_is_copied(bucket: MemoryBucket) -> None:
    wanted = texts(bucket)
    create, copy = wanted.statements[:2]
    columns = [
        column.name for column in sqlglot.parse_one(create, read="redshift").find_all(sqlglot.exp.ColumnDef)
    ]
    assert copy.partition("(")[2].partition(")")[0] == ", ".join(f'"{column}"' for column in columns)
    assert len(json.loads(wanted.jsonpaths)["jsonpaths"]) == len(columns)


def test_what_the_statements_name_is_where_it_is_written(bucket: MemoryBucket) -> None:
    wanted = texts(bucket)
    write_load(bucket, FOLDER, wanted)
    assert sorted(bucket.texts) == [f"{FOLDER}jsonpaths.json", f"{FOLDER}manifest.json"]
    assert all(f"'{bucket.url}/{key}'" in wanted.statements[1] for key in bucket.texts)
