"""The ledger's tables, in the vocabulary of the design."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Enum,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from campaigns.ground.delivery import State
from campaigns.ground.event import EventType

SCHEMA_VERSION = 1
"""Raised whenever a table changes; a ledger of another version is refused."""

METADATA = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, to the microsecond: ISO text on SQLite, `timestamptz` on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a naive time is a programming error, because nobody could say when it was."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the ledger takes aware times only, not {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives back the naive UTC it was given, PostgreSQL the session's zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _words(enumeration: type[StrEnum]) -> Enum:
    """An enumeration stored as its words, so that the tables read well in any SQL shell."""
    return Enum(
        enumeration,
        native_enum=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


SCHEMA = Table("ledger_schema", METADATA, Column("version", Integer, primary_key=True))

EDITIONS = Table(
    "editions",
    METADATA,
    Column("campaign", String(64), primary_key=True),
    Column("edition", String(8), primary_key=True),
    Column("plan_hash", String(64), nullable=False),
    Column("planned", Integer, nullable=False),
    Column("enrolled_at", UtcTime, nullable=False),
)

ASSIGNMENTS = Table(
    "assignments",
    METADATA,
    Column("campaign", String(64), primary_key=True),
    Column("edition", String(8), primary_key=True),
    Column("user_id", String, primary_key=True),
    Column("experiment", String, nullable=False),
    Column("variant", String, nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("salt", String, nullable=False),
    Column("method", String(16), nullable=False),
    Column("assigned_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("delivery_id", String(32), primary_key=True),
    Column("campaign", String(64), nullable=False),
    Column("edition", String(8), nullable=False),
    Column("user_id", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("address_key", String(64), nullable=False),
    Column("state", _words(State), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime),
    Column("changed_at", UtcTime, nullable=False),
    Column("provider_id", String),
    Column("status", Integer),
    Column("detail", String, nullable=False),
    UniqueConstraint("campaign", "edition", "user_id"),
    Index("deliveries_to_claim", "campaign", "edition", "state", "position", "due_at"),
)

SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("address_key", String(64), primary_key=True),
    Column("reason", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("provider_event_id", String, primary_key=True),
    Column("delivery_id", String, nullable=False, index=True),
    Column("type", _words(EventType), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("machine", Boolean, nullable=False),
    Column("item_id", String),
)
