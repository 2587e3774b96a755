"""Popularity: the same ranking for everybody, and the baseline of every other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recsource.local.arrays import Floats, Ints, Singles, Sparse, Texts
from recsource.local.corpus import Corpus

UNPLAYED = 0.5
"""As many plays stand for none, so that they have a logarithm."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """Counts of plays, of all times or of the last days; a `Scorer`.

    Attributes:
        item_ids: sorted.
        plays: by item, as the dataset has them: with repeats capped.
    """

    item_ids: Texts
    plays: Floats

    def utilities(self, history: Sparse, group: Ints) -> Singles:  # noqa: ARG002 - all groups hear the same
        """See `Scorer`."""
        row = np.log(np.maximum(self.plays, UNPLAYED)).astype(np.float32)
        return np.tile(row, (history.shape[0], 1))


def count_plays(corpus: Corpus, days: int | None = None) -> Popularity:
    """Count the interactions of all pairs, or of those whose first play is not older than some days."""
    recent = corpus if days is None else replace(corpus, pairs=corpus.pairs.where(corpus.pairs.age < days))
    return Popularity(corpus.item_ids, recent.plays())
