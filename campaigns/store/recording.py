"""Events and suppressions: recorded, and acted on, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, true, update

from campaigns.ground.event import Event, EventType
from campaigns.ports.entries import Recorded
from campaigns.store.batches import Batch, batch_of, storable
from campaigns.store.clauses import D
from campaigns.store.inserting import insert_new
from campaigns.store.parts import Part, pieces
from campaigns.store.proving import settle_by_proof
from campaigns.store.tables import DELIVERIES, EVENTS, SUPPRESSIONS

_EVENTS_AT_ONCE = 500  # a transaction each, so that a long ingest never keeps a send waiting
_KEYS_AT_ONCE = 5_000
_EVERYWHERE = ""

_OF_BATCH = D.delivery_id.in_(Batch().delivery_ids)
_HELD = select(D.delivery_id, D.address_key, D.campaign).where(_OF_BATCH).order_by(D.delivery_id).with_for_update()
_BOUNCED = update(DELIVERIES).where(_OF_BATCH).values(bounced=true())
_COMPLAINED = update(DELIVERIES).where(_OF_BATCH).values(complained=true())


class Recording(Part):
    """What comes back from providers and people."""

    def record(self, events: Iterable[Event]) -> Recorded:
        """Add events, each once, and act on what they say; see the port."""
        recorded = [self._record(piece) for piece in pieces(events, _EVENTS_AT_ONCE)]
        return Recorded(
            new=sum(piece.new for piece in recorded),
            known=sum(piece.known for piece in recorded),
            unknown=sum(piece.unknown for piece in recorded),
            suppressed=sum(piece.suppressed for piece in recorded),
        )

    def _record(self, events: Sequence[Event]) -> Recorded:
        by_id = {event.provider_event_id: event for event in map(_storable, reversed(events))}
        with self._database.writing() as connection:
            ids = insert_new(connection, EVENTS, [asdict(event) for event in by_id.values()])
            new = [by_id[event_id] for (event_id,) in ids]
            known = {row.delivery_id: row.address_key for row in _hold(connection, new)}
            _mark_unwelcome(connection, new)
            settle_by_proof(connection, known)
            suppressed = insert_new(
                connection,
                SUPPRESSIONS,
                [
                    _suppression(key, event.type, event.at)
                    for event in new
                    if event.suppresses and (key := known.get(event.delivery_id, event.address_key))
                ],
            )
        return Recorded(
            new=len(new),
            known=len(events) - len(new),
            unknown=sum(event.delivery_id not in known for event in new),
            suppressed=len(suppressed),
        )

    def suppress(self, address_keys: Iterable[tuple[str, str]], at: datetime) -> int:
        """Add `(address_key, reason)` suppressions from every campaign; how many were new."""
        new = 0
        for piece in pieces(address_keys, _KEYS_AT_ONCE):
            with self._database.writing() as connection:
                rows = [_suppression(key, reason, at) for key, reason in piece]
                new += len(insert_new(connection, SUPPRESSIONS, rows))
        return new

    def unsubscribe(self, delivery_id: str, at: datetime, *, everything: bool) -> bool:
        """A person's own wish, come through a link; whether the delivery is known. See the port."""
        event = Event(f"unsubscribed-{delivery_id}", delivery_id, EventType.UNSUBSCRIBED, at)
        with self._database.writing() as connection:
            row = next(iter(_hold(connection, [event])), None)
            if row is None:
                return False
            insert_new(connection, EVENTS, [asdict(event)])
            settle_by_proof(connection, [delivery_id])
            scope = _EVERYWHERE if everything else row.campaign
            insert_new(connection, SUPPRESSIONS, [_suppression(row.address_key, event.type, at, scope)])
        return True


def _storable(event: Event) -> Event:
    """One odd event must not keep the others of its transaction out."""
    return replace(
        event,
        provider_event_id=storable(event.provider_event_id),
        delivery_id=storable(event.delivery_id),
        item_id=event.item_id and storable(event.item_id),
    )


def _hold(connection: Connection, events: Sequence[Event]) -> Sequence[Any]:
    """The deliveries that are told of, as far as they are known, so that nobody settles them meanwhile."""
    return connection.execute(_HELD, {"batch": batch_of({event.delivery_id for event in events})}).all()


def _mark_unwelcome(connection: Connection, events: Sequence[Event]) -> None:
    bounced = {event.delivery_id for event in events if event.type is EventType.BOUNCED and not event.transient}
    complained = {event.delivery_id for event in events if event.type is EventType.COMPLAINED}
    for statement, delivery_ids in ((_BOUNCED, bounced), (_COMPLAINED, complained)):
        if delivery_ids:
            connection.execute(statement, {"batch": batch_of(delivery_ids)})


def _suppression(key: str, reason: str, at: datetime, scope: str = _EVERYWHERE) -> dict[str, Any]:
    return {"address_key": key, "scope": scope, "reason": reason, "at": at}
