"""The marketing team's hand-picked "what's new": sensible and varied, and made by people with favourites."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from recsource.sample.catalogue import Catalogue, Item
from recsource.sample.tastes import BASE, UNIT
from recsource.sample.words import LANGUAGES
from recsource.sample.world import DAY, World, seconds

EDITIONS = 8
PICKS = 8
NEW_DAYS = 21  # picks came out this many days before their edition's data end, or later
MOST_OF_A_KIND = 3
_WEARINESS = 4.0  # for each time an item was picked before
_FONDNESS = {"sleep_story": 0.8, "masterclass": 0.4}


@dataclass(frozen=True, slots=True)
class Pick:
    """One row of the curated table."""

    edition: str
    language: str
    position: int
    item_index: int


def make_curation(world: World, catalogue: Catalogue) -> list[Pick]:
    """The picks of the last editions up to that of `until`, by edition, language and position."""
    rng = world.stream("curation")
    used: Counter[int] = Counter()
    picks: list[Pick] = []
    for weeks_ago in reversed(range(EDITIONS)):
        end = seconds(world.until - timedelta(weeks=weeks_ago) + timedelta(days=1))
        for language in LANGUAGES:
            chosen = _choose(_candidates(catalogue, language, end), catalogue, used, rng)
            used.update(chosen)
            edition = world.edition(weeks_ago)
            picks += [Pick(edition, language, position, item) for position, item in enumerate(chosen, start=1)]
    return picks


def _candidates(catalogue: Catalogue, language: str, end: int) -> list[int]:
    """New adult items in the language; of a collection, only its first member."""
    first, last = np.searchsorted(catalogue.published, (end - NEW_DAYS * DAY, end))
    return [at for at in range(first, last) if _presentable(catalogue.items[at], language)]


def _presentable(item: Item, language: str) -> bool:
    return item.language == language and not item.for_kids and item.position in {None, 1}


def _choose(
    candidates: list[int], catalogue: Catalogue, used: Counter[int], rng: np.random.Generator
) -> list[int]:
    """By a hunch about popularity, a fondness for some kinds, and weariness of what was shown before."""
    hunch = rng.gumbel(0, 1, len(candidates))
    appeal = {
        at: float(noise)
        + 0.6 * catalogue.factors[at, BASE] / UNIT
        + _FONDNESS.get(catalogue.items[at].kind, 0.0)
        - _WEARINESS * used[at]
        for at, noise in zip(candidates, hunch, strict=True)
    }
    ordered = sorted(candidates, key=lambda at: (-appeal[at], at))
    varied = _varied(ordered, catalogue)
    return (varied + [at for at in ordered if at not in varied])[:PICKS]


def _varied(ordered: list[int], catalogue: Catalogue) -> list[int]:
    of_kind: Counter[str] = Counter()
    varied = []
    for at in ordered:
        kind = catalogue.items[at].kind
        of_kind[kind] += 1
        if of_kind[kind] <= MOST_OF_A_KIND:
            varied.append(at)
    return varied
