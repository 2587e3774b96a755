"""Group-sequential boundaries: how far apart the arms must be at each of several looks.

An experiment that is looked at several times may stop early without more false alarms than promised, if each
look spends only a part of them. How much may be spent by when is a function of the information gathered so
far, so looks need be neither evenly spaced nor made when they were planned.

Sources:
    Spending: Lan & DeMets (Biometrika 70, 1983, 659-663), their function that resembles O'Brien and Fleming's
    boundaries (Biometrics 35, 1979, 549-556), half of alpha on each side.
    Integration: Armitage, McPherson & Rowe (J. R. Stat. Soc. A 132, 1969, 235-244); Jennison & Turnbull,
    "Group Sequential Methods" (2000), chapter 19. Here by Gauss-Legendre quadrature, on the scale of the
    score S = z * sqrt(fraction), whose increments are independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, roots_legendre

ALPHA = 0.05
NEAREST = 0.0005
"""How near to each other two looks may be, in fractions of the planned information."""
_NODES = 6  # a standard deviation of an increment: keeps the boundaries to ten digits
_FARTHEST = 37.0  # standard deviations, beyond which a double holds no probability
_SMALLEST = 1e-290  # a probability, under which no boundary is worth looking for


def spent(fraction: float, alpha: float = ALPHA) -> float:
    """The part of alpha, both sides together, that may be spent by this fraction of the information.

    >>> spent(0.25), spent(1.0)
    (1.47...e-05, 0.05)
    """
    return alpha if fraction >= 1 else float(4 * ndtr(ndtri(alpha / 4) / math.sqrt(fraction)))


def boundaries(fractions: Sequence[float], alpha: float = ALPHA) -> tuple[float, ...]:
    """For each look, the |z| from which on the experiment may stop; infinite where too little may be spent.

    Args:
        fractions: of the planned information at each look, rising by `NEAREST` at least, at most 1.
        alpha: the chance of a false alarm at any of the looks, both sides together.

    Raises:
        ValueError: they do not rise like that.

    >>> [round(z, 4) for z in boundaries([0.25, 0.5, 0.75, 1.0])]
    [4.3326, 2.9631, 2.359, 2.0141]
    """
    return _boundaries(_rising(fractions), alpha)


def crossing(fractions: Sequence[float], limits: Sequence[float], drift: float = 0.0) -> tuple[float, ...]:
    """For each look, the chance that |z| first reaches its boundary there.

    Args:
        fractions: of the planned information at each look.
        limits: the boundaries at them.
        drift: the z to be expected at the end of the plan; 0 where the arms do not differ.
    """
    times, chances = _rising(fractions), []
    score = _Score.begin(times, drift)
    for time, limit in zip(times, limits, strict=True):
        reach = min(limit, _FARTHEST) * math.sqrt(time)
        chances.append(score.beyond(time, reach))
        score = score.within(time, reach)
    return tuple(chances)


@lru_cache(maxsize=256)
def _boundaries(fractions: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    score, before, limits = _Score.begin(fractions), 0.0, []
    for time in fractions:
        reach = _reach(score, time, spent(time, alpha) - before)
        score, before = score.within(time, min(reach, _FARTHEST * math.sqrt(time))), spent(time, alpha)
        limits.append(reach / math.sqrt(time))
    return tuple(limits)


def _reach(score: _Score, time: float, chance: float) -> float:
    """The score beyond which this much probability lies."""
    if chance < _SMALLEST:
        return math.inf

    def excess(reach: float) -> float:
        return math.log(max(score.beyond(time, reach), _SMALLEST / 10)) - math.log(chance)

    return float(brentq(excess, 0.0, _FARTHEST * math.sqrt(time), xtol=1e-13))


@dataclass(frozen=True, slots=True)
class _Score:
    """Where the score of an experiment that has not stopped yet may stand.

    Attributes:
        time: the fraction of the information at the last look.
        points: scores, as quadrature has them.
        masses: the probability of each.
        finest: the smallest standard deviation between two looks.
        drift: the score to be expected at the end.
    """

    time: float
    points: NDArray[np.float64]
    masses: NDArray[np.float64]
    finest: float
    drift: float

    @classmethod
    def begin(cls, fractions: Sequence[float], drift: float = 0.0) -> _Score:
        """Before the first look."""
        finest = min(math.sqrt(later - earlier) for earlier, later in pairwise((0.0, *fractions)))
        return cls(0.0, np.zeros(1), np.ones(1), finest, drift)

    def beyond(self, time: float, reach: float) -> float:
        """The chance that at the next look the score lies at `reach` or farther from 0."""
        expected, deviation = self._next(time)
        outside = ndtr((expected - reach) / deviation) + ndtr((-expected - reach) / deviation)
        return float(self.masses @ outside)

    def within(self, time: float, reach: float) -> _Score:
        """After the next look, if the score lies nearer to 0 than `reach`."""
        expected, deviation = self._next(time)
        nodes, weights = _quadrature(1 + math.ceil(2 * _NODES * reach / self.finest / 32))
        points = nodes * reach
        steps = (points[:, None] - expected) / deviation
        density = np.exp(-(steps**2) / 2) @ self.masses / (deviation * math.sqrt(2 * math.pi))
        return _Score(time, points, weights * reach * density, self.finest, self.drift)

    def _next(self, time: float) -> tuple[NDArray[np.float64], float]:
        """From each point, the expected next score, and its standard deviation."""
        return self.points + self.drift * (time - self.time), math.sqrt(time - self.time)


@lru_cache(maxsize=64)
def _quadrature(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points and weights from -1 to 1, a multiple of 32 of them."""
    nodes, weights = roots_legendre(32 * size)
    return np.asarray(nodes), np.asarray(weights)


def _rising(fractions: Sequence[float]) -> tuple[float, ...]:
    apart = all(later - earlier >= NEAREST for earlier, later in pairwise((0.0, *fractions)))
    if not (fractions and apart and fractions[-1] <= 1):
        raise ValueError(f"looks at {list(fractions)}: wanted each {NEAREST} after the one before, none after 1")
    return tuple(fractions)
