"""Putting an edition in order: claims of the dead, what waited too long, and decisions by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Integer, String, and_, bindparam, case, func, null, or_, select

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ports.entries import Recovered
from campaigns.store import transitions
from campaigns.store.batches import Batch, batch_of
from campaigns.store.clauses import (
    ITS_EDITION,
    NEVER_CLAIMED,
    NOW,
    D,
    hold,
    holding,
    in_state,
    move_where,
    not_before_due,
    run_move,
)
from campaigns.store.parts import Part, whose
from campaigns.store.proving import settle_by_proof
from campaigns.store.tables import FRESH, IN_FLIGHT, TRIED, UtcTime, word

_claimed = D.state == word(State.CLAIMED)
_place = bindparam("place", type_=String)
_of_place = func.substr(D.owner, 1, func.length(_place)) == _place

_RECOVER = move_where(
    and_(IN_FLIGHT, or_(D.lease_until < NOW, _of_place)),
    state=case((_claimed, word(State.WAITING)), else_=word(State.UNCERTAIN)),
    attempts=case((_claimed, NEVER_CLAIMED["attempts"]), else_=D.attempts),
    claimed_at=case((_claimed, NEVER_CLAIMED["claimed_at"]), else_=D.claimed_at),
    lease_until=null(),
    detail=case((_claimed, ""), else_=transitions.DIED),
).returning(D.delivery_id, D.state)

_too_late = D.due_at < bindparam("due_before", type_=UtcTime())
_too_often = D.attempts >= bindparam("max_attempts", type_=Integer)
_late = {"state": word(State.CANCELLED), "detail": transitions.TOO_LATE}

_EXPIRING = holding(
    select(D.delivery_id).where(ITS_EDITION, or_(and_(FRESH, _too_late), and_(TRIED, or_(_too_late, _too_often))))
)
_EXPIRE = (
    move_where(and_(FRESH, _too_late), **_late),
    move_where(and_(TRIED, _too_late), **_late),
    move_where(and_(TRIED, _too_often), state=word(State.REJECTED), detail=transitions.TOO_OFTEN),
)
"""Three, because SQLite finds no index for all of it at once."""

_CANCEL = move_where(
    in_state(State.WAITING), state=word(State.CANCELLED), detail=bindparam("because", type_=String)
)

_RESOLVED = {
    State.ACCEPTED: {"state": word(State.ACCEPTED), "detail": transitions.RESOLVED, "lease_until": null()},
    State.WAITING: {
        "state": word(State.WAITING),
        "detail": transitions.RESOLVED,
        "retry_at": not_before_due(NOW),
    },
}
_UNCERTAIN = in_state(State.UNCERTAIN)
_RESOLVE_ALL = {state: move_where(_UNCERTAIN, **values) for state, values in _RESOLVED.items()}
_RESOLVE = {
    state: move_where(and_(_UNCERTAIN, D.delivery_id.in_(Batch().delivery_ids)), **values)
    for state, values in _RESOLVED.items()
}

_NEXT_DUE = select(
    select(func.min(D.due_at)).where(ITS_EDITION, FRESH).scalar_subquery(),
    select(func.min(D.retry_at)).where(ITS_EDITION, TRIED).scalar_subquery(),
)


class Tidying(Part):
    """What is done before sending, and by people."""

    def recover(self, edition: Edition, place: str, now: datetime) -> Recovered:
        """Deal with claims of dead processes: those whose lease has ended, and those made from this place."""
        with self._database.writing() as connection:
            rows = connection.execute(_RECOVER, {**whose(edition), "now": now, "place": f"{place}/"}).all()
            proved = settle_by_proof(connection, [delivery_id for delivery_id, _ in rows]) if rows else set()
        left = [state for delivery_id, state in rows if delivery_id not in proved]
        return Recovered(waiting=left.count(State.WAITING), uncertain=left.count(State.UNCERTAIN))

    def expire(self, edition: Edition, due_before: datetime, max_attempts: int, now: datetime) -> int:
        """Cancel those due before then, reject those tried too often; how many together."""
        bounds = {**whose(edition), "due_before": due_before, "max_attempts": max_attempts, "now": now}
        with self._database.writing() as connection:
            hold(connection, _EXPIRING, bounds)
            return sum(run_move(connection, statement, bounds) for statement in _EXPIRE)

    def next_due(self, edition: Edition) -> datetime | None:
        """When the next waiting delivery can be taken, or None when none waits."""
        with self._database.reading() as connection:
            times: Sequence[datetime | None] = connection.execute(_NEXT_DUE, whose(edition)).one()
        return min((time for time in times if time is not None), default=None)

    def cancel(self, edition: Edition, because: str, now: datetime) -> int:
        """Cancel all that wait and are not claimed; how many."""
        with self._database.writing() as connection:
            return run_move(connection, _CANCEL, {**whose(edition), "because": because, "now": now})

    def resolve(self, edition: Edition, delivery_ids: Collection[str] | None, to: State, now: datetime) -> int:
        """Settle uncertain deliveries by a person's decision; how many were.

        Raises:
            ValueError: `to` is neither accepted nor waiting.
        """
        if to not in transitions.DECISIONS:
            raise ValueError(f"what is uncertain is resolved to accepted or waiting, not to {to}")
        which = {} if delivery_ids is None else {"batch": batch_of(delivery_ids)}
        statement = (_RESOLVE_ALL if delivery_ids is None else _RESOLVE)[to]
        with self._database.writing() as connection:
            return run_move(connection, statement, {**whose(edition), **which, "now": now})
