"""Personalize's recipes, and what each can do here.

Source: "Choosing a recipe", "Batch inference job output examples" and "Legacy HRNN recipes" in the Amazon
Personalize developer guide; `CampaignConfig` and `CreateBatchInferenceJob` in its API reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recsource.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train.

    Attributes:
        name: as Personalize calls it.
        batch: whether it infers a list of items for each user of a file.
        explores: whether batches take exploration settings.
        closed: whether accounts that do not have it already can no longer get it.
    """

    name: str
    batch: bool = True
    explores: bool = False
    closed: bool = False

    @property
    def arn(self) -> str:
        """Recipes are Amazon's own: they belong to no region and no account."""
        return f"arn:aws:personalize:::recipe/{self.name}"


POPULARITY = Recipe("aws-popularity-count")
"""The baseline: the same items for everybody."""

_RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("aws-user-personalization-v2", explores=True),
        Recipe("aws-user-personalization", explores=True),
        Recipe("aws-hrnn-metadata", closed=True),
        POPULARITY,
        Recipe("aws-trending-now", batch=False),
        Recipe("aws-next-best-action", batch=False),
        # These do infer in batches, but for items, for lists of items, or users for an item.
        Recipe("aws-sims", batch=False),
        Recipe("aws-similar-items", batch=False),
        Recipe("aws-semantic-similarity", batch=False),
        Recipe("aws-personalized-ranking", batch=False),
        Recipe("aws-personalized-ranking-v2", batch=False),
        Recipe("aws-item-affinity", batch=False),
        Recipe("aws-item-attribute-affinity", batch=False),
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        TrainingError: nobody knows it, or it cannot recommend items to users in batches.
    """
    recipe = _RECIPES.get(name)
    if recipe is None:
        raise TrainingError(f"personalize: recipe {name!r} is unknown; use {_named(_personal())}")
    if not recipe.batch:
        raise TrainingError(
            f"personalize: recipe {name!r} cannot recommend items to users in a batch, which is what an email is "
            f"made from; use {_named(_personal())}"
        )
    return recipe


def _personal() -> list[Recipe]:
    return [recipe for recipe in _RECIPES.values() if recipe.batch and recipe is not POPULARITY]


def _named(recipes: Iterable[Recipe]) -> str:
    *first, last = [recipe.name for recipe in recipes]
    return f"{', '.join(first)} or {last}"
