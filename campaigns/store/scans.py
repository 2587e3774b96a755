"""Scans: opens and clicks that the whole of a delivery's history shows to be a machine's, marked as such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, String, select, true, update

from campaigns.ground.event import Event
from campaigns.ground.scanning import JUDGED_BY, find_scans
from campaigns.store.batches import Batch, as_batch, batch_of
from campaigns.store.tables import EVENT_COLUMNS, EVENTS
from campaigns.store.transitions import handed_over_at

_HISTORIES = select(*EVENT_COLUMNS).where(
    EVENTS.c.delivery_id.in_(Batch().delivery_ids), EVENTS.c.type.in_(sorted(JUDGED_BY))
)
_found = Batch()
_MARK = (
    update(EVENTS)
    .where(EVENTS.c.provider_event_id == _found.field(0, String()))
    .values(machine=true(), machine_rule=_found.field(1, String()))
)


def mark_scans(connection: Connection, new: Iterable[Event], known: Mapping[str, Any]) -> None:
    """Look again at all opens and clicks of the deliveries of which more is known now.

    Args:
        connection: in the transaction that has recorded the new events, and holds their deliveries.
        new: what was recorded.
        known: the rows of those deliveries that the ledger knows.
    """
    told_of = {event.delivery_id for event in new if event.type in JUDGED_BY}
    if not told_of:
        return
    scans: dict[str, str] = {}
    for delivery_id, history in _histories(connection, told_of).items():
        row = known.get(delivery_id)
        scans |= find_scans(history, row and handed_over_at(row.state, row.detail, row.changed_at))
    if scans:
        connection.execute(_MARK, {"batch": as_batch(sorted(scans.items()))})


def _histories(connection: Connection, delivery_ids: Iterable[str]) -> Mapping[str, list[Event]]:
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for row in connection.execute(_HISTORIES, {"batch": batch_of(delivery_ids)}):
        found[row.delivery_id].append(Event(*row))
    return found
