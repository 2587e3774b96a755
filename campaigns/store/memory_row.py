"""A delivery as the ledger in memory keeps it, and the ways in which it is moved: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Delivery, Enrolment, Holding, Lease, Span
from campaigns.store import transitions


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery with what the ledger needs to act on it; the SQL ledger's columns."""

    edition: Edition
    enrolment: Enrolment
    changed_at: datetime
    state: State = State.WAITING
    attempts: int = 0
    retry_at: datetime | None = None
    owner: str | None = None
    lease_until: datetime | None = None
    claimed_at: datetime | None = None
    provider_id: str | None = None
    status: int | None = None
    detail: str = ""
    bounced: bool = False
    complained: bool = False

    @property
    def delivery_id(self) -> str:
        """Its name."""
        return self.enrolment.delivery_id

    @property
    def due_at(self) -> datetime:
        """When it was planned for."""
        return self.enrolment.due_at

    @property
    def ready_at(self) -> datetime:
        """When it can be taken, as far as it is up to itself."""
        return self.retry_at if self.attempts and self.retry_at else self.due_at

    @property
    def delivery(self) -> Delivery:
        """What others get to know of it."""
        return Delivery(
            delivery_id=self.delivery_id,
            user_id=self.enrolment.user_id,
            state=self.state,
            attempts=self.attempts,
            provider_id=self.provider_id,
            status=self.status,
            detail=self.detail,
            due_at=self.due_at,
            retry_at=self.retry_at,
            changed_at=self.changed_at,
            owner=self.owner,
        )

    def due_in(self, span: Span) -> bool:
        """Whether it falls due in that time."""
        return span.after < self.due_at <= span.until

    def claimed_since(self, since: datetime | None) -> bool:
        """Whether it was claimed since then, or ever."""
        return self.claimed_at is not None and (since is None or self.claimed_at >= since)


def claimed(row: Row, lease: Lease, now: datetime) -> Row:
    """Taken for sending."""
    return replace(
        row,
        state=State.CLAIMED,
        attempts=row.attempts + 1,
        claimed_at=now,
        owner=lease.owner,
        lease_until=lease.until,
        detail="",
        changed_at=now,
    )


def held_by(owner: str, rows: Sequence[Row]) -> Holding:
    """What an owner has in hand: these."""
    return Holding(
        owner,
        claimed=sum(row.state is State.CLAIMED for row in rows),
        submitting=sum(row.state is State.SUBMITTING for row in rows),
        since=min(row.claimed_at for row in rows if row.claimed_at),
        lease_until=min(row.lease_until for row in rows if row.lease_until),
    )


def never_claimed(row: Row, state: State, now: datetime, detail: str = "") -> Row:
    """As if it had not been taken the last time."""
    return replace(
        row,
        state=state,
        attempts=row.attempts - 1,
        claimed_at=row.claimed_at if row.attempts > 1 else None,
        lease_until=None,
        detail=detail,
        changed_at=now,
    )


def moved(row: Row, state: State, now: datetime, detail: str = "") -> Row:
    """In another state, and in nobody's hands."""
    return replace(row, state=state, lease_until=None, detail=detail, changed_at=now)


def waiting_until(row: Row, retry_at: datetime) -> Row:
    """To be tried again then, and not before it is due."""
    return replace(row, retry_at=max(retry_at, row.due_at))


def settled(row: Row, receipt: Receipt, now: datetime, retry_at: datetime | None) -> Row:
    """As the receipt says."""
    if not receipt.tried:
        return never_claimed(row, State.WAITING, now)
    known = replace(row, provider_id=receipt.provider_id, status=receipt.status)
    if receipt.outcome is Outcome.DEFERRED and retry_at:
        known = waiting_until(known, retry_at)
    return moved(known, transitions.AFTER_RECEIPT[receipt.outcome], now, receipt.detail)


def proved(row: Row, events: Iterable[Event]) -> Row:
    """As its events prove; see `transitions`."""
    left = [event.at for event in events if event.type in transitions.LEFT]
    if left and transitions.may_have_left(row.state, row.attempts):
        return moved(row, State.ACCEPTED, max(left), transitions.PROVED)
    thrown = [event.at for event in events if event.type in transitions.THROWN_AWAY]
    if thrown and row.state is State.UNCERTAIN:
        return moved(row, State.REJECTED, max(thrown), transitions.PROVED)
    return row
