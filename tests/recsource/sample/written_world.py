"""A written world, and a database that sees its files as tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from recsource.sample import World

WORLD = World(users=600, weeks=12, seed=11, until=date(2026, 11, 20))
IMAGE_BASE = "https://img.example/"


@dataclass(frozen=True, slots=True)
class Sample:
    """A written world."""

    world: World
    folder: Path
    counts: dict[str, int]
    engine: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query over the sample's tables."""
        return self.engine.execute(query).fetchall()

    def one(self, query: str) -> Any:
        """The single value of a query."""
        ((value,),) = self.rows(query)
        return value


def register(engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make every file of a sample a table or view."""
    for table in ("items", "collections", "users", "interactions"):
        engine.execute(f"CREATE VIEW {table} AS FROM '{folder}/data/{table}.parquet'")
    for table in ("users", "items"):
        engine.execute(f"CREATE VIEW true_{table} AS FROM '{folder}/truth/{table}.parquet'")
    for table in ("curated", "suppressions"):
        engine.execute(f"CREATE VIEW {table} AS FROM '{folder}/data/{table}.csv'")
    engine.execute(f"""
        CREATE TABLE lines AS FROM read_json('{folder}/data/recommendations/*.out', format = 'newline_delimited',
            columns = {{input: 'STRUCT(userId VARCHAR)', error: 'VARCHAR',
                output: 'STRUCT(recommendedItems VARCHAR[], scores DOUBLE[])'}})
    """)
    engine.execute("""
        CREATE TABLE recommendations AS
            SELECT input.userId AS user_id, unnest(output.recommendedItems) AS item_id,
                unnest(output.scores) AS score, generate_subscripts(output.recommendedItems, 1) AS rank
            FROM lines WHERE error IS NULL
    """)
