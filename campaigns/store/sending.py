"""Handing over: claimed ▸ submitting, committed right before; submitting ▸ what the receipt says, right after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    case,
    literal_column,
    null,
    or_,
    select,
    update,
)

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Lease
from campaigns.store import transitions
from campaigns.store.batches import Batch, as_batch, batch_of, storable, time_in_batch
from campaigns.store.clauses import (
    ITS_EDITION,
    NEVER_CLAIMED,
    NOW,
    OWNER,
    SAME_EDITION,
    SUPPRESSED,
    D,
    cancel_suppressed,
    hold,
    holding,
    in_state,
    not_before_due,
)
from campaigns.store.database import Database
from campaigns.store.parts import Part, Row, whose
from campaigns.store.prepared import Prepared
from campaigns.store.proving import settle_by_proof
from campaigns.store.tables import DELIVERIES, UtcTime, word

_RENEWED_EVERY = timedelta(seconds=10)  # what else the owner has claimed need not be written for every batch

_batch = Batch()
_asked = D.delivery_id.in_(_batch.delivery_ids)
_lease_ends = bindparam("lease_ends", type_=UtcTime())

_claimed = and_(ITS_EDITION, in_state(State.CLAIMED), D.owner == OWNER)
_CLAIMS = holding(select(D.delivery_id).where(_claimed))
_submitted = (
    update(DELIVERIES)
    .where(_asked, SAME_EDITION, D.owner.concat("") == OWNER, D.state == word(State.CLAIMED))
    .values(lease_until=_lease_ends, changed_at=NOW)
)
_SUBMIT_ALL = Prepared(_submitted.where(~SUPPRESSED).values(state=word(State.SUBMITTING)))
_SUBMIT = Prepared(
    _submitted.values(state=case((SUPPRESSED, word(State.CANCELLED)), else_=word(State.SUBMITTING))).returning(
        D.delivery_id, D.state
    )
)
_RENEW = Prepared(
    update(DELIVERIES)
    .where(_claimed, D.lease_until < bindparam("renewed_before", type_=UtcTime()))
    .values(lease_until=_lease_ends)
    .returning(D.delivery_id)
)

_HANDED_OVER = holding(select(D.delivery_id).where(_asked))
_receipt = update(DELIVERIES).where(
    D.delivery_id == _batch.delivery_id,
    SAME_EDITION,
    D.owner.concat("") == OWNER,
    or_(D.state == word(State.SUBMITTING), D.state == word(State.UNCERTAIN)),
)
_retry_at = _batch.field(5, UtcTime())
_settled = _receipt.values(
    state=_batch.field(1, String()),
    provider_id=_batch.field(2, String()),
    status=_batch.field(3, Integer()),
    detail=_batch.field(4, String()),
    retry_at=case((_retry_at.is_(None), D.retry_at), else_=not_before_due(_retry_at)),
    lease_until=null(),
    changed_at=NOW,
)
_SETTLE_ALL, _SETTLE = Prepared(_settled), Prepared(_settled.returning(D.delivery_id))
_GIVE_BACK = Prepared(
    _receipt.values(
        state=word(State.WAITING), detail=literal_column("''"), changed_at=NOW, **NEVER_CLAIMED
    ).returning(D.delivery_id)
)


class Sending(Part):
    """What happens around the call to the provider.

    Nearly always a whole batch goes the same way. On SQLite that is tried first, and undone where it is not so:
    its driver lets other threads run before each row that a statement returns, and then waits for them, so that
    fifty rows take longer than all the rest.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._renewed: dict[
            str, datetime
        ] = {}  # owner to a lease's end, which none of its claims' leases is before

    def submit(self, edition: Edition, lease: Lease, delivery_ids: Sequence[str], now: datetime) -> frozenset[str]:
        """Note, durably, that these claims are about to be handed over; which may be."""
        its = {**whose(edition), "now": now, "its_owner": lease.owner, "lease_ends": lease.until}
        self._renew(lease, its)
        asked = {**its, "batch": batch_of(delivery_ids)}
        if self._goes_as_one(_SUBMIT_ALL, len(delivery_ids), asked):
            return frozenset(delivery_ids)
        with self._database.writing() as connection:
            hold(connection, _HANDED_OVER, asked)
            rows = _SUBMIT.rows(connection, asked)
            cancel_suppressed(connection, [i for i, state in rows if state == State.CANCELLED])
        return frozenset(delivery_id for delivery_id, state in rows if state == State.SUBMITTING)

    def settle(
        self,
        edition: Edition,
        owner: str,
        receipts: Sequence[Receipt],
        now: datetime,
        retry_at: Mapping[str, datetime],
    ) -> frozenset[str]:
        """Record the receipts of submitted deliveries; those of which came too late.

        Not synced: a receipt that a power cut takes away leaves its delivery as submitted, and so uncertain.
        """
        first = {receipt.delivery_id: receipt for receipt in reversed(receipts)}
        tried = [_row(receipt, retry_at) for receipt in first.values() if receipt.tried]
        untried = [[receipt.delivery_id] for receipt in first.values() if not receipt.tried]
        its = {**whose(edition), "now": now, "its_owner": owner}
        final = tried if not any(map(_leaves_open, first.values())) else []
        if self._goes_as_one(_SETTLE_ALL, len(first), {**its, "batch": as_batch(final)}, synced=False):
            return frozenset()
        with self._database.writing(synced=False) as connection:
            hold(connection, _HANDED_OVER, {"batch": batch_of(first)})
            taken = _take(connection, _SETTLE, tried, its) | _take(connection, _GIVE_BACK, untried, its)
            if open_ := [i for i in taken if _leaves_open(first[i])]:
                settle_by_proof(connection, open_)
        return frozenset(first.keys() - taken)

    def _renew(self, lease: Lease, its: Row) -> None:
        """Once in a while, what else the owner has claimed."""
        before = lease.until - _RENEWED_EVERY
        if lease.owner in self._renewed and self._renewed[lease.owner] >= before:
            return
        with self._database.writing(synced=False) as connection:
            hold(connection, _CLAIMS, its)
            _RENEW.rows(connection, {**its, "renewed_before": before})
        self._renewed[lease.owner] = lease.until

    def _goes_as_one(self, statement: Prepared, rows: int, parameters: Row, *, synced: bool = True) -> bool:
        """Whether a statement moved so many rows; if not, it moved none."""
        if self._database.dialect != "sqlite":
            return False
        with self._database.writing(synced=synced) as connection:
            if statement.moved(connection, parameters) != rows:
                connection.rollback()
                return False
        return True


def _take(connection: Connection, statement: Prepared, rows: Sequence[list[Any]], its: Row) -> set[str]:
    """The deliveries whose receipts were taken."""
    return {i for (i,) in statement.rows(connection, {**its, "batch": as_batch(rows)})} if rows else set()


def _row(receipt: Receipt, retry_at: Mapping[str, datetime]) -> list[Any]:
    """In the order of `_SETTLE`'s fields."""
    again = receipt.outcome is Outcome.DEFERRED
    return [
        receipt.delivery_id,
        transitions.AFTER_RECEIPT[receipt.outcome],
        receipt.provider_id and storable(receipt.provider_id),
        receipt.status,
        storable(receipt.detail),
        time_in_batch(retry_at[receipt.delivery_id]) if again else None,
    ]


def _leaves_open(receipt: Receipt) -> bool:
    """Whether events can say more than the receipt does."""
    return not receipt.tried or receipt.outcome in {Outcome.DEFERRED, Outcome.UNCERTAIN}
