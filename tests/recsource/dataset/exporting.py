"""Exporting small worlds, whose size Personalize would refuse."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime

from export_world import NOW
from tiny_world import TinyWorld

from recsource.dataset.columns import describe
from recsource.dataset.files import FilesWarehouse
from recsource.dataset.layout import Layout, TableName
from recsource.dataset.query import OWN_NAMES, extraction, recipients
from recsource.dataset.settings import ExportSettings
from recsource.engine import Engine
from recsource.ports import Storage


@dataclass(frozen=True, slots=True)
class Exporter:
    """An engine that serves many worlds."""

    engine: Engine

    def rows(
        self, name: str, world: TinyWorld, settings: ExportSettings, now: datetime = NOW
    ) -> list[tuple[object, ...]]:
        """What a query of the export gives, in the engine's own types."""
        world.make_tables(self.engine)
        return self.engine.rows(query(name, settings, now))

    def warehouse(self, world: TinyWorld) -> FilesWarehouse:
        """A world's tables, ready to be exported."""
        world.make_tables(self.engine)
        return FilesWarehouse(self.engine)


def query(name: str, settings: ExportSettings, now: datetime = NOW) -> str:
    """The text of one of the export's queries."""
    if name == "recipients":
        return recipients(settings, OWN_NAMES, now).query
    (table,) = (table for table in describe(settings) if table.name == name)
    return extraction(table, settings, OWN_NAMES, now).query


def read_table(storage: Storage, run: str, name: TableName) -> list[dict[str, str]]:
    """The rows of an exported table, as any reader of RFC 4180 sees them."""
    texts = [storage.read(key) for key in storage.keys(Layout(run).table(name))]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text or "", newline=""))]


def read_recipients(storage: Storage, run: str) -> list[str]:
    """The ids in `users.jsonl`."""
    text = storage.read(Layout(run).recipients)
    assert text is not None
    return [json.loads(line)["userId"] for line in text.splitlines()]
