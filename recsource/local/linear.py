"""Linear item-item models: what somebody would play next is a sum over what they played.

Each gives a matrix of items by items whose row says what one played item speaks for; a user's scores are the sum
of the rows of their history.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from recsource.errors import TrainingError
from recsource.local.arrays import Floats, Singles, Sparse

CONTENT_PENALTIES = (300.0, 30.0)
"""λ₁ and λ₂ of `content`, chosen as `LocalSettings` says."""
_BLOCK = 50_000  # users at a time


def gram(history: Sparse) -> Floats:
    """How many users played both of two items: G = XᵀX, items by items."""
    total = np.zeros((history.shape[1], history.shape[1]))
    for first in range(0, history.shape[0], _BLOCK):
        part = history[first : first + _BLOCK]
        together = (part.T @ part).tocoo()
        total[together.row, together.col] += together.data
    return total


def ease(together: Floats, penalty: float) -> Singles:
    """EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019).

    B = I - P · diag(P)⁻¹ with P = (G + λI)⁻¹: each item regressed on all others, in closed form.

    Args:
        together: G; it is overwritten, to have one such matrix in memory and not three.
        penalty: λ, above 0.

    Raises:
        TrainingError: G is no Gram matrix.
    """
    played = np.flatnonzero(together.diagonal() > 0)
    weights = np.zeros(together.shape, np.float32)
    if len(played):
        inverse = _inverse(together if len(played) == len(together) else together[np.ix_(played, played)], penalty)
        inverse /= -inverse.diagonal()
        np.fill_diagonal(inverse, 0)
        weights[np.ix_(played, played)] = inverse
    return weights


def _inverse(together: Floats, penalty: float) -> Floats:
    """(G + λI)⁻¹ by Cholesky's factors, in place."""
    together[np.diag_indices_from(together)] += penalty
    # LAPACK reads columns where NumPy has rows; the matrix is symmetric, so that its transpose is itself.
    factor, failed = lapack.dpotrf(together.T, lower=0, overwrite_a=1)
    inverse, singular = lapack.dpotri(factor, lower=0, overwrite_c=1)
    if failed or singular:
        raise TrainingError(
            "local: the item-item matrix cannot be inverted; raise `ease_penalty` under [recs.local]"
        )
    for row in range(1, len(inverse)):
        inverse[row, :row] = inverse[:row, row]
    return np.ascontiguousarray(inverse)


def neighbours(together: Floats, size: int, shrinkage: float) -> Singles:
    """Item-kNN (Sarwar et al., 2001): each item is spoken for by the `size` items that are nearest to it.

    Args:
        together: G.
        size: how many neighbours an item has.
        shrinkage: added to the cosine's denominator, lest two items with the same one listener be nearest of all.
    """
    lengths = np.sqrt(together.diagonal())
    similar = (together / np.maximum(np.outer(lengths, lengths) + shrinkage, 1)).astype(np.float32)
    np.fill_diagonal(similar, 0)
    if size < len(similar):
        similar[similar < np.partition(similar, -size, axis=0)[-size]] = 0
    return similar


def content(together: Floats, features: Sparse, penalties: tuple[float, float] = CONTENT_PENALTIES) -> Singles:
    """The bilinear feature version of EASE: items speak for items by way of their features.

    F·A·Fᵀ with A = (FᵀGF + λ₁I)⁻¹ Fᵀ(G - diag G)F (FᵀF + λ₂I)⁻¹, so that an item which nobody has played is scored
    as well as any other.

    Args:
        together: G, items by items.
        features: F, items by features.
        penalties: λ₁ and λ₂.
    """
    both = features.T @ (features.T @ together).T
    others = both - (features.T @ sp.diags(together.diagonal()) @ features).toarray()
    identity = np.eye(features.shape[1])
    between = np.linalg.solve((features.T @ features).toarray() + penalties[1] * identity, others.T).T
    bilinear = np.linalg.solve(both + penalties[0] * identity, between)
    dense = features.toarray()
    scores: Singles = (dense @ bilinear @ dense.T).astype(np.float32)
    return scores
