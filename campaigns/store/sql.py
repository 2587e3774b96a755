"""The ledger in SQL: each method is one transaction over the statements of `statements`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Executable, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError, LedgerError
from campaigns.ground.event import SUPPRESSING, Event
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.ledger import Assignment, Claim, Delivery, Enrolment, Recorded
from campaigns.store import statements as sql
from campaigns.store.database import Database
from campaigns.store.rows import Row, assignment_row, delivery_row, event_row, named, of_edition, settlement
from campaigns.store.tables import ASSIGNMENTS, DELIVERIES, EDITIONS, EVENTS, SUPPRESSIONS

_ROWS_AT_ONCE = 5_000  # rows: what a chunk of a long stream holds in memory
_EVENTS_AT_ONCE = 500  # a transaction each, so that a long ingest never keeps a send waiting

T = TypeVar("T")


class SqlLedger:
    """`ports.ledger.Ledger` on an SQL database; `opening.open_ledger` makes one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # enrolment

    def enrol(
        self,
        edition: Edition,
        plan_hash: str,
        deliveries: Iterable[tuple[Enrolment, Assignment]],
        at: datetime,
    ) -> None:
        """Write an edition's assignments and deliveries, all or nothing; see the port."""
        with self._database.writing() as connection:
            known = connection.execute(sql.EDITION, of_edition(edition)).first()
            if known and known.plan_hash == plan_hash:
                return
            if known:
                self._forget(connection, edition)
            planned = _insert_deliveries(connection, edition, deliveries, at)
            row = {**named(edition), "plan_hash": plan_hash, "planned": planned, "enrolled_at": at}
            connection.execute(insert(EDITIONS), row)

    def _forget(self, connection: Connection, edition: Edition) -> None:
        if connection.scalar(sql.STARTED, of_edition(edition)):
            raise GuardError(
                f"{edition} has begun to be sent from another plan, which stays: "
                "send the rest of it, or plan the next edition"
            )
        for statement in sql.FORGET:
            connection.execute(statement, of_edition(edition))

    def plan_hash(self, edition: Edition) -> str | None:
        """The hash of the plan that was enrolled, or None."""
        with self._database.reading() as connection:
            known = connection.execute(sql.EDITION, of_edition(edition)).first()
        return known.plan_hash if known else None

    def has_started(self, edition: Edition) -> bool:
        """Whether any delivery was ever claimed, and not released since."""
        with self._database.reading() as connection:
            return bool(connection.scalar(sql.STARTED, of_edition(edition)))

    # sending

    def claim(self, edition: Edition, limit: int, now: datetime) -> Sequence[Claim]:
        """Take up to `limit` deliveries that are waiting and due, in plan order, durably."""
        claims: list[Claim] = []
        with self._database.writing() as connection:
            while len(claims) < limit:
                missing = limit - len(claims)
                taken = connection.execute(
                    sql.CLAIM, {**of_edition(edition), "now": now, "at_most": missing}
                ).all()
                claims += [Claim(i, position, n) for i, position, n, state in taken if state is State.CLAIMED]
                if len(taken) < missing:
                    break
        return sorted(claims, key=lambda claim: claim.position)

    def settle(self, edition: Edition, receipts: Sequence[Receipt], now: datetime, retry_at: datetime) -> None:
        """Record a claimed batch's receipts.

        Raises:
            LedgerError: a receipt is for a delivery that is not claimed; none of them is recorded then.
        """
        rows = [settlement(receipt, retry_at) for receipt in receipts]
        with self._database.writing() as connection:
            self._move_claimed(connection, sql.SETTLE, edition, rows, now)
            if any(receipt.outcome is Outcome.UNCERTAIN for receipt in receipts):
                _settle_by_proof(connection, edition)

    def release(self, edition: Edition, delivery_ids: Sequence[str], now: datetime) -> None:
        """Put claims back to waiting of which surely no byte has left, as if they had never been made."""
        rows = [{"of_delivery": delivery_id} for delivery_id in delivery_ids]
        with self._database.writing() as connection:
            self._move_claimed(connection, sql.RELEASE, edition, rows, now)

    def _move_claimed(
        self, connection: Connection, statement: Executable, edition: Edition, rows: list[Row], now: datetime
    ) -> None:
        if not rows:
            return
        whose = {**of_edition(edition), "now": now}
        moved = connection.execute(statement, [{**whose, **row} for row in rows]).rowcount
        if moved != len(rows):
            raise LedgerError(
                f"ledger {self._database.name}: {len(rows) - moved} of {len(rows)} deliveries of {edition} "
                "that were to be settled are not claimed; none was settled, and `send` will sort them out"
            )

    def abandon_claims(self, edition: Edition, now: datetime) -> int:
        """Turn claims left by a dead process into `uncertain`, unless events say more; how many there were."""
        with self._database.writing() as connection:
            abandoned = connection.execute(sql.ABANDON, {**of_edition(edition), "now": now}).rowcount
            _settle_by_proof(connection, edition)
        return abandoned

    def expire(self, edition: Edition, due_before: datetime, max_attempts: int, now: datetime) -> int:
        """Cancel those due before then, reject those tried too often; how many together."""
        bounds = {**of_edition(edition), "due_before": due_before, "max_attempts": max_attempts, "now": now}
        with self._database.writing() as connection:
            return sum(
                connection.execute(statement, bounds).rowcount for statement in (sql.CANCEL_LATE, sql.REJECT_TRIED)
            )

    # reading

    def next_due(self, edition: Edition) -> datetime | None:
        """When the next waiting delivery falls due, or None when nothing waits."""
        with self._database.reading() as connection:
            due: datetime | None = connection.scalar(sql.NEXT_DUE, of_edition(edition))
        return due

    def tally(self, edition: Edition) -> Tally:
        """The counts; `planned` is what was enrolled, and not their sum."""
        with self._database.reading() as connection:
            known = connection.execute(sql.EDITION, of_edition(edition)).first()
            counts: dict[State, int] = dict(connection.execute(sql.COUNTS, of_edition(edition)).all())
        return Tally(
            planned=known.planned if known else 0,
            accepted=counts.get(State.ACCEPTED, 0),
            rejected=counts.get(State.REJECTED, 0),
            uncertain=counts.get(State.UNCERTAIN, 0) + counts.get(State.CLAIMED, 0),
            cancelled=counts.get(State.CANCELLED, 0),
            waiting=counts.get(State.WAITING, 0),
            in_flight=counts.get(State.CLAIMED, 0),
        )

    def deliveries(self, edition: Edition) -> Iterator[Delivery]:
        """Every delivery of the edition, in plan order."""
        return (Delivery(*row) for row in self._stream(sql.ALL_DELIVERIES, of_edition(edition)))

    def recent_deliveries(self, campaign: str, since: datetime) -> Iterator[tuple[str, str, datetime]]:
        """`(edition name, user_id, time of claiming)` of what was, or may have been, sent since then."""
        return self._stream(sql.RECENT, {"of_campaign": campaign, "since": since})

    def suppressed(self) -> Iterator[str]:
        """Every suppressed address key."""
        return (key for (key,) in self._stream(sql.ALL_SUPPRESSED, {}))

    def events(self, edition: Edition) -> Iterator[Event]:
        """Every event of the edition's deliveries, by time."""
        return (Event(*row) for row in self._stream(sql.ALL_EVENTS, of_edition(edition)))

    def _stream(self, statement: Executable, parameters: Row) -> Iterator[Any]:
        with self._database.reading() as connection:
            yield from connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(statement, parameters)

    # suppressions and events

    def suppress(self, address_keys: Iterable[tuple[str, str]], at: datetime) -> int:
        """Add `(address_key, reason)` suppressions; how many were new."""
        rows = ({"address_key": key, "reason": reason, "at": at} for key, reason in address_keys)
        return sum(self._suppress_chunk(chunk) for chunk in _chunks(rows, _ROWS_AT_ONCE))

    def _suppress_chunk(self, rows: list[Row]) -> int:
        with self._database.writing() as connection:
            return len(self._insert_new(connection, SUPPRESSIONS, rows))

    def record(self, events: Iterable[Event]) -> Recorded:
        """Add events, each once, and act on what they say."""
        pieces = [self._record_chunk(chunk) for chunk in _chunks(events, _EVENTS_AT_ONCE)]
        return Recorded(
            new=sum(piece.new for piece in pieces),
            known=sum(piece.known for piece in pieces),
            unknown=sum(piece.unknown for piece in pieces),
            suppressed=sum(piece.suppressed for piece in pieces),
        )

    def _record_chunk(self, events: list[Event]) -> Recorded:
        by_id = {event.provider_event_id: event for event in reversed(events)}
        with self._database.writing() as connection:
            ids = self._insert_new(connection, EVENTS, [event_row(event) for event in by_id.values()])
            new = [by_id[event_id] for event_id in ids]
            told = {"delivery_ids": [event.delivery_id for event in new]}
            keys = dict(connection.execute(sql.KEYS, told).all())
            suppressions = [
                {"address_key": keys[event.delivery_id], "reason": event.type.value, "at": event.at}
                for event in new
                if event.type in SUPPRESSING and event.delivery_id in keys
            ]
            suppressed = self._insert_new(connection, SUPPRESSIONS, suppressions)
            for statement in sql.SETTLE_IDS_BY_PROOF:
                connection.execute(statement, told)
        return Recorded(
            new=len(new),
            known=len(events) - len(new),
            unknown=sum(event.delivery_id not in keys for event in new),
            suppressed=len(suppressed),
        )

    def _insert_new(self, connection: Connection, table: Table, rows: list[Row]) -> list[Any]:
        """Insert the rows whose key is not there yet, the first of each key; the keys that were new."""
        if not rows:
            return []
        dialect = postgresql if self._database.dialect == "postgresql" else sqlite
        statement = dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
        return list(connection.scalars(statement, rows))


def _insert_deliveries(
    connection: Connection, edition: Edition, deliveries: Iterable[tuple[Enrolment, Assignment]], at: datetime
) -> int:
    """How many there were."""
    planned = 0
    its = named(edition)
    for chunk in _chunks(deliveries, _ROWS_AT_ONCE):
        connection.execute(insert(DELIVERIES), [{**its, **delivery_row(row, at)} for row, _ in chunk])
        connection.execute(insert(ASSIGNMENTS), [{**its, **assignment_row(row, at)} for _, row in chunk])
        planned += len(chunk)
    return planned


def _settle_by_proof(connection: Connection, edition: Edition) -> None:
    """An event can be quicker than the receipt, or than the next run after a crash."""
    for statement in sql.SETTLE_EDITION_BY_PROOF:
        connection.execute(statement, of_edition(edition))


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    stream = iter(items)
    while chunk := list(islice(stream, size)):
        yield chunk
