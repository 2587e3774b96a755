"""Tiny worlds: a few rows a table, made tables of an engine or written as files."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsource.batch import Batch
from recsource.engine import PlanningEngine
from recsource.schema import TABLES, Table

Row = dict[str, object]

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)
"""The Saturday of edition 2026-W47."""
EDITION = "2026-W47"

_ARROW = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
}


def ago(days: float) -> datetime:
    """So many days before the edition's moment, as tables hold it: UTC, without a zone."""
    return (AS_OF - timedelta(days=days)).replace(tzinfo=None)


def item(item_id: str, **changed: object) -> Row:
    """An item that every rule lets pass, but for what is changed."""
    return {
        "item_id": item_id,
        "title": f"Title of {item_id}",
        "kind": "meditation",
        "narrator": None,
        "duration_s": 600,
        "published_at": ago(3),
        "language": "en",
        "topic": None,
        "voice_depth": None,
        "for_kids": False,
        "collection_id": None,
        "image_url": "https://img.example/i.png",
        "url": "https://app.example/i",
        "description": "Calm.",
    } | changed


def collection(collection_id: str, **changed: object) -> Row:
    """A collection."""
    return {
        "collection_id": collection_id,
        "title": f"Days of {collection_id}",
        "kind": "meditation",
        "image_url": "https://img.example/c.png",
        "url": "https://app.example/c",
    } | changed


def user(user_id: str, **changed: object) -> Row:
    """A user whom every gate lets pass, but for what is changed."""
    return {
        "user_id": user_id,
        "email": f"{abs(hash_of(user_id))}@mail.example",
        "first_name": "Ada",
        "language": "en",
        "country": "GB",
        "timezone": "Europe/London",
        "subscription": "active",
        "signed_up_at": ago(300),
        "last_active_at": ago(1),
        "favourite_time": "night",
        "email_consent": True,
        "cohort": None,
    } | changed


def hash_of(text: str) -> int:
    """A number that is the same in every process, for addresses that differ by user."""
    return int.from_bytes(text.encode()[-8:].rjust(8, b"\0"), "big")


def heard(user_id: str, item_id: str, event: str = "listen", days_ago: float = 2) -> Row:
    """An interaction."""
    return {"user_id": user_id, "item_id": item_id, "event": event, "at": ago(days_ago)}


def chosen(position: int, item_id: str, language: str = "en", edition: str = EDITION) -> Row:
    """A curated pick."""
    return {"edition": edition, "language": language, "position": position, "item_id": item_id}


def suppression(email: str) -> Row:
    """A line of the suppression list."""
    return {"email": email, "reason": "bounced", "at": ago(9)}


def recommended(user_id: str, item_ids: Sequence[str | None]) -> str:
    """A line of a batch, as Amazon Personalize writes it."""
    output = {"recommendedItems": list(item_ids), "scores": [0.5] * len(item_ids)}
    return json.dumps({"input": {"userId": user_id}, "output": output, "error": None}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class TinyWorld:
    """A few rows a table, and the batch's lines."""

    items: Sequence[Row] = ()
    users: Sequence[Row] = ()
    collections: Sequence[Row] = ()
    interactions: Sequence[Row] = ()
    curated: Sequence[Row] = ()
    suppressions: Sequence[Row] = ()
    lines: Sequence[str] = ()

    def rows(self, table: Table) -> Sequence[Row]:
        """A table's rows."""
        found: Sequence[Row] = getattr(self, table.name)
        return found

    def make_tables(self, engine: PlanningEngine) -> None:
        """Make every table one of the engine, past the door."""
        for table in TABLES:
            make_table(engine, table, self.rows(table))

    def write_batch(self, path: Path) -> Batch:
        """Write the recommendations, as one file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
        return Batch((path,), AS_OF)

    def write(self, folder: Path, suffix: str = ".parquet") -> None:
        """Write every table as `<table><suffix>` in a folder, and the batch in its folder `recommendations`."""
        folder.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            write_table(folder / f"{table.name}{suffix}", table, self.rows(table))
        self.write_batch(folder / "recommendations" / "batch.out")


def make_table(engine: PlanningEngine, table: Table, rows: Sequence[Row]) -> None:
    """Make rows a table of the engine, past the door."""
    types = {name: column.type for name, column in table.columns.items()}
    engine.load(table.name, types, ([row[name] for name in table.columns] for row in rows))


def write_table(path: Path, table: Table, rows: Sequence[Row]) -> None:
    """Write rows as the file's ending says; columns that the schema does not know follow its own."""
    names = [*table.columns, *(name for name in (rows[0] if rows else {}) if name not in table.columns)]
    if path.suffix == ".parquet":
        fields = [(name, _arrow_type(table, name, rows)) for name in names]
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(fields)), path)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows([[_plain(row.get(name)) for name in names] for row in rows])
    else:
        lines = (json.dumps({name: _plain(row.get(name)) for name in names}, ensure_ascii=False) for row in rows)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _arrow_type(table: Table, name: str, rows: Sequence[Row]) -> pa.DataType:
    column = table.columns.get(name)
    return _ARROW[column.type] if column else pa.infer_type([row.get(name) for row in rows])


def _plain(value: object) -> object:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value
