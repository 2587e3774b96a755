"""Bootstrap intervals: how much of a difference could be chance in who happened to be there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsource.evaluation.held_out import Floats

RESAMPLES = 2_000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its interval."""

    mean: float
    low: float
    high: float


def interval(values: Floats, seed: int) -> Interval:
    """The mean of a value a user, with its percentile interval (Efron, 1979) over resampled users.

    For the difference of two methods, give the differences user by user: what they have in common goes.

    Args:
        values: a number for each user, at least one.
        seed: the same seed resamples the same users, whatever the values.
    """
    rng = np.random.default_rng(seed)
    size = len(values)
    means = [values[rng.integers(0, size, size)].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(values.mean()), float(low), float(high))
