"""What an operator decides about Personalize."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from recsource.errors import TrainingError
from recsource.personalize.naming import PREFIX
from recsource.personalize.recipes import find_recipe
from recsource.personalize.waiting import Patience

_ROLE = re.compile(r"arn:[a-z\d-]+:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")
_LONGEST_FILTER = 2500


@dataclass(frozen=True, slots=True)
class PersonalizeSettings:
    """Which Personalize to talk to, and how it shall train and infer.

    Attributes:
        role_arn: the role that Personalize takes on to read the dataset and to write batches.
        kms_key_arn: encrypts the dataset group and the batches; empty for Amazon's own keys.
        prefix: what the names of all resources begin with; two workspaces of one account and region need two,
            or they would take each other's resources for their own.
        recipe: what the personalised model is trained with.
        hyperparameters: the recipe's own, as text; empty for its defaults.
        filter_expression: what batches leave out or keep, in Personalize's filter language; empty for no filter.
        exploration: `explorationWeight` and `explorationItemAgeCutOff` of batches; empty for the recipe's own.
        patience: how its long work is waited for.

    Raises:
        TrainingError: the role is none, or the recipe cannot do what is wanted of it.
    """

    role_arn: str
    kms_key_arn: str = ""
    prefix: str = "winddown"
    recipe: str = "aws-user-personalization-v2"
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    filter_expression: str = ""
    exploration: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        find_recipe(self.recipe)  # refused before anything is exported or paid for
        if not _ROLE.fullmatch(self.role_arn):
            raise TrainingError(
                f"personalize: `role_arn` is {self.role_arn!r}; wanted the role that Personalize takes on to "
                "reach the bucket, such as arn:aws:iam::123456789012:role/PersonalizeReadsAndWrites"
            )
        if not PREFIX.fullmatch(self.prefix):
            raise TrainingError(
                f"personalize: `prefix` is {self.prefix!r}; wanted 1 to 9 small letters, digits or hyphens, "
                "a letter or digit first"
            )
        if len(self.filter_expression) > _LONGEST_FILTER:
            raise TrainingError(
                f"personalize: `filter_expression` has {len(self.filter_expression)} characters; "
                f"Personalize takes {_LONGEST_FILTER}"
            )
        if self.exploration and not find_recipe(self.recipe).explores:
            raise TrainingError(f"personalize: recipe {self.recipe!r} takes no exploration settings; remove them")
