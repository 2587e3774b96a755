"""The metrics: standard definitions, a number for each user, so that they can be compared in pairs.

An item is relevant or not. Where somebody has fewer than K places, the others count as misses.
"""

from __future__ import annotations

import numpy as np

from recsource.evaluation.held_out import NOTHING, Flags, Floats, Ints


def ndcg(hits: Flags, relevant: Ints, places: int) -> Floats:
    """NDCG@K (Järvelin and Kekäläinen, 2002): hits discounted by log2(place + 1), over the best that could be.

    Args:
        hits: users by places, the best first.
        relevant: how many relevant items each user has, at least 1.
        places: K.
    """
    discount = 1 / np.log2(np.arange(2, places + 2))
    best = np.cumsum(discount)[np.minimum(relevant, places) - 1]
    first = hits[:, :places]
    return np.asarray(first @ discount[: first.shape[1]] / best, dtype=np.float64)


def precision(hits: Flags, places: int) -> Floats:
    """Precision@K: the share of K places that are hits."""
    return np.asarray(hits[:, :places].sum(axis=1) / places, dtype=np.float64)


def reciprocal_rank(hits: Flags, places: int) -> Floats:
    """MRR@K, before the mean: one over the place of the first hit; 0 where there is none within K."""
    first = hits[:, :places]
    if not first.shape[1]:
        return np.zeros(len(hits))
    return np.where(first.any(axis=1), 1 / (first.argmax(axis=1) + 1), 0.0)


def coverage(lists: Ints, places: int, candidates: int) -> float:
    """The share of the candidates that stand within K in at least one list."""
    shown = np.unique(lists[:, :places])
    return float(np.count_nonzero(shown != NOTHING) / candidates)


def novelty(lists: Ints, places: int, listeners: Floats, users: int) -> Floats:
    """The mean self-information of what is shown, in bits (Zhou et al., 2010); 0 for an empty list.

    Args:
        lists: users by places.
        places: K.
        listeners: how many of all users had played each item before.
        users: how many those are. One more of each keeps what nobody had played finite.
    """
    bits = np.append(-np.log2((listeners + 1) / (users + 1)), 0.0)  # the last is NOTHING's
    shown = lists[:, :places]
    return np.asarray(bits[shown].sum(axis=1) / np.maximum((shown != NOTHING).sum(axis=1), 1), dtype=np.float64)
