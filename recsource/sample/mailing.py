"""A frozen plan as the simulation sees it: who was sent which items, with indices into the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsource.errors import InputError
from recsource.sample import dice, tastes
from recsource.sample.dice import Keys
from recsource.sample.tastes import UNIT, Floats, Ints


@dataclass(frozen=True, slots=True)
class Truth:
    """What a sample world knows about its people and items; tables are in the order of the arrays."""

    people: pa.Table
    items: pa.Table
    person_factors: Ints
    item_factors: Ints

    def person(self, column: str) -> npt.NDArray[Any]:
        """One column of the people, as an array."""
        return np.asarray(self.people[column])

    def item(self, column: str) -> npt.NDArray[Any]:
        """One column of the items, as an array."""
        return np.asarray(self.items[column])


@dataclass(frozen=True, slots=True)
class Mailing:
    """The messages of a plan, in the order of their delivery ids.

    Attributes:
        delivery_ids: One a message.
        keys: What a message's chances are drawn from.
        person: Index into the truth's people.
        sent: Seconds since 1970.
        slots: Everything shown in all messages.
    """

    delivery_ids: pa.Array
    keys: Keys
    person: Ints
    sent: Ints
    slots: Shown


@dataclass(frozen=True, slots=True)
class Shown:
    """One row a slot of a message; a collection stands for its first member.

    Attributes:
        message: Index into the mailing.
        slot: From 1.
        item: Index into the truth's items.
    """

    message: Ints
    slot: Ints
    item: Ints


def read_truth(folder: Path) -> Truth:
    """The truth of the sample in a folder."""
    people = _read(folder / "truth" / "users.parquet", None)
    items = _read(folder / "truth" / "items.parquet", None)
    return Truth(people, items, _factors(people), _factors(items))


def read_mailing(plan: Path, truth: Truth, seed: int) -> Mailing:
    """A plan's messages, and what each of them shows."""
    table = _read(plan, ["delivery_id", "user_id", "send_at", "slots"]).sort_by("delivery_id").combine_chunks()
    delivery_ids = _text(table["delivery_id"])
    return Mailing(
        delivery_ids=delivery_ids,
        keys=dice.keys(seed, delivery_ids.to_pylist()),
        person=_places(_text(table["user_id"]), truth.people["user_id"], f"{plan} sends to user"),
        sent=_seconds(table["send_at"]),
        slots=_shown(_whole(table["slots"]), truth, plan),
    )


def _shown(slots: pa.Array, truth: Truth, plan: Path) -> Shown:
    shown = pc.list_flatten(slots)
    item_id, collection_id = (
        pc.cast(pc.struct_field(shown, name), pa.string()) for name in ("item_id", "collection_id")
    )
    first_members = truth.items.filter(pc.is_valid(truth.items["collection_id"]))
    of_collection = pc.index_in(collection_id, _whole(first_members["collection_id"]))
    members = pc.take(_whole(first_members["item_id"]), of_collection)
    chosen = pc.coalesce(item_id, members, collection_id)
    return Shown(
        message=pc.list_parent_indices(slots).to_numpy().astype(np.int64),
        slot=pc.struct_field(shown, "slot").to_numpy().astype(np.int64),
        item=_places(chosen, truth.items["item_id"], f"{plan} shows item or collection"),
    )


def _places(wanted: pa.Array, known: pa.ChunkedArray, what: str) -> Ints:
    """Where each wanted id stands among the known ones."""
    places = pc.index_in(wanted, _whole(known))
    if places.null_count:
        unknown = wanted.filter(pc.is_null(places))
        raise InputError(
            f"{what} {unknown[0].as_py()!r} ({len(unknown)} such rows in all), which this sample world does not "
            "have: simulate responses only for plans made from the same sample."
        )
    return np.asarray(places.to_numpy(), dtype=np.int64)


def _factors(table: pa.Table) -> Ints:
    flat: Floats = _whole(table["factors"]).flatten().to_numpy()
    return np.rint(flat * UNIT).astype(np.int64).reshape(-1, len(tastes.DIMENSIONS))


def _seconds(times: pa.ChunkedArray) -> Ints:
    return np.asarray(times.to_numpy().astype("datetime64[s]"), dtype=np.int64)


def _text(column: pa.ChunkedArray) -> pa.Array:
    return pc.cast(_whole(column), pa.string())


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _read(path: Path, columns: list[str] | None) -> pa.Table:
    try:
        return pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} cannot be read as Parquet: {error}.") from error
