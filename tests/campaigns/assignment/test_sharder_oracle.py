"""The shard is the same wherever it is computed: Eppo's published SDK, Python, DuckDB and warehouses' SQL."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlglot
from eppo_client import AssignmentLogger, ClientConfig, Configuration, EppoClient, init
from providers.postgres import PostgresServer, find_binaries

from recsource.engine import Engine
from recsource.sharder import portable_shard_sql, shard, shard_sql

SALT = "it's-2026"
_BLOCKS = ((0x20, 0x7F), (0xA1, 0x250), (0x400, 0x460), (0x4E00, 0x9FA5), (0x1F300, 0x1F650))
GOLDEN = Path(__file__).parents[2] / "golden" / "shard"


def _ids(n: int) -> list[str]:
    dice = random.Random(n)
    alphabet = [chr(code) for first, end in _BLOCKS for code in range(first, end)]
    return ["".join(dice.choices(alphabet, k=dice.randint(1, 12))) for _ in range(n)]


def _flag(key: str, ranges: list[list[int]]) -> dict[str, object]:
    """A flag whose value n is given to the shards [start, start + width) for each start in `ranges[n]`."""
    width = 100 if key == "hundreds" else 1
    splits = [
        {
            "variationKey": str(n),
            "shards": [{"salt": SALT, "ranges": [{"start": start, "end": start + width} for start in starts]}],
        }
        for n, starts in enumerate(ranges)
    ]
    return {
        "key": key,
        "enabled": True,
        "variationType": "INTEGER",
        "totalShards": 10_000,
        "variations": {str(n): {"key": str(n), "value": n} for n in range(100)},
        "allocations": [{"key": "everybody", "rules": [], "doLog": False, "splits": splits}],
    }


@pytest.fixture(scope="module")
def eppo() -> Iterator[EppoClient]:
    """Eppo's client with two flags in memory, which together spell a shard; it asks no server for anything."""
    flags = {
        "hundreds": _flag("hundreds", [[100 * n] for n in range(100)]),
        "units": _flag("units", [[100 * hundred + n for hundred in range(100)] for n in range(100)]),
    }
    held = {
        "createdAt": "2026-01-01T00:00:00Z",
        "format": "SERVER",
        "environment": {"name": "test"},
        "flags": flags,
    }
    with socket.socket() as nobody:  # an address that nobody answers at
        nobody.bind(("127.0.0.1", 0))
        client = init(
            ClientConfig(
                api_key="none",
                base_url=f"http://127.0.0.1:{nobody.getsockname()[1]}",
                assignment_logger=AssignmentLogger(),
                is_graceful_mode=False,
                poll_interval_seconds=None,
                initial_configuration=Configuration(flags_configuration=json.dumps(held).encode()),
            )
        )
        yield client
        client.shutdown()


def test_eppos_sdk_gives_100_000_ids_of_any_script_the_shards_that_python_and_the_engine_do(
    eppo: EppoClient,
) -> None:
    ids = _ids(100_000)
    with Engine(threads=2) as engine:
        engine.load("subjects", {"n": "INTEGER", "user_id": "VARCHAR"}, enumerate(ids))
        query = (
            f"SELECT {shard_sql(SALT, 'user_id')}, {portable_shard_sql(SALT, 'user_id')} FROM subjects ORDER BY n"
        )
        in_engine = engine.rows(query)
    published = [
        100 * eppo.get_integer_assignment("hundreds", user_id, {}, -1)
        + eppo.get_integer_assignment("units", user_id, {}, -1)
        for user_id in ids
    ]
    assert published == [shard(SALT, user_id) for user_id in ids]
    assert in_engine == [(bucket, bucket) for bucket in published]
    assert len(set(published)) == 10_000


@pytest.mark.skipif(find_binaries() is None, reason="PostgreSQL is not installed")
def test_postgresql_gives_the_same_shards() -> None:
    ids = _ids(100_000)
    with PostgresServer() as server, psycopg.connect(server.new_database()) as connection:
        connection.execute("CREATE TABLE subjects (n INTEGER, user_id TEXT)")
        with connection.cursor().copy("COPY subjects FROM STDIN") as copy:
            for row in enumerate(ids):
                copy.write_row(row)
        rows = connection.execute(f"{_in('postgres')} FROM subjects ORDER BY n").fetchall()  # type: ignore[call-overload]  # no literal
    assert [bucket for (bucket,) in rows] == [shard(SALT, user_id) for user_id in ids]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "redshift", "spark", "snowflake"])
def test_the_sql_of_each_warehouse_is_the_one_reviewed(dialect: str) -> None:
    assert f"{_in(dialect)}\n" == (GOLDEN / f"{dialect}.sql").read_text(encoding="utf-8")


def _in(dialect: str) -> str:
    query = f"SELECT {portable_shard_sql(SALT, 'user_id')} AS bucket"
    return sqlglot.transpile(query, read="duckdb", write=dialect, pretty=True)[0]
