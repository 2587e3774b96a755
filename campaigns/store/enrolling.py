"""Enrolment: an edition's assignments and deliveries, written before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, or_, select, text, update

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError, LedgerError
from campaigns.ground.shard import shard_key
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.store.batches import time_in_batch
from campaigns.store.clauses import ITS_EDITION, D, of_edition
from campaigns.store.inserting import insert_many, insert_new
from campaigns.store.parts import Part, pieces, whose
from campaigns.store.strays import heed
from campaigns.store.tables import ASSIGNMENTS, DELIVERIES, EDITIONS, IN_FLIGHT, SETTLED, TRIED

_ROWS_AT_ONCE = 5_000  # rows: what a chunk of a long stream holds in memory
_NO_PLAN = ""

_KNOWN = select(EDITIONS.c.plan_hash).where(of_edition(EDITIONS))
_LOCKED = _KNOWN.with_for_update()
_STARTED = select(or_(*(exists().where(ITS_EDITION, state) for state in (IN_FLIGHT, TRIED, SETTLED))))
_FORGET = (delete(DELIVERIES).where(ITS_EDITION), delete(ASSIGNMENTS).where(of_edition(ASSIGNMENTS)))
_DELIVERY = (
    D.campaign,
    D.edition,
    D.delivery_id,
    D.user_id,
    D.position,
    D.shard_key,
    D.address_key,
    D.due_at,
    D.state,
    D.attempts,
    D.detail,
    D.bounced,
    D.complained,
    D.changed_at,
)
_A = ASSIGNMENTS.c
_ASSIGNMENT = (
    _A.campaign,
    _A.edition,
    _A.user_id,
    _A.experiment,
    _A.variant,
    _A.bucket,
    _A.salt,
    _A.method,
    _A.assigned_at,
)
_ENROLLED = update(EDITIONS).where(of_edition(EDITIONS))


class Enrolling(Part):
    """What planning does to the ledger."""

    def enrol(
        self,
        edition: Edition,
        plan_hash: str,
        deliveries: Iterable[tuple[Enrolment, Assignment]],
        at: datetime,
    ) -> None:
        """Write an edition's assignments and deliveries, all or nothing; see the port.

        The edition's row comes first and stays locked: who enrols it at the same time waits, and so does `claim`.
        """
        named = {"campaign": edition.campaign, "edition": edition.name}
        new = {**named, "plan_hash": _NO_PLAN, "planned": 0, "enrolled_at": at, "halted_because": ""}
        with self._database.writing() as connection:
            insert_new(connection, EDITIONS, [new])
            known = connection.scalar(_LOCKED, whose(edition))
            if known == plan_hash:
                return
            if known != _NO_PLAN:
                _forget(connection, edition)
            planned = self._insert(connection, edition, deliveries, at)
            values = {"plan_hash": plan_hash, "planned": planned, "enrolled_at": at, "sent_at": None}
            connection.execute(_ENROLLED, {**whose(edition), **values})
            heed(connection, edition)

    def plan_hash(self, edition: Edition) -> str | None:
        """The hash of the plan that was enrolled, or None."""
        with self._database.reading() as connection:
            known: str | None = connection.scalar(_KNOWN, whose(edition))
        return known

    def has_started(self, edition: Edition) -> bool:
        """Whether any delivery was ever claimed, and not released since."""
        with self._database.reading() as connection:
            return bool(connection.scalar(_STARTED, whose(edition)))

    def _insert(
        self,
        connection: Connection,
        edition: Edition,
        deliveries: Iterable[tuple[Enrolment, Assignment]],
        at: datetime,
    ) -> int:
        """How many there were."""
        planned = 0
        its, written = (edition.campaign, edition.name), time_in_batch(at)
        for piece in pieces(deliveries, _ROWS_AT_ONCE):
            if any(enrolment.user_id != assignment.user_id for enrolment, assignment in piece):
                raise LedgerError(f"ledger {self._database.name}: {edition} has an assignment of another person")
            insert_many(connection, _DELIVERY, [(*its, *_delivery(row), written) for row, _ in piece])
            insert_many(connection, _ASSIGNMENT, [(*its, *_assignment(row), written) for _, row in piece])
            planned += len(piece)
        if self._database.dialect == "postgresql":
            connection.execute(text("ANALYZE deliveries"))  # or the first claims are planned for an empty table
        return planned


def _forget(connection: Connection, edition: Edition) -> None:
    if connection.scalar(_STARTED, whose(edition)):
        raise GuardError(
            f"{edition} has begun to be sent from another plan, which stays: "
            "send the rest of it, or plan the next edition"
        )
    for statement in _FORGET:
        connection.execute(statement, whose(edition))


def _delivery(enrolment: Enrolment) -> tuple[Any, ...]:
    """A delivery to which nothing has happened yet, as `_DELIVERY` has it."""
    return (
        enrolment.delivery_id,
        enrolment.user_id,
        enrolment.position,
        shard_key(enrolment.delivery_id),
        enrolment.address_key,
        time_in_batch(enrolment.due_at),
        State.WAITING.value,
        0,
        "",
        False,
        False,
    )


def _assignment(assignment: Assignment) -> tuple[Any, ...]:
    """An assignment, as `_ASSIGNMENT` has it."""
    return (
        assignment.user_id,
        assignment.experiment,
        assignment.variant,
        assignment.bucket,
        assignment.salt,
        assignment.method,
    )
