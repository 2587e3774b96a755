"""Wishes about deliveries that the ledger does not know: kept, and heeded as soon as it does.

Somebody unsubscribes through the link of an email that another ledger sent, or complains about one that is
enrolled here later. Whoever tells of a delivery and whoever enrols it take turns: without that, on PostgreSQL,
both could look for what the other has not committed yet, and the wish would be neither heeded nor found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from campaigns.ground.edition import Edition
from campaigns.store.batches import Batch, batch_of
from campaigns.store.clauses import SAME_EDITION, D
from campaigns.store.inserting import insert_new
from campaigns.store.parts import whose
from campaigns.store.tables import STRAY_WISHES, SUPPRESSIONS

_TURN = 0x53545259  # any number that nothing else locks
_EVERYWHERE = ""

_WISHES = select(STRAY_WISHES)
_ENROLLED = select(D.delivery_id, D.address_key, D.campaign).where(
    D.delivery_id.in_(Batch().delivery_ids), SAME_EDITION
)


def take_turn(connection: Connection, *, alone: bool = False) -> None:
    """Until the transaction ends, either many tell of deliveries or one enrols them, alone."""
    if connection.dialect.name == "postgresql":  # on SQLite whoever writes is alone
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        connection.execute(select(lock(_TURN)))


def suppression(key: str, reason: str, at: datetime, campaign: str | None = None) -> dict[str, Any]:
    """A row of `suppressions`: from one campaign, or from all of them."""
    return {"address_key": key, "scope": campaign or _EVERYWHERE, "reason": reason, "at": at}


def keep(connection: Connection, wishes: Sequence[tuple[str, str, datetime, bool]]) -> None:
    """Keep wishes: delivery id, reason, when, and whether they mean every campaign."""
    rows = [
        {"delivery_id": delivery_id, "reason": reason, "at": at, "everything": everything}
        for delivery_id, reason, at, everything in wishes
    ]
    insert_new(connection, STRAY_WISHES, rows)


def heed(connection: Connection, edition: Edition) -> None:
    """Suppress the addresses of an edition's deliveries that wishes are known about, now that it is enrolled."""
    take_turn(connection, alone=True)
    wishes = connection.execute(_WISHES).all()
    batch = {"batch": batch_of({wish.delivery_id for wish in wishes})}
    enrolled = {row.delivery_id: row for row in connection.execute(_ENROLLED, {**whose(edition), **batch})}
    suppressions = [
        suppression(row.address_key, wish.reason, wish.at, None if wish.everything else row.campaign)
        for wish in wishes
        if (row := enrolled.get(wish.delivery_id))
    ]
    insert_new(connection, SUPPRESSIONS, suppressions)
