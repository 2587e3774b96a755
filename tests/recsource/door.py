"""A world whose values a careless reader would change, and the door that it passes or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tiny_world import TinyWorld, ago, chosen, collection, heard, item, suppression, user, write_table

from recsource.engine import Engine
from recsource.inputs import find, open_table
from recsource.schema import TABLES, Table

SUFFIXES = (".parquet", ".csv", ".jsonl")
WORLD = TinyWorld(
    collections=[collection("c")],
    items=[
        item("i", narrator="Ørn", collection_id="c", topic="rain", voice_depth="low"),
        item("007", title='"Quoted", and\nbroken', for_kids=True, published_at=ago(0.123456)),
        item("12:30", title="2026-1-2", description="#5; a|b\tc"),
    ],
    users=[
        user("U-1", cohort="staff"),
        user("F47AC10B-58CC-4372-A567-0E02B2C3D479", email=None, first_name=None, email_consent=None),
        user("😀", language=None, country=None, timezone=None, last_active_at=None, subscription=None),
    ],
    interactions=[heard("U-1", "i"), heard("😀", "007", "complete", 0.5)],
    curated=[chosen(1, "i"), chosen(2, "12:30", "de")],
    suppressions=[suppression("a@b.example")],
)
"""Texts that a reader which guesses types would change, and a null wherever one is allowed."""


def open_all(engine: Engine, folder: Path, suffix: str, tables: Sequence[Table] = TABLES) -> None:
    for table in tables:
        open_table(engine, table, find(table.name, f"{table.name}{suffix}", folder))


def write_without(path: Path, table: Table, column: str) -> None:
    """Write the world's table anew without a column."""
    short = with_columns(table, [name for name in table.columns if name != column])
    rows = [{name: row[name] for name in short.columns} for row in WORLD.rows(table)]
    write_table(path, short, rows)


def with_columns(table: Table, names: Sequence[str]) -> Table:
    return replace(table, columns={name: table.columns[name] for name in names})
