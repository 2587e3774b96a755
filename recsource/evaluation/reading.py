"""Lists out of a batch's files: the same for every source that writes Personalize's format."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from recsource.batch import Batch
from recsource.engine import Engine, Queries
from recsource.evaluation.held_out import NOTHING, HeldOut, Ints

_SQL = Queries("recsource")
_NUMBERED = {"id": "VARCHAR", "no": "INTEGER"}


def read_lists(
    engine: Engine, batch: Batch, held_out: HeldOut, heard: Iterable[tuple[str, str]], places: int
) -> Ints:
    """The first places of the held-out users' lists, of the held-out items alone.

    Args:
        engine: reads.
        batch: `.out` files; lines of errors give no list.
        held_out: which users and items count; what else a list has is passed over.
        heard: user and item of what was played before the lists were made; that is passed over too.
        places: how many.

    Returns:
        Users by places; `NOTHING` where a list has ended, or somebody has none.
    """
    engine.load("held_out_user", _NUMBERED, ((name, number) for number, name in enumerate(held_out.user_ids)))
    engine.load("held_out_item", _NUMBERED, ((name, number) for number, name in enumerate(held_out.item_ids)))
    engine.load("heard_before", {"user_id": "VARCHAR", "item_id": "VARCHAR"}, heard)
    found = engine.arrays(_SQL("evaluation/lists", reader=batch.reader(engine), places=places))
    lists = np.full((len(held_out.user_ids), places), NOTHING, dtype=np.int64)
    lists[found["user_no"].astype(np.int64), found["place"].astype(np.int64)] = found["item_no"]
    return lists
