"""How many new listeners an item will have in the next days: the popularity that all items have in common.

What is played now matters as much as taste, and an item of yesterday has hardly been played yet. So the past is
looked
at as of several earlier moments, and a Poisson regression learns what followed: from plays that decay at several
half-lives, from age, and from metadata, which counts the more the fewer plays an item has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize as so
import scipy.sparse as sp

from recsource.local.arrays import Floats, Sparse
from recsource.local.corpus import Corpus

HALF_LIVES = (1, 3, 7, 14, 30, 90)  # days
AGES = (0, 1, 2, 4, 7, 14, 30, 60, 120, 365, 730)  # days; between them lie the bins of age
SNAPSHOTS = 12
WEEK = 7
_INTERCEPT, _FIRST_HALF_LIFE = 0, 2  # columns of the design
_SMALLEST = 0.5  # plays; what a logarithm is taken of is never less
_PENALTY = 10.0
_STEEPEST = 12.0  # of a logarithm of plays


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What was known at a moment, and what followed.

    Attributes:
        design: items by regressors.
        listeners: new ones in the horizon.
        exposure: the share of the horizon in which an item was there, above 0.
    """

    design: Sparse
    listeners: Floats
    exposure: Floats


def forecast(corpus: Corpus, horizon: int, prior_plays: float) -> Floats:
    """The logarithm of the listeners that each item is expected to win in the horizon, were it there throughout.

    Args:
        corpus: the past.
        horizon: days.
        prior_plays: as many plays as metadata count for.
    """
    by_day = _plays_by_day(corpus)
    past = [
        _snapshot(corpus, by_day, horizon, WEEK * weeks + horizon, prior_plays)
        for weeks in range(SNAPSHOTS)
        if WEEK * weeks + 2 * horizon <= corpus.days or weeks == 0
    ]
    weights = _regress(past)
    expected: Floats = _design(corpus, by_day, 0, prior_plays) @ weights
    return np.clip(expected, -_STEEPEST, _STEEPEST)


def _plays_by_day(corpus: Corpus) -> Floats:
    """Items by days, the last day first: how many heard an item for the first time."""
    days = max(corpus.days, 1)
    cells = corpus.pairs.item.astype(np.int64) * days + corpus.pairs.age
    return np.bincount(cells, minlength=corpus.items * days).reshape(corpus.items, days).astype(np.float64)


def _snapshot(corpus: Corpus, by_day: Floats, horizon: int, ago: int, prior_plays: float) -> _Snapshot:
    listeners = by_day[:, ago - horizon : ago].sum(axis=1)
    there = np.minimum(corpus.item_age - (ago - horizon), horizon) / horizon
    exposure = np.where(np.isnan(there), 1.0, there)
    known = (exposure > 0) | (listeners > 0)
    design = _design(corpus, by_day, ago, prior_plays)
    return _Snapshot(design[known], listeners[known], np.maximum(exposure[known], 1 / horizon))


def _design(corpus: Corpus, by_day: Floats, ago: int, prior_plays: float) -> Sparse:
    past = by_day[:, ago:]
    days = np.arange(past.shape[1])
    decayed = past @ np.column_stack([0.5 ** (days / half_life) for half_life in HALF_LIVES])
    plays = past.sum(axis=1)
    coldness = prior_plays / (prior_plays + plays)
    ages = _bins_of_age(corpus.item_age - ago)
    dense = np.column_stack((np.ones(corpus.items), coldness, np.log(decayed / _SMALLEST + 1), np.log1p(plays)))
    cold = sp.diags(coldness)
    warm = sp.diags(1 - coldness)
    described = sp.hstack([corpus.features, ages])
    regressors: Sparse = sp.hstack([sp.csr_matrix(dense), cold @ described, warm @ described]).tocsr()
    return regressors


def _bins_of_age(days: Floats) -> Sparse:
    """Items by bins of age, the last one for those whose age is unknown."""
    place = np.where(np.isnan(days), len(AGES) + 1, np.searchsorted(AGES, days, side="right"))
    ones = np.ones(len(days))
    return sp.csr_matrix((ones, (np.arange(len(days)), place)), shape=(len(days), len(AGES) + 2))


def _regress(past: list[_Snapshot]) -> Floats:
    """Poisson regression with a ridge penalty on all weights but the intercept.

    It pulls them to where the forecast is popularity that halves in a week, for those who have little past.
    """
    design = sp.vstack([snapshot.design for snapshot in past]).tocsr()
    listeners = np.concatenate([snapshot.listeners for snapshot in past])
    offset = np.log(np.concatenate([snapshot.exposure for snapshot in past]))
    transposed = design.T.tocsr()
    penalty = np.full(design.shape[1], _PENALTY)
    penalty[_INTERCEPT] = 1e-6
    prior = np.zeros(design.shape[1])
    prior[_FIRST_HALF_LIFE + HALF_LIVES.index(WEEK)] = 1.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        expected = np.clip(design @ weights + offset, -_STEEPEST, _STEEPEST)
        rate = np.exp(expected)
        away = weights - prior
        value = (rate - listeners * expected).sum() + 0.5 * (penalty * away**2).sum()
        return float(value), transposed @ (rate - listeners) + penalty * away

    start = np.zeros(design.shape[1])
    start[_INTERCEPT] = np.log(max(float(listeners.mean()), 1e-6)) if len(listeners) else 0.0
    found = so.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    weights: Floats = found.x
    return weights
