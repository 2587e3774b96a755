"""Guarding an edition: whether it is halted, where its canary stands, and how its deliveries fare."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, Update, bindparam, func, null, or_, select, update

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.errors import LedgerError
from campaigns.ports.entries import UNRENDERED, Responses, Standing
from campaigns.store.clauses import D, counted, in_state, of_edition
from campaigns.store.parts import Part, whose
from campaigns.store.tables import EDITIONS, UNWELCOME, UtcTime

_E = EDITIONS.c
_ITS = of_edition(EDITIONS)
_AT = bindparam("then", type_=UtcTime())

_STANDING = select(_E.halted_at, _E.halted_because, _E.resumed_at, _E.canary_ended_at).where(_ITS)

_HALT = (
    update(EDITIONS)
    .where(_ITS, _E.halted_at.is_(None))
    .values(halted_at=_AT, halted_because=bindparam("because", type_=String))
)
_RESUME = (
    update(EDITIONS)
    .where(_ITS, _E.halted_at.is_not(None))
    .values(halted_at=null(), halted_because="", resumed_at=_AT)
)
_END_CANARY = (
    update(EDITIONS)
    .where(_ITS)
    .values(canary_ended_at=func.coalesce(_E.canary_ended_at, _AT))
    .returning(_E.canary_ended_at)
)

_DAY = bindparam("of_day", type_=Date)
_END_DAY = update(EDITIONS).where(_ITS, or_(_E.day_ended.is_(None), _E.day_ended < _DAY)).values(day_ended=_DAY)

_END_SENDING = update(EDITIONS).where(_ITS, _E.sent_at.is_(None)).values(sent_at=_AT)


def _responses(*claimed: ColumnElement[bool]) -> Select[Any]:
    rejected = in_state(State.REJECTED)
    unrendered = func.substr(D.detail, 1, len(UNRENDERED)) == UNRENDERED
    fared = (
        counted(in_state(State.ACCEPTED), *claimed),
        counted(rejected, *claimed),
        counted(rejected, unrendered, *claimed),
        counted(UNWELCOME, D.bounced, *claimed),
        counted(UNWELCOME, D.complained, *claimed),
    )
    return select(*(count.scalar_subquery() for count in fared))


_RESPONSES = _responses(D.claimed_at.is_not(None))
_RESPONSES_SINCE = _responses(D.claimed_at >= bindparam("since", type_=UtcTime()))


class Guarding(Part):
    """What guards ask and do."""

    def standing(self, edition: Edition) -> Standing:
        """Where the edition's sending stands."""
        with self._database.reading() as connection:
            row = connection.execute(_STANDING, whose(edition)).first()
        return Standing(*row) if row else Standing()

    def halt(self, edition: Edition, because: str, at: datetime) -> bool:
        """Let nothing more be claimed. Whether it was not halted already; the first reason stays."""
        return self._changed(_HALT, edition, then=at, because=because)

    def resume(self, edition: Edition, at: datetime) -> bool:
        """Let it go on. Whether it was halted."""
        return self._changed(_RESUME, edition, then=at)

    def end_canary(self, edition: Edition, at: datetime) -> datetime:
        """Note that the first wave is over, once; when it was."""
        with self._database.writing() as connection:
            ended: datetime | None = connection.scalar(_END_CANARY, {**whose(edition), "then": at})
        if ended is None:
            raise self._never_enrolled(edition)
        return ended

    def end_day(self, edition: Edition, day: date) -> bool:
        """Note that a day has no room for more. Whether nobody had noted it yet."""
        return self._changed(_END_DAY, edition, of_day=day)

    def end_sending(self, edition: Edition, at: datetime) -> bool:
        """Note that nothing of it waits any more. Whether nobody had noted it yet."""
        return self._changed(_END_SENDING, edition, then=at)

    def responses(self, edition: Edition, since: datetime | None = None) -> Responses:
        """How deliveries claimed since then (None: ever) fared."""
        with self._database.reading() as connection:
            if since is None:
                return Responses(*connection.execute(_RESPONSES, whose(edition)).one())
            return Responses(*connection.execute(_RESPONSES_SINCE, {**whose(edition), "since": since}).one())

    def _changed(self, statement: Update, edition: Edition, **values: Any) -> bool:  # noqa: ANN401 - any column's
        with self._database.writing() as connection:
            if connection.execute(statement, {**whose(edition), **values}).rowcount:
                return True
            if connection.execute(_STANDING, whose(edition)).first() is None:
                raise self._never_enrolled(edition)
        return False

    def _never_enrolled(self, edition: Edition) -> LedgerError:
        return LedgerError(f"ledger {self._database.name} does not know {edition}: plan it first")
