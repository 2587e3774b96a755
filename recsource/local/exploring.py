"""Exploration: a few lists have one item that is there by chance, so that new items get theirs.

Whether a person's list is explored, at which slot and with which item are functions of the seed and the person's
id. The item is drawn from that half of the new ones which suits the person better: what is in another language
gets its chance elsewhere. The chance that it came out so, the propensity, is written down, so that later plays can
be weighed by its inverse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from recsource.local.arrays import Floats, Ints, Singles, Texts
from recsource.local.corpus import Corpus
from recsource.local.ranking import NOBODY, Ranked

_DRAWS = 3  # whether, where, what


@dataclass(frozen=True, slots=True)
class Explored:
    """One item that is in a list by chance.

    Attributes:
        row: whose list, within the block.
        slot: from 1.
        item: its index.
        propensity: the chance that this item would come to stand in this slot of this list by exploration.
    """

    row: int
    slot: int
    item: int
    propensity: float


@dataclass(frozen=True, slots=True)
class Exploration:
    """How lists are explored.

    Attributes:
        seed: another seed, other lists.
        share: of people.
        slots: among how many first slots one is drawn.
        pool: new items.
    """

    seed: int
    share: float
    slots: int
    pool: Ints

    def explore(self, ranked: Ranked, user_ids: Texts, utilities: Singles) -> tuple[Ranked, list[Explored]]:
        """Put the drawn items in; the lists keep their lengths, and their places their scores.

        Args:
            ranked: lists of users.
            user_ids: whose.
            utilities: users by items; minus infinity for what is not to be recommended.
        """
        drawn = _draws(self.seed, user_ids)
        slots = min(self.slots, ranked.items.shape[1])
        items, explored = ranked.items.copy(), []
        for row in np.flatnonzero(drawn[:, 0] < self.share) if slots else ():
            pool = self._suiting(utilities[row])
            slot = int(drawn[row, 1] * slots)
            if len(pool) and items[row, slot] != NOBODY:
                item = int(pool[int(drawn[row, 2] * len(pool))])
                items[row] = _inserted(items[row], slot, item)
                explored.append(Explored(int(row), slot + 1, item, self.share / slots / len(pool)))
        return replace(ranked, items=items), explored

    def _suiting(self, utilities: Singles) -> Ints:
        """The better half of the pool for one person."""
        own = utilities[self.pool]
        best = self.pool[np.lexsort((self.pool, -own))][: int(np.isfinite(own).sum())]
        return best[: (len(best) + 1) // 2]


def _inserted(items: Ints, slot: int, item: int) -> Ints:
    """A list with an item at a slot; it leaves the place where it stood, or the last item leaves the list."""
    ends = int(np.count_nonzero(items != NOBODY))
    stood = np.flatnonzero(items == item)
    others = np.delete(items, stood[0] if len(stood) else ends - 1)
    return np.insert(others, slot, item)


def _draws(seed: int, user_ids: Sequence[str] | Texts) -> Floats:
    """Numbers in [0, 1), users by draws."""
    size = 8 * _DRAWS
    digests = b"".join(blake2b(f"{seed}:{user_id}".encode(), digest_size=size).digest() for user_id in user_ids)
    whole = np.frombuffer(digests, dtype="<u8").reshape(-1, _DRAWS)
    return (whole >> np.uint64(11)).astype(np.float64) * 2.0**-53


def explored_lines(explored: Sequence[Explored], user_ids: Texts, item_ids: Texts) -> Iterator[str]:
    """A line of JSON for each."""
    for one in explored:
        line = {
            "userId": user_ids[one.row],
            "slot": one.slot,
            "itemId": item_ids[one.item],
            "propensity": one.propensity,
        }
        yield json.dumps(line, ensure_ascii=False) + "\n"


def new_items(corpus: Corpus, days: int, few: float) -> Ints:
    """Items that should get their chance: young ones, and little known ones where nobody says how old they are."""
    unknown = np.isnan(corpus.item_age)
    chosen = np.where(unknown, corpus.listeners() <= few, corpus.item_age <= days)
    return np.flatnonzero(chosen).astype(np.int32)


def no_exploration() -> Exploration:
    """Every list as it was ranked."""
    return Exploration(0, 0.0, 0, np.zeros(0, np.int32))
