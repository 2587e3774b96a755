"""What the ledger's statements have in common: whose rows, which states, and how rows are moved.

Parameters: `of_campaign` and `of_edition` say whose, `now` when, `batch` which; the others are named so that none
is called like the column that it fills, which SQLAlchemy keeps for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)

from campaigns.ground.delivery import State
from campaigns.store import transitions
from campaigns.store.batches import Batch, batch_of
from campaigns.store.parts import Row
from campaigns.store.prepared import Prepared
from campaigns.store.tables import DELIVERIES, IN_FLIGHT, SETTLED, SUPPRESSIONS, UtcTime, word

D = DELIVERIES.c
NOW = bindparam("now", type_=UtcTime())
OWNER = bindparam("its_owner", type_=D.owner.type)


def of_edition(table: Table) -> ColumnElement[bool]:
    """The rows of one edition."""
    return and_(table.c.campaign == bindparam("of_campaign"), table.c.edition == bindparam("of_edition"))


ITS_EDITION = of_edition(DELIVERIES)

SAME_EDITION = and_(
    D.campaign.concat("") == bindparam("of_campaign"), D.edition.concat("") == bindparam("of_edition")
)
"""`ITS_EDITION` for rows that are found by their ids: SQLite would rather look through the whole edition."""

SUPPRESSED = exists().where(
    SUPPRESSIONS.c.address_key == D.address_key,
    or_(SUPPRESSIONS.c.scope == literal_column("''"), SUPPRESSIONS.c.scope == D.campaign),
)
"""Whether the delivery's address is suppressed, from its campaign or from all. Looked up as late as can be."""

NEVER_CLAIMED = {
    "attempts": D.attempts - 1,
    "claimed_at": case((D.attempts > 1, D.claimed_at), else_=null()),
    "lease_until": null(),
}
"""What undoes a claim of which no byte has left."""

_CANCELLED = (
    update(DELIVERIES)
    .where(D.delivery_id.in_(Batch().delivery_ids))
    .values(detail=transitions.SUPPRESSED, **NEVER_CLAIMED)
)


def cancel_suppressed(connection: Connection, delivery_ids: Sequence[str]) -> None:
    """Undo the rest of the claims that were found to be suppressed, and are in the state of it already."""
    if delivery_ids:
        connection.execute(_CANCELLED, {"batch": batch_of(delivery_ids)})


def in_state(state: State) -> ColumnElement[bool]:
    """In such words that the partial index of the state is used."""
    alone = D.state == word(state)
    match state:
        case State.WAITING:
            return alone
        case State.CLAIMED | State.SUBMITTING:
            return and_(IN_FLIGHT, alone)
        case _:
            return and_(SETTLED, alone)


def not_before_due(time: ColumnElement[Any]) -> ColumnElement[Any]:
    """That time, or when the delivery is due if that is later."""
    return case((time > D.due_at, time), else_=D.due_at)


def held(rows: Select[Any]) -> CTE:
    """Rows locked one after the other in the order of their ids, so that no two transactions wait for each other.

    SQLite, where a writer is alone, has no such locks. Materialised: PostgreSQL may otherwise run it twice.
    """
    locked = rows.order_by(D.delivery_id).with_for_update(of=DELIVERIES)
    return locked.cte("held").prefix_with("MATERIALIZED")


def holding(rows: Select[Any]) -> Prepared:
    """The same as a statement of its own, for those that SQLite runs quicker without; see `hold`."""
    return Prepared(rows.order_by(D.delivery_id).with_for_update())


def hold(connection: Connection, rows: Prepared, parameters: Row) -> None:
    """Lock rows where there are such locks."""
    if connection.dialect.name == "postgresql":
        rows.rows(connection, parameters)


def move(rows: CTE, **values: Any) -> Update:  # noqa: ANN401 - any column's
    """Give held rows new values, now."""
    return update(DELIVERIES).where(D.delivery_id == rows.c.delivery_id).values({"changed_at": NOW, **values})


def move_where(whose: ColumnElement[bool], **values: Any) -> Update:  # noqa: ANN401 - any column's
    """Hold an edition's rows that fulfil a condition, and move them."""
    return move(held(select(D.delivery_id).where(ITS_EDITION, whose)), **values)


def run_move(connection: Connection, statement: Update, parameters: Row) -> int:
    """How many rows were moved; SQLite's driver does not count those of a statement that begins with `WITH`."""
    moved = connection.execute(statement, parameters).rowcount
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("SELECT changes()").scalar_one())
    return moved


def counted(*whose: ColumnElement[bool]) -> Select[int]:
    """How many of an edition's rows fulfil a condition."""
    return select(func.count()).select_from(DELIVERIES).where(ITS_EDITION, *whose)
