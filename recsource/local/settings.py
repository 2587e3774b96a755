"""How the embedded recommender is trained and recommends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """What an operator may choose; what is not here, the model learns from the dataset.

    The defaults were chosen on MovieTweetings, in windows of 24 days before the split that it is tested on, and on
    a sample world of another seed than the one that figures are reported of.

    Attributes:
        seed: ties and exploration are functions of it.
        horizon_days: the future that is forecast, and the last part of the past that weights are learned from.
        ease_penalty: λ of the item-item model, in interactions.
        prior_plays: as many plays as the metadata of an item count for, against its own.
        similar_by: columns of `users`; who has no history is taken for the mean of those who are alike in them.
        repeats: whether what somebody has heard may be recommended to them.
        exploring: the share of people whose list has one item that is there by chance, so that new items get
            theirs.
        explored_slots: among how many first slots that item's is drawn.
        explored_item_age_days: how old an item may be to be explored; 30, as Personalize has it by itself.
    """

    seed: int = 0
    horizon_days: int = 14
    ease_penalty: float = 100.0
    prior_plays: float = 3.0
    similar_by: tuple[str, ...] = ("LANGUAGE",)
    repeats: bool = False
    exploring: float = 0.1
    explored_slots: int = 10
    explored_item_age_days: int = 30
