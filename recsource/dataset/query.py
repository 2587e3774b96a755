"""The export's SQL: the same text for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from recsource.dataset.columns import USER_ID, Column, ExportedTable
from recsource.dataset.layout import TableName
from recsource.dataset.limits import LONGEST, Measures
from recsource.dataset.settings import ExportSettings
from recsource.engine import Queries, Row

_SQL = Queries("recsource")

Tables = Mapping[TableName, str]
"""What each table is called where it lies: its name, or its schema's, a dot and its name."""
OWN_NAMES: Tables = MappingProxyType({"interactions": "interactions", "users": "users", "items": "items"})


@dataclass(frozen=True, slots=True)
class Extraction:
    """One query of the export, and the columns that it gives."""

    columns: tuple[Column, ...]
    query: str

    def measure(self, relation: str) -> str:
        """The SQL that measures its rows where they are; `relation` is what stands after FROM."""
        return _SQL("export/measure", columns=self.columns, relation=relation, longest=LONGEST).strip()

    def listeners(self, relation: str) -> str:
        """The SQL that counts people among its rows."""
        return _SQL("export/listeners", relation=relation).strip()

    @property
    def is_of_interactions(self) -> bool:
        """Whether people are to be counted in it."""
        return any(column.form == "event" for column in self.columns)

    def measures(self, measured: Row, listeners: Row = (0, 0)) -> Measures:
        """What `measure` and `listeners` have found."""
        rows, *counts = (int(str(n or 0)) for n in measured)
        found = iter(counts)
        malformed, too_long = {}, {}
        for column in self.columns:
            if column.form == "id":
                malformed[column.name] = next(found)
            if column.type == "string":
                too_long[column.name] = next(found)
        users, returning = (int(str(n or 0)) for n in listeners)
        return Measures(rows, malformed, too_long, users, returning)


def extraction(table: ExportedTable, settings: ExportSettings, tables: Tables, now: datetime) -> Extraction:
    """The query of one table, as of `now`."""
    return Extraction(table.columns, _render(table.name, table.columns, settings, tables, now))


def recipients(settings: ExportSettings, tables: Tables, now: datetime) -> Extraction:
    """The query of those who get recommendations."""
    return Extraction((USER_ID,), _render("recipients", (USER_ID,), settings, tables, now))


def _render(query: str, columns: Sequence[Column], settings: ExportSettings, tables: Tables, now: datetime) -> str:
    moment = now.astimezone(UTC)
    return _SQL(
        f"export/{query}",
        columns=columns,
        settings=settings,
        tables=tables,
        now=moment,
        since=moment - timedelta(days=settings.interaction_days),
        active_since=settings.active_days and moment - timedelta(days=settings.active_days),
        longest_text=LONGEST["text"],
    ).strip()
