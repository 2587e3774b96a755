"""What ranks: anything that gives users utilities of items."""

from __future__ import annotations

from typing import Protocol

from recsource.local.arrays import Ints, Singles, Sparse, Texts


class Scorer(Protocol):
    """A model for ranking: an item's utility is the logarithm of its share of a user's interest."""

    @property
    def item_ids(self) -> Texts:
        """The items, in the order of their indices."""
        ...

    def utilities(self, history: Sparse, group: Ints) -> Singles:
        """Users by items; each user's row depends on nobody else's.

        Args:
            history: users by items.
            group: of each user.
        """
        ...
