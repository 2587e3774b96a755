"""The export: interactions, users and items as a recommender is trained on them, and who gets recommendations."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from recsource.dataset.avro import avro_schema
from recsource.dataset.columns import ExportedTable, describe
from recsource.dataset.layout import Layout, TableName
from recsource.dataset.limits import require_columns, require_measures
from recsource.dataset.query import extraction, recipients
from recsource.dataset.settings import ExportSettings
from recsource.dataset.warehouse import Extract, Warehouse, sha256
from recsource.ports import Storage


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        counts: rows, by table, and `recipients`.
        hashes: the SHA-256 of every file, by its key; the same for the same data, settings and moment.
    """

    counts: Mapping[str, int]
    hashes: Mapping[str, str]


def export(warehouse: Warehouse, settings: ExportSettings, storage: Storage, run: str, now: datetime) -> Exported:
    """Write a run's dataset, its schemas and its recipients; writing them again replaces them.

    Nothing that happened after `now` is in them, so that a model trained on an export as of an earlier moment
    can be judged by what came later. (What is known of people and items is what is known today: subscriptions
    and languages have no history.)

    Args:
        warehouse: where the tables are.
        settings: what of them is exported.
        storage: where the run's files go.
        run: its id.
        now: the moment as of which it is exported.

    Raises:
        DatasetError: what would be exported is not something that a recommender can be trained on; nothing has
            been written then.
        StorageError: it cannot be written.
    """
    described = describe(settings)
    require_columns(described, list(settings.event_weights))
    layout = Layout(run)
    with TemporaryDirectory(prefix="winddown-") as folder:
        drafts = Path(folder)
        tables = {
            table.name: warehouse.extract(table.name, extraction(table, settings, warehouse.tables, now), drafts)
            for table in described
        }
        people = warehouse.extract("recipients", recipients(settings, warehouse.tables, now), drafts)
        measures = {name: extract.measures for name, extract in tables.items()}
        require_measures(measures, people.measures)
        hashes = (
            _write_tables(tables, storage, layout)
            | _write_schemas(described, storage, layout, drafts)
            | _write_recipients(people, storage, layout, drafts)
        )
    counts = {name: measured.rows for name, measured in measures.items()} | {"recipients": people.measures.rows}
    return Exported(counts, hashes)


def _write_tables(tables: Mapping[TableName, Extract], storage: Storage, layout: Layout) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for name, extract in tables.items():
        hashes |= extract.unload(storage, layout.table(name))
    return hashes


def _write_schemas(
    tables: tuple[ExportedTable, ...], storage: Storage, layout: Layout, drafts: Path
) -> dict[str, str]:
    hashes = {}
    for table in tables:
        draft = drafts / f"{table.name}.json"
        draft.write_text(avro_schema(table), encoding="utf-8", newline="")
        hashes[layout.schema(table.name)] = sha256(draft)
        storage.put(draft, layout.schema(table.name))
    return hashes


def _write_recipients(people: Extract, storage: Storage, layout: Layout, drafts: Path) -> dict[str, str]:
    """The warehouse gives CSV, which becomes the JSON Lines that batch inference reads.

    The CSV stays: whoever begins again after a crash finds what was unloaded, and has nothing unloaded twice.
    """
    folder = f"{layout.root}recipients/"
    parts = people.unload(storage, folder)
    draft = drafts / "users.jsonl"
    with draft.open("w", encoding="utf-8", newline="") as file:
        for part in sorted(parts):
            storage.get(part, drafts / "part.csv")
            file.writelines(json.dumps({"userId": user_id}) + "\n" for user_id in _ids(drafts / "part.csv"))
    storage.put(draft, layout.recipients)
    return {**parts, layout.recipients: sha256(draft)}


def _ids(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        yield from (user_id for (user_id,) in rows)
