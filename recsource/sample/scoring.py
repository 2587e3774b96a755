"""A simple popularity-plus-taste scorer, so that the sample has recommendations before there is a recommender.

It sees what a recommender sees, interactions and content, and none of the truth: a person's taste is the mean of
what they heard, an item's base rate its interactions a week. Like a batch recommender it knows no rules: it
recommends what was heard already, kids' items to adults, other languages, members of collections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recsource.sample import tastes
from recsource.sample.catalogue import Catalogue
from recsource.sample.listening import Listening
from recsource.sample.people import People
from recsource.sample.tastes import UNIT, Floats, Ints
from recsource.sample.world import DAY, World

SCORE_UNITS = 10**9  # a score of one
_PRIOR = 2  # interactions that a person is taken to have had
_INDEX_BITS = 11  # an item's index shares a 32-bit sort key with its utility

Indices: TypeAlias = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Model:
    """What the scorer learned: a profile a person, and factors an item, in `tastes.DIMENSIONS`."""

    profiles: Ints
    items: Ints


def learn(world: World, people: People, catalogue: Catalogue, listening: Listening) -> Model:
    """Profiles and popularity from interactions; the app's language counts as a little history."""
    person, item = listening.person, listening.item
    count = np.bincount(person, minlength=world.users)
    language = people.table["language"].to_numpy()
    profiles = np.zeros((world.users, len(tastes.DIMENSIONS)), dtype=np.int64)
    for at, dimension in enumerate(tastes.DIMENSIONS[: tastes.BASE]):
        total = np.bincount(person, catalogue.factors[item, at], world.users)
        prior = _PRIOR * UNIT * (language == dimension)
        profiles[:, at] = np.rint((total + prior) * _GAIN[at] / (count + _PRIOR))
    profiles[:, tastes.BASE] = UNIT
    items = catalogue.factors[: catalogue.available].copy()
    items[:, tastes.BASE] = _popularity(world, catalogue, listening)
    return Model(profiles, items)


def rank(model: Model, people: Ints, size: int) -> tuple[Indices, Ints]:
    """The best items of some people and their scores, both people by size, best first.

    A score is the item's share of the weights of all items, in billionths, as Personalize's scores are shares
    that sum to one over the catalogue. Ties go to the item that came out first.
    """
    utilities = tastes.utility(model.profiles[people], model.items)
    indices: Indices = np.arange(len(model.items), dtype=np.int32)
    keys: Indices = np.left_shift(-utilities, _INDEX_BITS) + indices
    keys.sort(axis=1)
    best = keys[:, :size]
    total = tastes.weights(utilities).sum(axis=1, keepdims=True)
    scores = tastes.weights(-(best >> _INDEX_BITS)) * SCORE_UNITS // total
    return best & ((1 << _INDEX_BITS) - 1), scores


_GAIN = np.array([*[1.3] * len(tastes.TASTES), *[4.0] * (tastes.KIDS - len(tastes.TASTES)), 4.0])


def _popularity(world: World, catalogue: Catalogue, listening: Listening) -> Ints:
    """The logarithm of interactions a week since publication, with a prior for the newest."""
    count = np.bincount(listening.item, minlength=catalogue.available)
    since = np.maximum(catalogue.published[: catalogue.available], world.start)
    weeks = (world.end - since) / (7 * DAY)
    prior = count.sum() / catalogue.available / world.weeks
    rate: Floats = (count + 2 * prior) / (weeks + 2) / max(prior, 1e-9)
    return tastes.quantised(0.8 * np.log(np.maximum(rate, 1e-3)), limit=4.0)
