"""Simulated reactions and plays as JSON Lines: provider events in the neutral format, and app interactions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsource.sample.dice import derived, uniform
from recsource.sample.mailing import Mailing, Truth
from recsource.sample.tastes import Ints

TYPES = ("deferred", "delivered", "bounced", "opened", "clicked", "unsubscribed", "complained")
DEFERRED, DELIVERED, BOUNCED, OPENED, CLICKED, UNSUBSCRIBED, COMPLAINED = range(len(TYPES))
NO_ITEM = -1
REPEATED = 0.005  # of events


@dataclass(frozen=True, slots=True)
class Reactions:
    """Provider events as parallel arrays.

    Attributes:
        message: Index into the mailing.
        type: Index into `TYPES`.
        at: Seconds since 1970.
        machine: Whether software did it, not a person.
        item: Index into the truth's items, or `NO_ITEM`.
    """

    message: Ints
    type: Ints
    at: Ints
    machine: npt.NDArray[np.bool_]
    item: Ints

    @classmethod
    def of(
        cls, type_: int, message: Ints, at: Ints, *, machine: bool = False, item: Ints | None = None
    ) -> Reactions:
        """Events of one type."""
        size = len(message)
        items = np.full(size, NO_ITEM) if item is None else item
        return cls(message, np.full(size, type_), at, np.full(size, machine), items)


@dataclass(frozen=True, slots=True)
class Plays:
    """Simulated listening as parallel arrays: indices into the truth, and seconds since 1970."""

    person: Ints
    item: Ints
    starts: Ints
    ends: Ints
    finished: npt.NDArray[np.bool_]


def write_events(path: Path, parts: Iterable[Reactions], mailing: Mailing, truth: Truth) -> dict[str, int]:
    """Write events in order of time, then some of them again; return counts by type.

    An event's id is made from its message's key, its type, its item and whether a machine did it.
    """
    reactions = _merged(list(parts))
    kind = reactions.type * 2 + reactions.machine
    ids = derived(derived(mailing.keys[reactions.message], "event", kind), "item", reactions.item + 1)
    repeated = uniform(ids, "repeated") < REPEATED
    table = pa.table(
        {
            "id": ids,
            "delivery_id": mailing.delivery_ids.take(pa.array(reactions.message)),
            "type": pa.array(TYPES).take(pa.array(reactions.type)),
            "at": pa.array(reactions.at.astype("datetime64[s]")),
            "machine": reactions.machine,
            "item_id": truth.items["item_id"].take(pa.array(reactions.item, mask=reactions.item == NO_ITEM)),
            "repeated": repeated,
        }
    )
    _copy(_EVENTS, table, path)
    by_people = {name: int((reactions.type[~reactions.machine] == at).sum()) for at, name in enumerate(TYPES)}
    return {**by_people, "machine_opened": int(reactions.machine.sum()), "repeated": int(repeated.sum())}


def write_plays(path: Path, plays: Plays, truth: Truth) -> None:
    """Write a `listen` for each play and a `complete` for each that was finished, in order of time."""
    user_ids, item_ids = (
        truth.people["user_id"].take(pa.array(plays.person)),
        truth.items["item_id"].take(pa.array(plays.item)),
    )
    table = pa.table(
        {
            "user_id": user_ids,
            "item_id": item_ids,
            "starts": pa.array(plays.starts.astype("datetime64[s]")),
            "ends": pa.array(plays.ends.astype("datetime64[s]")),
            "finished": plays.finished,
        }
    )
    _copy(_INTERACTIONS, table, path)


_EVENTS = """
    SELECT format('simulated-{:016x}', id) AS provider_event_id, delivery_id, type,
        strftime("at", '%Y-%m-%dT%H:%M:%SZ') AS "at", machine, item_id
    FROM (SELECT *, false AS again FROM rows UNION ALL SELECT *, true AS again FROM rows WHERE repeated) AS twice
    ORDER BY again, twice."at", delivery_id, type, machine, item_id
"""
_INTERACTIONS = """
    SELECT user_id, item_id, event, strftime(moment, '%Y-%m-%dT%H:%M:%SZ') AS "at"
    FROM (
        SELECT user_id, item_id, 'listen' AS event, starts AS moment FROM rows
        UNION ALL
        SELECT user_id, item_id, 'complete', ends FROM rows WHERE finished
    )
    ORDER BY moment, user_id, item_id, event
"""


def _copy(query: str, rows: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as engine:
        engine.register("rows", rows)
        quoted = str(path).replace("'", "''")
        engine.execute(f"COPY ({query}) TO '{quoted}' (FORMAT JSON)")


def _merged(parts: list[Reactions]) -> Reactions:
    return Reactions(
        message=np.concatenate([part.message for part in parts]),
        type=np.concatenate([part.type for part in parts]),
        at=np.concatenate([part.at for part in parts]),
        machine=np.concatenate([part.machine for part in parts]),
        item=np.concatenate([part.item for part in parts]),
    )
