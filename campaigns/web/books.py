"""The ledger, as the service reaches it: in threads, so that a slow ledger keeps nobody else waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from anyio import CapacityLimiter, move_on_after, sleep, to_thread

from campaigns.ground.edition import Edition
from campaigns.ground.errors import LedgerError
from campaigns.ground.event import Event
from campaigns.http.journal import Journal
from campaigns.ports.ledger import Ledger
from campaigns.web.measures import Measures

T = TypeVar("T")

_NO_EDITION = Edition("health", 1970, 1)
_PATIENCE_S = 5.0
_MOST_WAITING = 256
"""Loads of events; further ones would only hold connections that unsubscribes need."""


class Books:
    """A ledger with threads of its own: unsubscribes never wait behind events.

    Args:
        pauses: seconds between attempts to unsubscribe somebody.
    """

    def __init__(self, ledger: Ledger, measures: Measures, journal: Journal, pauses: Sequence[float]) -> None:
        self._ledger = ledger
        self._measures = measures
        self._journal = journal
        self._pauses = pauses
        self._wishes = CapacityLimiter(8)
        self._events = CapacityLimiter(16)
        self._checks = CapacityLimiter(1)

    async def unsubscribe(self, delivery_id: str, at: datetime, *, everything: bool) -> bool:
        """Unsubscribe the person who got that delivery. Whether the ledger knows it; if not, it keeps the wish.

        Mail clients do not try again, so this does. What is lost all the same stands in the journal as a line
        that `winddown ingest` reads; so does the wish of somebody whom another ledger may know.

        Raises:
            LedgerError: the ledger could not be written, again and again.
        """
        for pause in (*self._pauses, None):
            try:
                known = await self._in_thread(
                    lambda: self._ledger.unsubscribe(delivery_id, at, everything=everything), self._wishes
                )
            except LedgerError:
                if pause is None:
                    self._measures.unsubscribed("lost")
                    self._tell("error", "unsubscribe lost", delivery_id, at)
                    raise
                await sleep(pause)
            else:
                self._measures.unsubscribed("taken" if known else "unknown")
                if not known:
                    self._tell("warning", "unsubscribe of an unknown delivery is kept", delivery_id, at)
                return known
        raise AssertionError  # the last round returns or raises

    async def record(self, read: Callable[[], Sequence[Event]]) -> None:
        """Record events.

        Args:
            read: gives them, in the same thread; whatever it raises comes out.

        Raises:
            LedgerError: the ledger could not be written, or is so slow that too many wait for it.
        """
        if self._events.statistics().tasks_waiting >= _MOST_WAITING:
            raise LedgerError("too many events wait for the ledger")
        await self._in_thread(lambda: self._record(read()), self._events)

    async def reachable(self) -> bool:
        """Whether the ledger answers, and soon."""
        with move_on_after(_PATIENCE_S):
            try:
                await self._in_thread(lambda: self._ledger.plan_hash(_NO_EDITION), self._checks, abandon=True)
            except LedgerError:
                return False
            return True
        return False

    def _record(self, events: Sequence[Event]) -> None:
        try:
            became = self._ledger.record(events)
        except LedgerError:
            self._measures.recorded(events, None)
            raise
        self._measures.recorded(events, became)

    def _tell(self, level: str, sentence: str, delivery_id: str, at: datetime) -> None:
        self._journal({"level": level, "message": sentence, "to_ingest": _wish(delivery_id, at)})

    async def _in_thread(self, do: Callable[[], T], limiter: CapacityLimiter, *, abandon: bool = False) -> T:
        return await to_thread.run_sync(do, limiter=limiter, abandon_on_cancel=abandon)


def _wish(delivery_id: str, at: datetime) -> dict[str, str]:
    return {
        "provider_event_id": f"unsubscribed-{delivery_id}",
        "delivery_id": delivery_id,
        "type": "unsubscribed",
        "at": at.isoformat(),
    }
