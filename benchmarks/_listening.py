"""Datasets as the export writes them: a made-up crowd of any size, and MovieTweetings before its split."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recsource.dataset.layout import Layout, TableName

MOVIES = Path(__file__).parents[2] / "shared" / "data" / "movietweetings"
DAY = 86_400
SPLIT_DAYS = 161
"""MovieTweetings is split so long after its first event."""
NEW_DAYS = 14
_NOW = 1_795_478_400  # 24 November 2026
_SPREAD = 180  # days of listening
_CLUSTERS = 16


@dataclass(frozen=True, slots=True)
class Crowd:
    """A made-up crowd: how many people, items, and interactions a person."""

    users: int
    items: int = 3_000
    plays: int = 40


def write_crowd(crowd: Crowd, root: Path, run: str) -> None:
    """Write a dataset of people who mostly keep to their kind of items, and all of them as recipients."""
    fields = {"KIND": "string", "NARRATOR": "string", "DURATION_S": "int", "LANGUAGE": "string"}
    layout = _layout(root, run, fields)
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET preserve_insertion_order = false")
    for name, query in _crowd_queries(crowd).items():
        _copy(connection, query, root / layout.table(name))
    people = "SELECT 'user-' || lpad(u::VARCHAR, 8, '0') AS \"userId\" FROM range({users}) AS _(u)"
    target = root / layout.recipients
    connection.execute(f"COPY ({people.format(users=crowd.users)}) TO '{target}' (FORMAT json)")


def _crowd_queries(crowd: Crowd) -> dict[TableName, str]:
    """Chance is a hash of the user, the play and what is drawn; its cube makes few items popular."""
    drawn = "(hash({what} * 1000000000000 + u * 1000 + p) / 18446744073709551616.0)"
    rank = f"{drawn.format(what=1)} ** 3"
    own = f"{_CLUSTERS} * floor({rank} * {crowd.items // _CLUSTERS})::INT + u % {_CLUSTERS}"
    item = f"CASE WHEN {drawn.format(what=2)} < 0.6 THEN {own} ELSE floor({rank} * {crowd.items})::INT END"
    return {
        "items": f"""
            SELECT 'item-' || lpad(i::VARCHAR, 5, '0') AS "ITEM_ID",
                {_NOW} - {DAY} * (i * 37 % 400) AS "CREATION_TIMESTAMP",
                'kind ' || i % {_CLUSTERS} AS "KIND", 'narrator ' || hash(i) % 60 AS "NARRATOR",
                60 + hash(i + 1000000) % 3600 AS "DURATION_S", 'language ' || i % 4 AS "LANGUAGE"
            FROM range({crowd.items}) AS _(i)""",
        "users": f"""
            SELECT 'user-' || lpad(u::VARCHAR, 8, '0') AS "USER_ID", 'language ' || u % 4 AS "LANGUAGE"
            FROM range({crowd.users}) AS _(u)""",
        "interactions": f"""
            SELECT 'user-' || lpad(u::VARCHAR, 8, '0') AS "USER_ID",
                'item-' || lpad(({item})::VARCHAR, 5, '0') AS "ITEM_ID",
                {_NOW} - 1 - floor({drawn.format(what=3)} * {_SPREAD * DAY})::BIGINT AS "TIMESTAMP",
                'listen' AS "EVENT_TYPE", 1.0 AS "EVENT_VALUE"
            FROM range({crowd.users}) AS _(u), range({crowd.plays}) AS __(p)""",
    }


def _layout(root: Path, run: str, fields: dict[str, str]) -> Layout:
    """The folders, and the schema of the items' metadata."""
    layout = Layout(run)
    for name in ("interactions", "users", "items"):
        (root / layout.table(name)).mkdir(parents=True)
    described = [{"name": name, "type": kind, "categorical": kind == "string"} for name, kind in fields.items()]
    (root / layout.schema("items")).write_text(json.dumps({"fields": described}))
    return layout


def _copy(connection: duckdb.DuckDBPyConnection, query: str, folder: Path) -> None:
    connection.execute(f"COPY ({query}) TO '{folder / 'part-0000.csv'}' (FORMAT csv, HEADER)")


def write_movies(root: Path, run: str) -> int:
    """Write MovieTweetings before its split, with metadata of all films; the split, in Unix seconds."""
    layout = _layout(root, run, {"GENRES": "string", "YEAR": "int"})
    connection = duckdb.connect()
    _read_movies(connection)
    (split,) = connection.execute(f"SELECT min(happened) + {SPLIT_DAYS * DAY} FROM tweet").fetchall()[0]
    for name, query in _movie_queries(split).items():
        _copy(connection, query, root / layout.table(name))
    return int(split)


def _read_movies(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"""
        CREATE TABLE tweet AS SELECT user_id, item_id, epoch("at"::TIMESTAMP)::BIGINT AS happened
        FROM read_csv('{MOVIES / "interactions.csv"}', header = true, all_varchar = true)""")
    connection.execute(f"""
        CREATE TABLE film AS FROM read_csv('{MOVIES / "items.csv"}', header = true, all_varchar = true)""")


def _movie_queries(split: int) -> dict[TableName, str]:
    """A film is taken to be as old as its year."""
    return {
        "items": """
            SELECT item_id AS "ITEM_ID", genres AS "GENRES", "year" AS "YEAR",
                epoch(make_date("year"::INT, 1, 1)::TIMESTAMP)::BIGINT AS "CREATION_TIMESTAMP"
            FROM film""",
        "users": f'SELECT DISTINCT user_id AS "USER_ID" FROM tweet WHERE happened < {split}',
        "interactions": f"""
            SELECT user_id AS "USER_ID", item_id AS "ITEM_ID", happened AS "TIMESTAMP", 'listen' AS "EVENT_TYPE",
                1.0 AS "EVENT_VALUE"
            FROM tweet WHERE happened < {split}""",
    }


@dataclass(frozen=True, slots=True)
class Test:
    """What came after the split.

    Attributes:
        pairs: user and item of each play that was their first; all users, all items.
        new: items that first appeared less than 14 days before the split, or after it.
    """

    pairs: list[tuple[str, str]]
    new: list[str]


def movies_after(split: int) -> Test:
    """MovieTweetings after its split."""
    connection = duckdb.connect()
    _read_movies(connection)
    return _after(connection, split)


def _after(connection: duckdb.DuckDBPyConnection, split: int) -> Test:
    """Out of a table `tweet` of all times."""
    pairs = connection.execute(f"""
        SELECT DISTINCT user_id, item_id FROM tweet WHERE happened >= {split}
        EXCEPT SELECT user_id, item_id FROM tweet WHERE happened < {split}""").fetchall()
    new = connection.execute(f"""
        SELECT item_id FROM tweet GROUP BY item_id HAVING min(happened) >= {split - NEW_DAYS * DAY}""").fetchall()
    return Test(pairs, [item_id for (item_id,) in new])
