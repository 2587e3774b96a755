"""The tables that Winddown reads: their columns, types, keys and references. The one place that names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the schema wants it.

    Attributes:
        type: the engine's type; other types are cast to it where every value allows.
        nullable: whether a value may be missing.
        optional: whether the whole column may be missing; it is then null throughout.
        values: the closed list of allowed values; empty where any will do.
        references: `table.column` that must know each value.
    """

    type: str
    nullable: bool = False
    optional: bool = False
    values: tuple[str, ...] = ()
    references: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, and the columns that together identify a row."""

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()


def _table(name: str, columns: dict[str, Column], key: tuple[str, ...] = ()) -> Table:
    return Table(name, MappingProxyType(columns), key)


_TEXT = Column("VARCHAR")
_TEXT_OR_NULL = Column("VARCHAR", nullable=True)
_TIME = Column("TIMESTAMP")
_TIME_OR_NULL = Column("TIMESTAMP", nullable=True)

COLLECTIONS = _table(
    "collections",
    {
        "collection_id": _TEXT,
        "title": _TEXT,
        "kind": _TEXT,
        "image_url": _TEXT,
        "url": _TEXT,
    },
    key=("collection_id",),
)

ITEMS = _table(
    "items",
    {
        "item_id": _TEXT,
        "title": _TEXT,
        "kind": _TEXT,
        "narrator": _TEXT_OR_NULL,
        "duration_s": Column("INTEGER"),
        "published_at": _TIME,
        "language": _TEXT,
        "topic": _TEXT_OR_NULL,
        "voice_depth": Column("VARCHAR", nullable=True, optional=True),
        "for_kids": Column("BOOLEAN"),
        "collection_id": Column("VARCHAR", nullable=True, references="collections.collection_id"),
        "image_url": _TEXT,
        "url": _TEXT,
        "description": _TEXT,
    },
    key=("item_id",),
)

USERS = _table(
    "users",
    {
        "user_id": _TEXT,
        "email": _TEXT_OR_NULL,
        "first_name": _TEXT_OR_NULL,
        "language": _TEXT_OR_NULL,
        "country": _TEXT_OR_NULL,
        "timezone": _TEXT_OR_NULL,
        "subscription": _TEXT_OR_NULL,
        "signed_up_at": _TIME_OR_NULL,
        "last_active_at": _TIME_OR_NULL,
        "favourite_time": _TEXT_OR_NULL,
        "email_consent": Column("BOOLEAN", nullable=True),
        "cohort": Column("VARCHAR", nullable=True, optional=True),
    },
    key=("user_id",),
)

INTERACTIONS = _table(
    "interactions",
    {
        "user_id": Column("VARCHAR", references="users.user_id"),
        "item_id": Column("VARCHAR", references="items.item_id"),
        "event": Column("VARCHAR", values=("listen", "complete", "favourite", "view")),
        "at": _TIME,
    },
)

CURATED = _table(
    "curated",
    {
        "edition": _TEXT,
        "language": _TEXT,
        "position": Column("INTEGER"),
        "item_id": Column("VARCHAR", references="items.item_id"),
    },
    key=("edition", "language", "position"),
)

SUPPRESSIONS = _table("suppressions", {"email": _TEXT, "reason": _TEXT, "at": _TIME})

TABLES = (COLLECTIONS, ITEMS, USERS, INTERACTIONS, CURATED, SUPPRESSIONS)
"""In an order in which every reference points backwards."""
