"""The best items of each user, in an order that is the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsource.local.arrays import Ints, Longs, Singles, Sparse

SCORE_UNITS = 10**9
"""A score of one. Scores are whole numbers of billionths."""
NOBODY = -1
"""Where a list is at its end."""
_ITEM_BITS = 24
_ROUNDING = 10_000  # billionths: more than sums of 32-bit floats are off by


@dataclass(frozen=True, slots=True)
class Ranked:
    """Lists of items, the best first.

    Attributes:
        items: users by places; `NOBODY` after a list's end.
        scores: users by places, in billionths: shares of a user's interest in all items that could be recommended.
            They are positive and descending, and sum to 1 at most, as Personalize's are; 0 after a list's end.
    """

    items: Ints
    scores: Longs


def tie_order(items: int, seed: int) -> Ints:
    """Who goes first among items of the same utility: as good as by lot, but always the same."""
    return np.random.default_rng(seed).permutation(items).astype(np.int32)


def rank(utilities: Singles, heard: Sparse | None, order: Ints, size: int) -> Ranked:
    """Rank.

    Args:
        utilities: users by items; what was heard gets minus infinity.
        heard: users by items that are not to be recommended.
        order: items, the first of which goes first where utilities are the same.
        size: how many places a list has; a catalogue of fewer items makes it shorter.
    """
    users, items = utilities.shape
    if heard is not None:
        utilities[np.repeat(np.arange(users), np.diff(heard.indptr)), heard.indices] = -np.inf
    best = _best(utilities, order, min(size, items))
    top = np.take_along_axis(utilities, best, axis=1)
    possible = np.isfinite(top)
    scores = np.where(possible, _shares(utilities, top), 0)
    return Ranked(np.where(possible, best, NOBODY).astype(np.int32), scores)


def _best(utilities: Singles, order: Ints, size: int) -> Ints:
    """Sorts whole numbers that hold utility and tie-breaker both: faster than by two keys, and never a tie."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    keys = (-_as_whole_numbers(utilities) << _ITEM_BITS) | place
    if size < keys.shape[1]:
        keys = np.partition(keys, size - 1, axis=1)[:, :size]
    keys.sort(axis=1)
    best: Ints = order[keys & ((1 << _ITEM_BITS) - 1)]
    return best


def _as_whole_numbers(utilities: Singles) -> Longs:
    """Floats of 32 bits as whole numbers in the same order: their bits, mirrored where they are negative."""
    bits = (utilities + np.float32(0)).view(np.int32)  # adding 0 makes -0.0 the same as 0.0
    mirrored: Longs = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
    return mirrored


def _shares(utilities: Singles, top: Singles) -> Longs:
    """Shares of the sum of exponentials, at least one billionth each, rounded so that the sum is never above 1."""
    highest = top[:, :1].astype(np.float64)
    highest[~np.isfinite(highest)] = 0
    total = np.exp(utilities - highest.astype(np.float32)).sum(axis=1, keepdims=True, dtype=np.float64)
    shares = np.exp(top - highest) / np.maximum(total, 1e-300)
    spare = SCORE_UNITS - utilities.shape[1] - _ROUNDING
    units: Longs = np.minimum((shares * spare).astype(np.int64) + 1, SCORE_UNITS - 1)
    return units
