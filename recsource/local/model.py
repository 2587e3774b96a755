"""The shipped model: signals, weighed by what people chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsource.local.arrays import Floats, Ints, Singles, Sparse, Texts, one_blas_thread
from recsource.local.choice import learn_weights
from recsource.local.corpus import Corpus
from recsource.local.settings import LocalSettings
from recsource.local.signals import Signals, signals_of


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model; a `Scorer`.

    Attributes:
        item_ids: sorted.
        signals: fitted on everything.
        weights: by signal.
    """

    item_ids: Texts
    signals: Signals
    weights: Floats

    def utilities(self, history: Sparse, group: Ints) -> Singles:
        """See `Scorer`."""
        of_forecast, of_history, of_metadata, of_cold_metadata = self.weights
        utility, by_metadata = self.signals.affinities(history, group)
        utility *= (of_history * self.signals.warmth).astype(np.float32)
        by_metadata *= (of_metadata + of_cold_metadata * (1 - self.signals.warmth)).astype(np.float32)
        utility += by_metadata
        utility += (of_forecast * self.signals.forecast).astype(np.float32)
        return utility


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and how much better it explains the choices it was weighed by than popularity does.

    Attributes:
        model: the model.
        perplexity, popularity_perplexity: see `recsource.local.choice.Weights`.
    """

    model: Model
    perplexity: float
    popularity_perplexity: float


def fit(corpus: Corpus, settings: LocalSettings) -> Fitted:
    """Learn the weights on the corpus's last days, and the signals on all of it.

    The same corpus and settings give the same model to the last bit, whatever the number of threads.
    """
    with one_blas_thread():
        learned = learn_weights(corpus, settings)
        model = Model(corpus.item_ids, signals_of(corpus, settings), learned.values)
    return Fitted(model, learned.perplexity, learned.popularity_perplexity)
