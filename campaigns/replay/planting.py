"""Planting an effect: outcomes as they would be in a treatment that does something, known to the last digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from campaigns.analysis.replay import Columns

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Planted:
    """A numerator with an effect in it.

    Attributes:
        truth: by how much it moves the metric, in its own unit.
    """

    numerator: Column
    truth: float


def plant(columns: Columns, parts: tuple[str, str], effect: float, random: Generator, *, share: bool) -> Planted:
    """Let more happen, by so much.

    Of a share, some of the occasions that had come to nothing, drawn at random, now come to something; of an
    amount, each occasion brings so much more.

    Args:
        columns: everybody's.
        parts: numerator and denominator.
        effect: in the metric's own unit, over 0.
        random: decides to whom it happens.
        share: whether the metric is a share.
    """
    happened, could = (columns[part] for part in parts)
    more = happened + (_some_of(could - happened, effect * could.sum(), random) if share else effect * could)
    return Planted(more, float((more.sum() - happened.sum()) / could.sum()))


def _some_of(room: Column, number: float, random: Generator) -> Column:
    """So many of the places that there is room for, each as likely as another."""
    places = np.rint(np.maximum(room, 0)).astype(np.int64)
    wanted = min(round(number), int(places.sum()))
    drawn = random.multivariate_hypergeometric(places.ravel(), wanted, method="marginals")
    return drawn.reshape(room.shape).astype(float)
