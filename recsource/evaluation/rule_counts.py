"""How often a campaign's rules would have taken something out of the lists: what a source does not know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsource.evaluation.held_out import NOTHING, Flags, Ints


@dataclass(frozen=True, slots=True)
class Readers:
    """What the rules know of people and items.

    Attributes:
        for_kids: by item.
        hears_kids: by user, whether kids' items may be shown to them.
        item_language: by item, a number for each language.
        user_language: by user, the same numbers; a negative one for those whose language is unknown.
        heard: each heard pair as user * items + item.
    """

    for_kids: Flags
    hears_kids: Flags
    item_language: Ints
    user_language: Ints
    heard: Ints


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """Places of lists, and in how many of them each rule would have fired; several may fire in one."""

    shown: int
    kids: int
    language: int
    repeat: int


def count_rules(lists: Ints, readers: Readers) -> RuleCounts:
    """Count over users by places."""
    shown = lists != NOTHING
    items = len(readers.for_kids)
    keys = np.arange(len(lists))[:, None] * items + lists
    return RuleCounts(
        shown=int(shown.sum()),
        kids=int((shown & readers.for_kids[lists] & ~readers.hears_kids[:, None]).sum()),
        language=int((shown & (readers.item_language[lists] != readers.user_language[:, None])).sum()),
        repeat=int((shown & np.isin(keys, readers.heard)).sum()),
    )
