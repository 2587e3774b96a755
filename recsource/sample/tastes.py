"""Latent tastes: what a person truly likes, as exact numbers that no machine rounds differently.

Every factor is a whole number of 64ths. A utility, the dot product of a person's and an item's factors, is then a
whole number of 4096ths below 2**24, which float32 holds exactly: neither the order of summation nor the number of
threads can change it, and ties are true ties. Weights grow with the exponential of utility (a multinomial logit).
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recsource.sample.words import LANGUAGES

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Utilities: TypeAlias = npt.NDArray[np.int32]

TASTES = ("nature", "story", "voice", "warmth", "wonder", "rhythm", "insight", "stillness")
DIMENSIONS = (*TASTES, *LANGUAGES, "kids", "base")
KIDS = DIMENSIONS.index("kids")
BASE = DIMENSIONS.index("base")
LANGUAGE = slice(len(TASTES), len(TASTES) + len(LANGUAGES))
TASTE = slice(0, len(TASTES))

UNIT = 64  # one, in factors
NAT = UNIT * UNIT  # one, in utilities
_REACH = 8 * UNIT  # weights are told apart over utilities of -8 to 8
_WEIGHTS = np.array([round(2**20 * math.exp(i / UNIT)) for i in range(-_REACH, _REACH + 1)], dtype=np.int64)


def quantised(values: Floats, limit: float = 2.0) -> Ints:
    """Factors as whole 64ths, cut at a limit on either side."""
    return np.rint(np.clip(values, -limit, limit) * UNIT).astype(np.int64)


def utility(people: Ints, items: Ints) -> Utilities:
    """The utility, in 4096ths, of every item (columns) to every person (rows): exact."""
    exact: npt.NDArray[np.float32] = people.astype(np.float32) @ items.astype(np.float32).T
    return exact.astype(np.int32)


def weights(utilities: Utilities) -> Ints:
    """Whole-number weights, proportional to the exponential of utility."""
    in_64ths = np.clip(utilities >> 6, -_REACH, _REACH)
    weight: Ints = _WEIGHTS[in_64ths + _REACH]
    return weight


def choose(utilities: Utilities, rows: Ints, uniforms: Floats) -> Ints:
    """One item (its column) for each draw, with chances proportional to its weight in the draw's row.

    Args:
        utilities: People by items.
        rows: The person each draw is for.
        uniforms: One number in [0, 1) a draw.
    """
    width = utilities.shape[1]
    edges = np.cumsum(weights(utilities).ravel())
    ends = edges[width - 1 :: width]
    starts = np.concatenate(([0], ends[:-1]))
    drawn = starts[rows] + (uniforms * (ends - starts)[rows]).astype(np.int64)
    chosen: Ints = np.searchsorted(edges, drawn, side="right") - rows * width
    return chosen
