"""What events prove: they settle the uncertain, and what left after all is not sent again.

An event can be quicker than the receipt, and can come before a crash is noticed; so whatever makes a delivery
uncertain, or makes it wait again, asks the events afterwards, and every new event asks its delivery. On
PostgreSQL both hold the delivery's row until they commit: whichever comes second sees what the first has done.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, Update, and_, exists, func, null, or_, select, update

from campaigns.ground.delivery import State
from campaigns.ground.event import EventType
from campaigns.store import transitions
from campaigns.store.batches import Batch, batch_of
from campaigns.store.clauses import D
from campaigns.store.tables import DELIVERIES, EVENTS, word

_UNCERTAIN = D.state == word(State.UNCERTAIN)
_MAY_HAVE_LEFT = or_(
    _UNCERTAIN,
    and_(D.state == word(State.WAITING), D.attempts > 0),
    and_(D.state == word(State.CLAIMED), D.attempts > 1),
)
"""`transitions.may_have_left` in SQL."""


def _settle(which: ColumnElement[bool], proof: frozenset[EventType], state: State) -> Update:
    told = and_(EVENTS.c.delivery_id == D.delivery_id, EVENTS.c.type.in_(sorted(proof)))
    return (
        update(DELIVERIES)
        .where(D.delivery_id.in_(Batch().delivery_ids), which, exists().where(told))
        .values(
            state=word(state),
            lease_until=null(),
            detail=transitions.PROVED,
            changed_at=select(func.max(EVENTS.c.at)).where(told).scalar_subquery(),
        )
        .returning(D.delivery_id)
    )


_PROOFS = (
    _settle(_MAY_HAVE_LEFT, transitions.LEFT, State.ACCEPTED),
    _settle(_UNCERTAIN, transitions.THROWN_AWAY, State.REJECTED),
)


def settle_by_proof(connection: Connection, delivery_ids: Iterable[str]) -> set[str]:
    """Settle those that events prove something about; which were."""
    batch = {"batch": batch_of(delivery_ids)}
    return {delivery_id for proof in _PROOFS for delivery_id in connection.scalars(proof, batch)}
