"""What a model is fitted on: the exported dataset as arrays, as of a moment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from recsource.local.arrays import Floats, Ints, Singles, Sparse, Texts


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who played what, one row a user and item, ordered by user and then by item.

    Attributes:
        user, item: indices.
        age: whole days from the first play to the corpus's moment.
        plays: how many interactions of the dataset; it has them capped.
    """

    user: Ints
    item: Ints
    age: Ints
    plays: Singles

    def where(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Pairs:
        """Some of the rows."""
        return Pairs(self.user[chosen], self.item[chosen], self.age[chosen], self.plays[chosen])


@dataclass(frozen=True, slots=True)
class Corpus:
    """A dataset as of a moment; nothing in it is later, but items that were announced then.

    Attributes:
        item_ids: sorted; an item's place is its index.
        item_age: days since an item's creation, negative before it; NaN where that is unknown.
        features: items by features, as `recsource.local.features` makes them.
        pairs: who played what.
        group: the index of each user's group of people who are alike; 0 is everybody's.
        groups: how many groups.
    """

    item_ids: Texts
    item_age: Floats
    features: Sparse
    pairs: Pairs
    group: Ints
    groups: int

    @property
    def items(self) -> int:
        """How many items."""
        return len(self.item_ids)

    @property
    def users(self) -> int:
        """How many users have a history, in this corpus or the one that it is the earlier part of."""
        return len(self.group)

    @property
    def days(self) -> int:
        """How many days of history there are."""
        return int(self.pairs.age.max()) + 1 if len(self.pairs.age) else 0

    def earlier(self, days: int) -> Corpus:
        """The corpus as it was so many days before."""
        pairs = self.pairs.where(self.pairs.age >= days)
        return replace(self, item_age=self.item_age - days, pairs=replace(pairs, age=pairs.age - days))

    def history(self) -> Sparse:
        """Users by items: 1 where a user played an item."""
        return history_of(self.pairs.user, self.pairs.item, (self.users, self.items))

    def plays(self) -> Floats:
        """How many interactions each item has."""
        return np.bincount(self.pairs.item, self.pairs.plays, self.items).astype(np.float64)

    def listeners(self) -> Floats:
        """How many users played each item."""
        return np.bincount(self.pairs.item, minlength=self.items).astype(np.float64)


def history_of(user: Ints, item: Ints, shape: tuple[int, int]) -> Sparse:
    """The sparse matrix of pairs that are ordered by user and then by item."""
    ends = np.cumsum(np.bincount(user, minlength=shape[0]))
    starts = np.concatenate(([0], ends))
    return sp.csr_matrix((np.ones(len(item), np.float32), item, starts), shape=shape)
