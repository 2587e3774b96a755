"""The ledger's tables, in the vocabulary of the design, and the indexes that keep it quick."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Double,
    Enum,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    and_,
    literal_column,
    or_,
)
from sqlalchemy.types import TypeDecorator

from campaigns.ground.delivery import State
from campaigns.ground.event import Event, EventType

SCHEMA_VERSION = 4
"""Raised whenever a table changes; a ledger of another version is refused."""

METADATA = MetaData()


def in_utc(time: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: it has no zone; a programming error, because nobody could say when it was.
    """
    if time.tzinfo is None:
        raise ValueError(f"the ledger takes aware times only, not {time!r}")
    return time.astimezone(UTC)


class UtcTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, to the microsecond: ISO text on SQLite, `timestamptz` on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        del dialect
        return None if value is None else in_utc(value)

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
    Column("halted_at", UtcTime),
    Column("halted_because", String, nullable=False, default=""),
    Column("resumed_at", UtcTime),
    Column("canary_ended_at", UtcTime),
    Column("day_ended", Date),
    Column("sent_at", UtcTime),
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
    Column("shard_key", Integer, nullable=False),
    Column("address_key", String(64), nullable=False),
    Column("state", _words(State), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("retry_at", UtcTime),
    Column("owner", String),
    Column("lease_until", UtcTime),
    Column("claimed_at", UtcTime),
    Column("changed_at", UtcTime, nullable=False),
    Column("provider_id", String),
    Column("status", Integer),
    Column("detail", String, nullable=False),
    Column("bounced", Boolean, nullable=False),
    Column("complained", Boolean, nullable=False),
    UniqueConstraint("campaign", "edition", "position"),
    # Every row is written anew three times in a send: clean up after a fiftieth, not after a fifth (the default).
    postgresql_with={"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02},
)
"""One row a person of an edition: `assignments`, written with it, has each person once.

`shard_key` is `ground.shard.shard_key` of its id; among those that are due together, positions ascend with it.
Two things always hold: `claimed_at` is empty where `attempts` is 0; and what waits for another try has a
`retry_at`, which is not before its `due_at`.
"""

SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("address_key", String(64), primary_key=True),
    Column("scope", String(64), primary_key=True),  # a campaign's name, or empty for all of them
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
    Column("transient", Boolean, nullable=False),
    Column("machine_rule", String, nullable=False),
    Column("address_key", String(64)),
    Column("link_key", String(16)),
)

EVENT_COLUMNS = tuple(EVENTS.c[field.name] for field in fields(Event))
"""In the order in which an `Event` takes them."""

STRAY_WISHES = Table(
    "stray_wishes",
    METADATA,
    Column("delivery_id", String, primary_key=True),
    Column("everything", Boolean, primary_key=True),
    Column("reason", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""Who got these deliveries, once that is known, gets nothing more from their campaign, or from all of them."""

PACES = Table(
    "paces",
    METADATA,
    Column("provider", String, primary_key=True),
    Column("free_at", UtcTime, nullable=False),
    Column("factor", Double, nullable=False),
    Column("factor_at", UtcTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("spent", Integer, nullable=False),
)

# Partial indexes, through which each delivery goes in turn. Their conditions hold words and no parameters, because
# a planner uses such an index only where it can see that a statement asks for nothing outside it. They hold no
# lists either: SQLite would build the list anew for every row that is written.


def word(state: State) -> ColumnElement[State]:
    """A state as it is written in SQL."""
    return literal_column(f"'{state.value}'", DELIVERIES.c.state.type)


def _index(name: str, condition: ColumnElement[bool], *columns: str) -> None:
    keys = [DELIVERIES.c[column] for column in ("campaign", "edition", *columns)]
    Index(name, *keys, sqlite_where=condition, postgresql_where=condition)


_state, _attempts = DELIVERIES.c.state, DELIVERIES.c.attempts

FRESH = and_(_state == word(State.WAITING), _attempts == literal_column("0"))
TRIED = and_(_state == word(State.WAITING), _attempts > literal_column("0"))
IN_FLIGHT = or_(_state == word(State.CLAIMED), _state == word(State.SUBMITTING))
SETTLED = and_(_state != word(State.WAITING), _state != word(State.CLAIMED), _state != word(State.SUBMITTING))
UNWELCOME = or_(DELIVERIES.c.bounced, DELIVERIES.c.complained)

_index("deliveries_fresh", FRESH, "due_at", "shard_key", "position")
_index("deliveries_tried", TRIED, "retry_at", "shard_key")
_index("deliveries_in_flight", IN_FLIGHT, "owner", "state")
_index("deliveries_settled", SETTLED, "state", "claimed_at")
_index("deliveries_unwelcome", UNWELCOME, "claimed_at")
