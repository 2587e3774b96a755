"""Events and suppressions: recorded, and acted on, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, and_, exists, literal_column, select, true, update

from campaigns.ground.event import Event, EventType
from campaigns.ports.entries import Recorded
from campaigns.store.batches import Batch, batch_of, storable
from campaigns.store.clauses import D
from campaigns.store.inserting import insert_new
from campaigns.store.parts import Part, pieces
from campaigns.store.prepared import Prepared
from campaigns.store.proving import settle_by_proof
from campaigns.store.scans import mark_scans
from campaigns.store.strays import keep, suppression, take_turn
from campaigns.store.tables import DELIVERIES, EVENTS, SUPPRESSIONS

_EVENTS_AT_ONCE = 500  # a transaction each, so that a long ingest never keeps a send waiting
_KEYS_AT_ONCE = 5_000

_OF_BATCH = D.delivery_id.in_(Batch().delivery_ids)
_HELD = (
    select(D.delivery_id, D.address_key, D.campaign, D.state, D.detail, D.changed_at)
    .where(_OF_BATCH)
    .order_by(D.delivery_id)
    .with_for_update()
)
_BOUNCED = update(DELIVERIES).where(_OF_BATCH).values(bounced=true())
_COMPLAINED = update(DELIVERIES).where(_OF_BATCH).values(complained=true())

_key = Batch().field(0, String())
_known = and_(SUPPRESSIONS.c.address_key == _key, SUPPRESSIONS.c.scope == literal_column("''"))
_UNKNOWN = Prepared(select(_key).where(~exists().where(_known)))


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
            take_turn(connection)
            ids = insert_new(connection, EVENTS, [asdict(event) for event in by_id.values()])
            new = [by_id[event_id] for (event_id,) in ids]
            known = {row.delivery_id: row for row in _hold(connection, new)}
            _mark_unwelcome(connection, new)
            mark_scans(connection, new, known)
            settle_by_proof(connection, known)
            suppressed = _suppress_addresses(connection, [event for event in new if event.suppresses], known)
        return Recorded(
            new=len(new),
            known=len(events) - len(new),
            unknown=sum(event.delivery_id not in known for event in new),
            suppressed=suppressed,
        )

    def suppress(self, address_keys: Iterable[tuple[str, str]], at: datetime) -> int:
        """Add `(address_key, reason)` suppressions from every campaign; how many were new."""
        return sum(self._suppress(piece, at) for piece in pieces(address_keys, _KEYS_AT_ONCE))

    def _suppress(self, address_keys: Sequence[tuple[str, str]], at: datetime) -> int:
        """Of a list that comes again and again most are known: looking them up is quick, and stops nobody."""
        with self._database.reading() as connection:
            rows = _UNKNOWN.rows(connection, {"batch": batch_of(key for key, _ in address_keys)})
        unknown = {key for (key,) in rows}
        if not unknown:
            return 0
        with self._database.writing() as connection:
            new = [suppression(key, reason, at) for key, reason in address_keys if key in unknown]
            return len(insert_new(connection, SUPPRESSIONS, new))

    def unsubscribe(self, delivery_id: str, at: datetime, *, everything: bool) -> bool:
        """A person's own wish, come through a link; whether the delivery is known. See the port."""
        event = Event(f"unsubscribed-{delivery_id}", delivery_id, EventType.UNSUBSCRIBED, at)
        with self._database.writing() as connection:
            take_turn(connection)
            insert_new(connection, EVENTS, [asdict(event)])
            row = next(iter(_hold(connection, [event])), None)
            if row is None:
                keep(connection, [(delivery_id, event.type, at, everything)])
                return False
            settle_by_proof(connection, [delivery_id])
            campaign = None if everything else row.campaign
            insert_new(connection, SUPPRESSIONS, [suppression(row.address_key, event.type, at, campaign)])
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


def _suppress_addresses(connection: Connection, events: Sequence[Event], known: Mapping[str, Any]) -> int:
    """How many were new. Of a delivery that is not known the event may tell the address; a wish is kept, too."""
    told = [(event, known.get(event.delivery_id)) for event in events]
    keep(connection, [(event.delivery_id, event.type, event.at, True) for event, row in told if row is None])
    keys = ((event, row.address_key if row else event.address_key) for event, row in told)
    new = [suppression(key, event.type, event.at) for event, key in keys if key]
    return len(insert_new(connection, SUPPRESSIONS, new))
