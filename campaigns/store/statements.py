"""The ledger's SQL, each statement by its name.

Parameters: `of_campaign` and `of_edition` say whose, `now` when; the others are named so that none is called
like the column that it fills, which SQLAlchemy keeps for itself.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Table,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from campaigns.ground.delivery import State
from campaigns.ground.event import EventType
from campaigns.store.tables import ASSIGNMENTS, DELIVERIES, EDITIONS, EVENTS, SUPPRESSIONS, UtcTime
from campaigns.store.transitions import PROOFS

D = DELIVERIES.c
_NOW = bindparam("now", type_=UtcTime())
_OF_IDS = D.delivery_id.in_(bindparam("delivery_ids", expanding=True))


def _of_edition(table: Table) -> ColumnElement[bool]:
    return and_(table.c.campaign == bindparam("of_campaign"), table.c.edition == bindparam("of_edition"))


def _is(state: State) -> ColumnElement[State]:
    return literal(state, D.state.type)


_ITS_EDITION = _of_edition(DELIVERIES)
_WAITING = and_(_ITS_EDITION, D.state == State.WAITING)
_CLAIMED = and_(_ITS_EDITION, D.state == State.CLAIMED)
_SUPPRESSED = exists().where(SUPPRESSIONS.c.address_key == D.address_key)

# enrolment

EDITION = select(EDITIONS.c.plan_hash, EDITIONS.c.planned).where(_of_edition(EDITIONS))

STARTED = select(
    or_(
        exists().where(_ITS_EDITION, D.state != State.WAITING),
        exists().where(_ITS_EDITION, D.attempts > 0),
    )
)

FORGET = (
    delete(DELIVERIES).where(_ITS_EDITION),
    delete(ASSIGNMENTS).where(_of_edition(ASSIGNMENTS)),
    delete(EDITIONS).where(_of_edition(EDITIONS)),
)

# sending

_NEXT = (
    select(D.delivery_id)
    .where(_WAITING, D.due_at <= _NOW)
    .order_by(D.position)
    .limit(bindparam("at_most", type_=Integer))
    .with_for_update(skip_locked=True)
)

CLAIM = (
    update(DELIVERIES)
    .where(D.delivery_id.in_(_NEXT))
    .values(
        state=case((_SUPPRESSED, _is(State.CANCELLED)), else_=_is(State.CLAIMED)),
        attempts=case((_SUPPRESSED, D.attempts), else_=D.attempts + 1),
        claimed_at=case((_SUPPRESSED, D.claimed_at), else_=_NOW),
        detail=case((_SUPPRESSED, "suppressed"), else_=""),
        changed_at=_NOW,
    )
    .returning(D.delivery_id, D.position, D.attempts, D.state)
)
"""Takes the next that are due; of those, the suppressed become cancelled and the others claimed."""

SETTLE = (
    update(DELIVERIES)
    .where(D.delivery_id == bindparam("of_delivery"), _CLAIMED)
    .values(
        state=bindparam("new_state", type_=D.state.type),
        provider_id=bindparam("its_provider_id", type_=String()),
        status=bindparam("its_status", type_=Integer()),
        detail=bindparam("its_detail", type_=String()),
        due_at=func.coalesce(bindparam("retry_at", type_=UtcTime()), D.due_at),
        changed_at=_NOW,
    )
)

RELEASE = (
    update(DELIVERIES)
    .where(D.delivery_id == bindparam("of_delivery"), _CLAIMED)
    .values(state=State.WAITING, attempts=D.attempts - 1, changed_at=_NOW)
)

ABANDON = (
    update(DELIVERIES)
    .where(_CLAIMED)
    .values(state=State.UNCERTAIN, detail="the process that was sending it died", changed_at=_NOW)
)

CANCEL_LATE = (
    update(DELIVERIES)
    .where(_WAITING, D.due_at < bindparam("due_before", type_=UtcTime()))
    .values(state=State.CANCELLED, detail="waited too long", changed_at=_NOW)
)

REJECT_TRIED = (
    update(DELIVERIES)
    .where(_WAITING, D.attempts >= bindparam("max_attempts", type_=Integer()))
    .values(state=State.REJECTED, detail="tried too often", changed_at=_NOW)
)

# events

KEYS = select(D.delivery_id, D.address_key).where(_OF_IDS)


def _settle_by_proof(whose: ColumnElement[bool], proof: frozenset[EventType], state: State) -> Update:
    told = and_(EVENTS.c.delivery_id == D.delivery_id, EVENTS.c.type.in_(sorted(proof)))
    return (
        update(DELIVERIES)
        .where(whose, D.state == State.UNCERTAIN, exists().where(told))
        .values(
            state=state,
            detail="settled by the provider's events",
            changed_at=select(func.max(EVENTS.c.at)).where(told).scalar_subquery(),
        )
    )


SETTLE_EDITION_BY_PROOF = [_settle_by_proof(_ITS_EDITION, *proof) for proof in PROOFS]
SETTLE_IDS_BY_PROOF = [_settle_by_proof(_OF_IDS, *proof) for proof in PROOFS]

# reading

NEXT_DUE = select(func.min(D.due_at)).where(_WAITING)

COUNTS = select(D.state, func.count()).where(_ITS_EDITION).group_by(D.state)

ALL_DELIVERIES = (
    select(
        D.delivery_id,
        D.user_id,
        D.state,
        D.attempts,
        D.provider_id,
        D.status,
        D.detail,
        D.due_at,
        D.changed_at,
    )
    .where(_ITS_EDITION)
    .order_by(D.position)
)

RECENT = select(D.edition, D.user_id, D.claimed_at).where(
    D.campaign == bindparam("of_campaign"),
    D.state.in_([State.CLAIMED, State.ACCEPTED, State.UNCERTAIN]),
    D.claimed_at >= bindparam("since", type_=UtcTime()),
)

ALL_SUPPRESSED = select(SUPPRESSIONS.c.address_key)

ALL_EVENTS = (
    select(
        EVENTS.c.provider_event_id,
        EVENTS.c.delivery_id,
        EVENTS.c.type,
        EVENTS.c.at,
        EVENTS.c.machine,
        EVENTS.c.item_id,
    )
    .join(DELIVERIES, D.delivery_id == EVENTS.c.delivery_id)
    .where(_ITS_EDITION)
    .order_by(EVENTS.c.at, EVENTS.c.provider_event_id)
)
