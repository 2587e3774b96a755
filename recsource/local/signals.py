"""What the model knows about a user and an item, before it is weighed.

Four signals, each comparable over all items, whether they have a history or not:

0. the forecast of an item's listeners, in logarithms;
1. affinity by history: log(1 + s/ε), s being EASE's score, times the item's warmth, so that an item without
   plays is neither helped nor hurt;
2. affinity by metadata: the bilinear score, standardised over the catalogue for each user;
3. the same, times the item's coldness: metadata may count for more where plays are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsource.local.arrays import Floats, Ints, Singles, Sparse
from recsource.local.corpus import Corpus
from recsource.local.forecast import forecast
from recsource.local.linear import content, ease, gram
from recsource.local.settings import LocalSettings

_LEAST_AFFINITY = 0.01  # ε; EASE's scores lie about between 0 and 1


@dataclass(frozen=True, slots=True)
class Signals:
    """The parts from which signals are computed.

    Attributes:
        forecast: by item.
        warmth: by item, 0 without plays and towards 1 with many.
        ease, content: items by items.
        group_ease, group_content: what those say of a group's mean history; groups by items.
    """

    forecast: Floats
    warmth: Floats
    ease: Singles
    content: Singles
    group_ease: Singles
    group_content: Singles

    def affinities(self, history: Sparse, group: Ints) -> tuple[Singles, Singles]:
        """By history, without warmth, and by metadata: two arrays of users by items.

        Args:
            history: users by items.
            group: of each user; it speaks for those who have no history.
        """
        strangers = np.flatnonzero(np.diff(history.indptr) == 0)
        by_history, by_metadata = history @ self.ease, history @ self.content
        by_history[strangers] = self.group_ease[group[strangers]]
        by_metadata[strangers] = self.group_content[group[strangers]]
        return _compressed(by_history), _standardised(by_metadata)


def signals_of(corpus: Corpus, settings: LocalSettings) -> Signals:
    """Fit every part on a corpus."""
    history, listeners = corpus.history(), corpus.listeners()
    together = gram(history)
    by_metadata = content(together, corpus.features)
    by_history = ease(together, settings.ease_penalty)
    means = _group_means(history, corpus.group, corpus.groups)
    return Signals(
        forecast=forecast(corpus, settings.horizon_days, settings.prior_plays),
        warmth=listeners / (listeners + settings.prior_plays),
        ease=by_history,
        content=by_metadata,
        group_ease=means @ by_history,
        group_content=means @ by_metadata,
    )


def _group_means(history: Sparse, group: Ints, groups: int) -> Singles:
    """The mean history of each group's users, everybody's for group 0 and empty groups; groups by items."""
    active = np.diff(history.indptr) > 0
    sums = np.zeros((groups, history.shape[1]))
    of_pair = np.repeat(group, np.diff(history.indptr))
    np.add.at(sums, (of_pair, history.indices), history.data)
    sizes = np.bincount(group[active], minlength=groups).astype(np.float64)
    sums[0], sizes[0] = sums.sum(axis=0), sizes.sum()
    sums[sizes == 0], sizes[sizes == 0] = sums[0], max(sizes[0], 1)
    return (sums / sizes[:, None]).astype(np.float32)


def _compressed(affinity: Singles) -> Singles:
    np.maximum(affinity, 0, out=affinity)
    affinity /= np.float32(_LEAST_AFFINITY)
    return np.log1p(affinity, out=affinity)


def _standardised(scores: Singles) -> Singles:
    scores -= scores.mean(axis=1, keepdims=True)
    spread = scores.std(axis=1, keepdims=True)
    scores /= np.where(spread > 0, spread, np.float32(1))
    return scores
