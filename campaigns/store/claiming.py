"""Taking deliveries: waiting ▸ claimed, and a claim that is given back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
)

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.shard import WHOLE, Shard
from campaigns.ports.entries import Claim, Lease, Span
from campaigns.store.clauses import (
    ITS_EDITION,
    NEVER_CLAIMED,
    NOW,
    OWNER,
    SUPPRESSED,
    D,
    cancel_suppressed,
    counted,
    in_state,
    move,
    move_where,
    of_edition,
    run_move,
)
from campaigns.store.parts import Part, Row, whose
from campaigns.store.prepared import Prepared
from campaigns.store.tables import DELIVERIES, EDITIONS, FRESH, IN_FLIGHT, SETTLED, TRIED, UtcTime, word

_WITHIN = and_(D.due_at > bindparam("after", type_=UtcTime()), D.due_at <= bindparam("until", type_=UtcTime()))
_OF_SHARD = and_(
    D.shard_key >= bindparam("first_key", type_=Integer), D.shard_key <= bindparam("last_key", type_=Integer)
)


def _claim(which: ColumnElement[bool], *order: ColumnElement[object]) -> Update:
    """Takes the next that are due; of those, the suppressed become cancelled and the others claimed.

    What another transaction holds is passed over. PostgreSQL runs the choice once because it is materialised; in
    `WHERE delivery_id IN (… LIMIT …)` it might run it again for every row.
    """
    chosen = (
        select(D.delivery_id)
        .where(ITS_EDITION, which, _OF_SHARD)
        .order_by(*order)
        .limit(bindparam("at_most", type_=Integer))
        .with_for_update(skip_locked=True, of=DELIVERIES)
        .cte("chosen")
        .prefix_with("MATERIALIZED")
    )
    return move(
        chosen,
        state=case((SUPPRESSED, word(State.CANCELLED)), else_=word(State.CLAIMED)),
        attempts=D.attempts + 1,
        claimed_at=NOW,
        owner=OWNER,
        lease_until=bindparam("lease_ends", type_=UtcTime()),
        detail=literal_column("''"),
    ).returning(D.delivery_id, D.position, D.attempts, D.state)


_DUE_TIME = Prepared(select(func.min(D.due_at)).where(ITS_EDITION, FRESH, _WITHIN))
_ANEW = Prepared(_claim(and_(FRESH, D.due_at == bindparam("due_time", type_=UtcTime())), D.shard_key, D.position))
"""Of one due time, so that the index leads to a shard's rows past all others'; there are as many as time zones."""

_again = and_(TRIED, D.retry_at <= NOW)
_GATE = select(EDITIONS.c.halted_at.is_(None), exists().where(ITS_EDITION, _again)).where(of_edition(EDITIONS))
_AGAIN = Prepared(_claim(and_(_again, _WITHIN), D.retry_at, D.position))

_SHARED_GATE = Prepared(_GATE.with_for_update(read=True, of=EDITIONS))
"""`halt` waits for the claims that are under way, and they for it."""

_LONE_GATE = Prepared(_GATE.with_for_update(of=EDITIONS))
"""Whoever counts what was taken must be alone in taking."""

TAKEN = select(
    counted(TRIED).scalar_subquery()
    + counted(IN_FLIGHT).scalar_subquery()
    + counted(SETTLED, D.claimed_at.is_not(None)).scalar_subquery()
)

_RELEASE = move_where(
    and_(in_state(State.CLAIMED), D.owner == OWNER), state=word(State.WAITING), detail="", **NEVER_CLAIMED
)


class Claiming(Part):
    """The first step of sending, and its undoing."""

    def claim(
        self,
        edition: Edition,
        lease: Lease,
        limit: int,
        now: datetime,
        *,
        due: Sequence[Span],
        ceiling: int | None = None,
        shard: Shard = WHOLE,
    ) -> Sequence[Claim]:
        """Take up to `limit` deliveries that are waiting and due; see the port.

        Not synced: `submit` is, and takes the claims along. A power cut before it lets them wait as before.
        """
        its = {
            **whose(edition),
            "now": now,
            "its_owner": lease.owner,
            "lease_ends": lease.until,
            "first_key": shard.keys.start,
            "last_key": shard.keys.stop - 1,
        }
        spans = [{"after": span.after, "until": span.until} for span in sorted(due, key=lambda span: span.after)]
        with self._database.writing(synced=False) as connection:
            gate = (_SHARED_GATE if ceiling is None else _LONE_GATE).rows(connection, its)
            is_open, some_again = gate[0] if gate else (False, False)
            if not is_open:
                return []
            claims: list[Claim] = []
            for span in spans if some_again else ():
                claims += _take(connection, _AGAIN, {**its, **span}, limit - len(claims))
            room = limit - len(claims)
            if ceiling is not None:
                room = min(room, ceiling - (connection.scalar(TAKEN, its) or 0))
            claims += _take_anew(connection, its, spans, room)
        return sorted(claims, key=lambda claim: claim.position)

    def release(self, edition: Edition, owner: str, now: datetime) -> int:
        """Put all of the owner's claims that were not submitted back to waiting; how many."""
        with self._database.writing(synced=False) as connection:
            return run_move(connection, _RELEASE, {**whose(edition), "now": now, "its_owner": owner})

    def taken(self, edition: Edition) -> int:
        """How many of the edition's deliveries were ever taken, and not released since."""
        with self._database.reading() as connection:
            return connection.scalar(TAKEN, whose(edition)) or 0


def _take_anew(connection: Connection, its: Row, spans: Sequence[Row], at_most: int) -> list[Claim]:
    """The earliest that were never tried, due time by due time."""
    claims: list[Claim] = []
    if at_most <= 0:
        return claims
    for due_time in _due_times(connection, its, spans):
        claims += _take(connection, _ANEW, {**its, "due_time": due_time}, at_most - len(claims))
        if len(claims) >= at_most:
            break
    return claims


def _due_times(connection: Connection, its: Row, spans: Sequence[Row]) -> Iterator[Any]:
    """When any of the edition, of whatever shard, are due that were never tried; as the driver has times."""
    for span in spans:
        after = span["after"]
        while (found := _DUE_TIME.rows(connection, {**its, **span, "after": after})[0][0]) is not None:
            yield found
            after = found


def _take(connection: Connection, statement: Prepared, its: Row, at_most: int) -> list[Claim]:
    """As many as there are; the suppressed do not count."""
    claims: list[Claim] = []
    while (missing := at_most - len(claims)) > 0:
        rows = statement.rows(connection, {**its, "at_most": missing})
        cancel_suppressed(connection, [i for i, _, _, state in rows if state == State.CANCELLED])
        claims += [Claim(i, position, n) for i, position, n, state in rows if state == State.CLAIMED]
        if len(rows) < missing:
            break
    return claims
