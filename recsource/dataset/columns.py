"""The exported columns: the one description that Avro schemas, select lists and limits come from.

"Custom datasets and schemas" and "Creating schema JSON files" in the Amazon Personalize developer guide say which
columns there must be, which names are taken, and which types there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from recsource.dataset.layout import TableName
from recsource.dataset.settings import ExportSettings
from recsource.errors import DatasetError
from recsource.schema import ITEMS, USERS
from recsource.schema import Table as SourceTable

AvroType = Literal["string", "int", "long", "float"]
Form = Literal["id", "event", "weight", "moment", "category", "flag", "number", "text"]
"""What a value is, and with it how SQL writes it:

`id` and `event` as they are, `weight` from the settings, `moment` in Unix seconds, `category` as a word or several
joined by `|`, `flag` as the category `true` or `false`, `number` whole, `text` on a line of its own.
"""

_TYPES: Mapping[Form, AvroType] = {
    "id": "string",
    "event": "string",
    "weight": "float",
    "moment": "long",
    "category": "string",
    "flag": "string",  # Personalize neither trains on booleans nor filters by them
    "number": "int",
    "text": "string",
}
_FORMS: Mapping[str, Form] = {"VARCHAR": "category", "BOOLEAN": "flag", "INTEGER": "number", "TIMESTAMP": "moment"}

FAVOURITE_TIME = "favourite_time"
_PERSONAL = {"email", "first_name", "email_consent"}
_LEAKING = {"last_active_at"}
_FREE_TEXT = {"description"}
_NO_TASTE = {"title", "image_url", "url"}


@dataclass(frozen=True, slots=True)
class Column:
    """One exported column.

    Attributes:
        name: as exported.
        source: the column that it comes from.
        form: what its values are.
        nullable: whether a value may be missing.
        metadata: whether the operator chose it; the others are Personalize's own.
    """

    name: str
    source: str
    form: Form
    nullable: bool = False
    metadata: bool = False

    @property
    def type(self) -> AvroType:
        """Its type in the Avro schema."""
        return _TYPES[self.form]

    @property
    def categorical(self) -> bool:
        """Whether a model learns from its words."""
        return self.metadata and self.form in {"category", "flag"}

    @property
    def textual(self) -> bool:
        """Whether a model learns from its sentences."""
        return self.form == "text"


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A table as it is exported: its columns in the order of the file's, which begin with its ids."""

    name: TableName
    columns: tuple[Column, ...]

    @property
    def metadata(self) -> tuple[Column, ...]:
        """The columns that the operator chose."""
        return tuple(column for column in self.columns if column.metadata)


USER_ID = Column("USER_ID", "user_id", "id")
ITEM_ID = Column("ITEM_ID", "item_id", "id")
INTERACTIONS = ExportedTable(
    "interactions",
    (
        USER_ID,
        ITEM_ID,
        Column("TIMESTAMP", "at", "moment"),
        Column("EVENT_TYPE", "event", "event"),
        Column("EVENT_VALUE", "event", "weight", nullable=True),
    ),
)


def describe(settings: ExportSettings) -> tuple[ExportedTable, ...]:
    """The three tables, with the metadata that the settings choose.

    Raises:
        DatasetError: a column is unknown, says who somebody is, or knows what came after the export's moment.
    """
    created = Column("CREATION_TIMESTAMP", "published_at", "moment")
    return (
        INTERACTIONS,
        ExportedTable("users", (USER_ID, *_metadata(USERS, "user_metadata", settings.user_metadata))),
        ExportedTable("items", (ITEM_ID, created, *_metadata(ITEMS, "item_metadata", settings.item_metadata))),
    )


def _metadata(table: SourceTable, setting: str, names: Sequence[str]) -> tuple[Column, ...]:
    allowed = [name for name in table.columns if _is_metadata(table, name)]
    for name in names:
        if name not in allowed:
            raise DatasetError(
                f"{setting}: {name!r} {_objection(table, name)}; choose from {', '.join(map(repr, allowed))}"
            )
    return tuple(_column(table, name) for name in names)


def _is_metadata(table: SourceTable, name: str) -> bool:
    taken = {*table.key, "published_at"}
    return name not in taken | _PERSONAL | _LEAKING | _NO_TASTE


def _objection(table: SourceTable, name: str) -> str:
    if name in _PERSONAL:
        return "says who somebody is, not what they like"
    if name in _LEAKING:
        return "may know of interactions that came after the export's moment"
    if name in table.columns:
        return "is exported anyway, or is nothing to learn from"
    return f"is no column of {table.name}"


def _column(table: SourceTable, name: str) -> Column:
    form: Form = "text" if name in _FREE_TEXT else _FORMS[table.columns[name].type]
    return Column(name.upper(), name, form, nullable=form != "flag" or table.columns[name].nullable, metadata=True)
