"""The simple methods that the shipped model is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recsource.local.arrays import Ints, Singles, Sparse, Texts, one_blas_thread
from recsource.local.corpus import Corpus
from recsource.local.linear import ease, gram, neighbours
from recsource.local.popularity import count_plays
from recsource.local.scorer import Scorer

RECENT_DAYS = 14
NEIGHBOURS, SHRINKAGE = 200, 20.0


@dataclass(frozen=True, slots=True)
class ItemItem:
    """A linear item-item model by itself; a `Scorer`.

    Attributes:
        item_ids: sorted.
        weights: items by items.
    """

    item_ids: Texts
    weights: Singles

    def utilities(self, history: Sparse, group: Ints) -> Singles:  # noqa: ARG002 - it knows no groups
        """See `Scorer`; its scores are no logarithms, but they rank."""
        scores: Singles = history @ self.weights
        return scores


def fit_baselines(corpus: Corpus, ease_penalty: float) -> Mapping[str, Scorer]:
    """Popularity, popularity of the last days, item-kNN and EASE, by name."""
    with one_blas_thread():
        together = gram(corpus.history())
        return {
            "popularity": count_plays(corpus),
            "recent popularity": count_plays(corpus, RECENT_DAYS),
            "item-kNN": ItemItem(corpus.item_ids, neighbours(together, NEIGHBOURS, SHRINKAGE)),
            "EASE": ItemItem(corpus.item_ids, ease(together, ease_penalty)),
        }
