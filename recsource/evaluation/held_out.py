"""What people did after the lists were made, and which items the lists are judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
NOTHING = -1
"""What stands in a list's places after its end."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """People, each with at least one held-out item, and the items that could have been recommended to them.

    Attributes:
        user_ids, item_ids: sorted; a place is an index.
        keys: each held-out pair as user * items + item, sorted.
        relevant: how many held-out items each user has.
    """

    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    keys: Ints
    relevant: Ints

    def hits(self, lists: Ints) -> Flags:
        """Users by places: whether an item in a list is held out of that user's past."""
        keys = np.arange(len(lists))[:, None] * len(self.item_ids) + lists
        found: Flags = np.isin(keys, self.keys) & (lists != NOTHING)
        return found


def hold_out(pairs: Sequence[tuple[str, str]], item_ids: Sequence[str]) -> HeldOut:
    """What to judge by.

    Args:
        pairs: user and item of each held-out play; repeats count once, and those of other items not at all.
        item_ids: the candidates: all of the catalogue, or its new items.
    """
    candidates = tuple(sorted(set(item_ids)))
    place = {item_id: index for index, item_id in enumerate(candidates)}
    known = sorted({(user_id, place[item_id]) for user_id, item_id in pairs if item_id in place})
    users = tuple(dict.fromkeys(user_id for user_id, _ in known))
    index = {user_id: number for number, user_id in enumerate(users)}
    who = np.array([index[user_id] for user_id, _ in known], dtype=np.int64)
    what = np.array([item for _, item in known], dtype=np.int64)
    return HeldOut(users, candidates, who * len(candidates) + what, np.bincount(who, minlength=len(users)))
