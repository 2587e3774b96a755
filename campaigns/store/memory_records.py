"""What the ledger in memory holds: rows, events and suppressions; to be read, and added to by what comes back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, TypeVar

from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import LedgerError
from campaigns.ground.event import Event, EventType
from campaigns.ground.pace import Pace
from campaigns.ground.scanning import JUDGED_BY, find_scans
from campaigns.ground.shard import Shard
from campaigns.ports.entries import Delivery, Holding, Recorded, Standing
from campaigns.store.memory_row import Row, held_by, proved
from campaigns.store.transitions import handed_over_at, tally_of

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound="MemoryRecords")

_EVERYWHERE = ""
_LEFT = frozenset({State.SUBMITTING, State.ACCEPTED, State.UNCERTAIN})


def alone(method: Callable[Concatenate[M, P], T]) -> Callable[Concatenate[M, P], T]:
    """One thread at a time: a method is a transaction."""

    @wraps(method)
    def locked(self: M, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **kwargs)

    return locked


class MemoryRecords:
    """Half of `memory.MemoryLedger`."""

    def __init__(self) -> None:
        self.lock = RLock()
        self._plans: dict[Edition, str] = {}
        self._standings: dict[Edition, Standing] = {}
        self._days_ended: dict[Edition, date] = {}
        self._sent: set[Edition] = set()
        self._rows: dict[str, Row] = {}
        self._suppressions: set[tuple[str, str]] = set()
        self._stray_wishes: set[tuple[str, bool]] = set()
        self._events: set[str] = set()
        self._told: defaultdict[str, list[Event]] = defaultdict(list)
        self._paces: dict[str, Pace] = {}

    # reading

    @alone
    def tally(self, edition: Edition) -> Tally:
        """The counts."""
        counts = Counter(row.state for row in self._of(edition))
        return tally_of(counts.total(), counts)

    @alone
    def tallies(self, edition: Edition, shards: int) -> Sequence[Tally]:
        """The counts of each of so many shards."""
        parts = [Shard(number + 1, shards) for number in range(shards)]
        rows = self._of(edition)
        counts = [Counter(row.state for row in rows if part.has(row.delivery_id)) for part in parts]
        return [tally_of(each.total(), each) for each in counts]

    @alone
    def holdings(self, edition: Edition) -> Sequence[Holding]:
        """What each worker has in hand, by owner."""
        rows = self._of(edition, State.CLAIMED, State.SUBMITTING)
        owners = sorted({row.owner for row in rows if row.owner})
        return [held_by(owner, [row for row in rows if row.owner == owner]) for owner in owners]

    @alone
    def deliveries(self, edition: Edition, state: State | None = None) -> Iterator[Delivery]:
        """The edition's deliveries, all or those in a state, in plan order."""
        return iter([row.delivery for row in self._of(edition, *([state] if state else []))])

    @alone
    def recent_deliveries(self, campaign: str, since: datetime) -> Iterator[tuple[str, str, datetime]]:
        """`(edition name, user_id, time of claiming)` of what was, or may have been, sent since then."""
        return iter(
            [
                (row.edition.name, row.enrolment.user_id, row.claimed_at)
                for row in self._rows.values()
                if row.edition.campaign == campaign and row.state in _LEFT
                if row.claimed_at and row.claimed_at >= since
            ]
        )

    @alone
    def events(self, edition: Edition) -> Iterator[Event]:
        """Every event of the edition's deliveries, by time."""
        told = [event for row in self._of(edition) for event in self._told[row.delivery_id]]
        return iter(sorted(told, key=lambda event: (event.at, event.provider_event_id)))

    @alone
    def suppressed(self, campaign: str) -> Iterator[str]:
        """Every address key that the campaign must not write to."""
        return iter({key for key, scope in self._suppressions if scope in {_EVERYWHERE, campaign}})

    # suppressions and events

    @alone
    def suppress(self, address_keys: Iterable[tuple[str, str]], at: datetime) -> int:
        """Add `(address_key, reason)` suppressions from every campaign; how many were new."""
        del at
        return self._suppress(key for key, _ in address_keys)

    def _suppress(self, address_keys: Iterable[str]) -> int:
        before = len(self._suppressions)
        self._suppressions |= {(key, _EVERYWHERE) for key in address_keys}
        return len(self._suppressions) - before

    @alone
    def unsubscribe(self, delivery_id: str, at: datetime, *, everything: bool) -> bool:
        """A person's own wish, come through a link; whether the delivery is known. See the port."""
        self._add(Event(f"unsubscribed-{delivery_id}", delivery_id, EventType.UNSUBSCRIBED, at))
        row = self._rows.get(delivery_id)
        if row is None:
            self._stray_wishes.add((delivery_id, everything))
            return False
        self._settle_by_proof([delivery_id])
        scope = _EVERYWHERE if everything else row.edition.campaign
        self._suppressions.add((row.enrolment.address_key, scope))
        return True

    def _heed_strays(self) -> None:
        """Do as was wished of deliveries that were not known then, and are now."""
        for delivery_id, everything in self._stray_wishes:
            if row := self._rows.get(delivery_id):
                scope = _EVERYWHERE if everything else row.edition.campaign
                self._suppressions.add((row.enrolment.address_key, scope))

    @alone
    def record(self, events: Iterable[Event]) -> Recorded:
        """Add events, each once, and act on what they say."""
        told = list(events)
        new = [event for event in told if self._add(event)]
        known = [event for event in new if event.delivery_id in self._rows]
        for event in known:
            self._mark_unwelcome(event)
        for delivery_id in {event.delivery_id for event in new if event.type in JUDGED_BY}:
            self._mark_scans(delivery_id)
        self._settle_by_proof(event.delivery_id for event in known)
        strays = [event.delivery_id for event in new if event.suppresses and event.delivery_id not in self._rows]
        self._stray_wishes |= {(delivery_id, True) for delivery_id in strays}
        keys = [self._address_key(event) for event in new if event.suppresses]
        return Recorded(
            new=len(new),
            known=len(told) - len(new),
            unknown=len(new) - len(known),
            suppressed=self._suppress(key for key in keys if key),
        )

    def _add(self, event: Event) -> bool:
        """Whether it was new."""
        if event.provider_event_id in self._events:
            return False
        self._events.add(event.provider_event_id)
        self._told[event.delivery_id].append(event)
        return True

    def _mark_unwelcome(self, event: Event) -> None:
        row = self._rows[event.delivery_id]
        if event.type is EventType.BOUNCED and not event.transient:
            self._keep(replace(row, bounced=True))
        if event.type is EventType.COMPLAINED:
            self._keep(replace(row, complained=True))

    def _mark_scans(self, delivery_id: str) -> None:
        """Look anew at all opens and clicks of a delivery that more is known of; see `ground.scanning`."""
        row, told = self._rows.get(delivery_id), self._told[delivery_id]
        scans = find_scans(told, handed_over_at(row.state, row.detail, row.changed_at) if row else None)
        self._told[delivery_id] = [
            replace(event, machine=True, machine_rule=scans[event.provider_event_id])
            if event.provider_event_id in scans
            else event
            for event in told
        ]

    def _address_key(self, event: Event) -> str | None:
        row = self._rows.get(event.delivery_id)
        return row.enrolment.address_key if row else event.address_key

    def _settle_by_proof(self, delivery_ids: Iterable[str]) -> None:
        for delivery_id in set(delivery_ids):
            self._keep(proved(self._rows[delivery_id], self._told[delivery_id]))

    # rows

    def _of(self, edition: Edition, *states: State, owner: str | None = None) -> list[Row]:
        """The edition's rows in plan order, all or those in these states and of that owner."""
        rows = [
            row
            for row in self._rows.values()
            if row.edition == edition and (not states or row.state in states)
            if owner is None or row.owner == owner
        ]
        return sorted(rows, key=lambda row: row.enrolment.position)

    def _keep(self, *rows: Row) -> int:
        """How many they were."""
        self._rows |= {row.delivery_id: row for row in rows}
        return len(rows)

    def _is_suppressed(self, row: Row) -> bool:
        key = row.enrolment.address_key
        return not self._suppressions.isdisjoint({(key, _EVERYWHERE), (key, row.edition.campaign)})

    def _known(self, edition: Edition) -> Standing:
        """Where the edition stands.

        Raises:
            LedgerError: it was never enrolled.
        """
        if edition not in self._standings:
            raise LedgerError(f"ledger in memory does not know {edition}: plan it first")
        return self._standings[edition]
