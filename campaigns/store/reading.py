"""Reading the ledger: counts, and streams of deliveries, events and suppressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Executable,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event
from campaigns.ground.shard import KEYS
from campaigns.ports.entries import Delivery, Holding
from campaigns.store.clauses import ITS_EDITION, D, in_state, of_edition
from campaigns.store.parts import Part, Row, whose
from campaigns.store.tables import (
    EDITIONS,
    EVENT_COLUMNS,
    EVENTS,
    FRESH,
    IN_FLIGHT,
    SETTLED,
    SUPPRESSIONS,
    TRIED,
    UtcTime,
    word,
)
from campaigns.store.transitions import tally_of

_ROWS_AT_ONCE = 5_000

_PLANNED = select(EDITIONS.c.planned).where(of_edition(EDITIONS))
_COUNTS = union_all(
    select(word(State.WAITING), func.count()).where(ITS_EDITION, FRESH),
    select(word(State.WAITING), func.count()).where(ITS_EDITION, TRIED),
    *(
        select(D.state, func.count()).where(ITS_EDITION, states).group_by(D.state)
        for states in (IN_FLIGHT, SETTLED)
    ),
)

_shard = (cast(D.shard_key, BigInteger) * bindparam("shards", type_=BigInteger)).op("/")(literal_column(str(KEYS)))
_SHARD_COUNTS = select(_shard, D.state, func.count()).where(ITS_EDITION).group_by(_shard, D.state)

_HOLDINGS = (
    select(
        D.owner,
        func.sum(case((in_state(State.CLAIMED), 1), else_=0)),
        func.sum(case((in_state(State.SUBMITTING), 1), else_=0)),
        func.min(D.claimed_at),
        func.min(D.lease_until),
    )
    .where(ITS_EDITION, IN_FLIGHT)
    .group_by(D.owner)
    .order_by(D.owner)
)

_DELIVERIES = select(
    D.delivery_id,
    D.user_id,
    D.state,
    D.attempts,
    D.provider_id,
    D.status,
    D.detail,
    D.due_at,
    D.retry_at,
    D.changed_at,
    D.owner,
).where(ITS_EDITION)


def _of_state(state: State) -> Select[Any]:
    """Sorted at last: by the positions' index, SQLite would look through the whole edition for a few."""
    return _DELIVERIES.where(in_state(state)).order_by(D.position + literal_column("0"))


_OF_CAMPAIGN = bindparam("of_campaign", type_=String)
_RECENT = union_all(
    *(
        select(D.edition, D.user_id, D.claimed_at).where(
            D.campaign == _OF_CAMPAIGN,
            D.edition.in_(select(EDITIONS.c.edition).where(EDITIONS.c.campaign == _OF_CAMPAIGN)),
            in_state(state),
            D.claimed_at >= bindparam("since", type_=UtcTime()),
        )
        for state in (State.SUBMITTING, State.ACCEPTED, State.UNCERTAIN)
    )
)

_SUPPRESSED = (
    select(SUPPRESSIONS.c.address_key)
    .where(or_(SUPPRESSIONS.c.scope == literal_column("''"), SUPPRESSIONS.c.scope == _OF_CAMPAIGN))
    .distinct()
)

_EVENTS = (
    select(*EVENT_COLUMNS)
    .join(D.delivery_id.table, D.delivery_id == EVENTS.c.delivery_id)
    .where(ITS_EDITION)
    .order_by(EVENTS.c.at, EVENTS.c.provider_event_id)
)


_NOW = select(func.current_timestamp(type_=UtcTime()))


class Reading(Part):
    """What reports and people look at."""

    def now(self) -> datetime:
        """By the server's clock, or this machine's where the ledger is a file; to the second on SQLite."""
        with self._database.reading() as connection:
            return connection.execute(_NOW).scalar_one()

    def tally(self, edition: Edition) -> Tally:
        """The counts, in one consistent read; `planned` is what was enrolled, and not their sum."""
        with self._database.reading() as connection:
            planned = connection.scalar(_PLANNED, whose(edition)) or 0
            counts: Counter[State] = Counter()
            for state, count in connection.execute(_COUNTS, whose(edition)):
                counts[state] += count
        return tally_of(planned, counts)

    def tallies(self, edition: Edition, shards: int) -> Sequence[Tally]:
        """The counts of each of so many shards, by reading all of the edition once."""
        counts: list[Counter[State]] = [Counter() for _ in range(shards)]
        with self._database.reading() as connection:
            for shard, state, count in connection.execute(_SHARD_COUNTS, {**whose(edition), "shards": shards}):
                counts[shard][state] = count
        return [tally_of(each.total(), each) for each in counts]

    def holdings(self, edition: Edition) -> Sequence[Holding]:
        """What each worker has in hand, by owner."""
        with self._database.reading() as connection:
            return [Holding(*row) for row in connection.execute(_HOLDINGS, whose(edition))]

    def deliveries(self, edition: Edition, state: State | None = None) -> Iterator[Delivery]:
        """The edition's deliveries, all or those in a state, in plan order."""
        statement = _DELIVERIES.order_by(D.position) if state is None else _of_state(state)
        return (Delivery(*row) for row in self._stream(statement, whose(edition)))

    def recent_deliveries(self, campaign: str, since: datetime) -> Iterator[tuple[str, str, datetime]]:
        """`(edition name, user_id, time of claiming)` of what was, or may have been, sent since then."""
        return self._stream(_RECENT, {"of_campaign": campaign, "since": since})

    def suppressed(self, campaign: str) -> Iterator[str]:
        """Every address key that the campaign must not write to."""
        return (key for (key,) in self._stream(_SUPPRESSED, {"of_campaign": campaign}))

    def events(self, edition: Edition) -> Iterator[Event]:
        """Every event of the edition's deliveries, by time."""
        return (Event(*row) for row in self._stream(_EVENTS, whose(edition)))

    def _stream(self, statement: Executable, parameters: Row) -> Iterator[Any]:
        with self._database.reading() as connection:
            yield from connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(statement, parameters)
