"""A campaign's rules in their order, as `campaign.toml` gives them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

from pydantic import Field

from recsource.errors import RuleError
from recsource.rules.at_most import AtMost
from recsource.rules.collections import Collections
from recsource.rules.fill import Fill
from recsource.rules.kids import Kids
from recsource.rules.kinds import Kinds
from recsource.rules.language import Language
from recsource.rules.not_heard import NotHeard
from recsource.rules.only_new import OnlyNew
from recsource.rules.rule import Predicate, Rewriting, Rule
from recsource.rules.shuffle import Shuffle
from recsource.rules.take import Take

AnyRule = Annotated[
    OnlyNew | Kinds | Language | NotHeard | Kids | Collections | AtMost | Shuffle | Fill | Take,
    Field(discriminator="rule"),
]
"""Every rule there is, told apart by its `rule` key."""


def slots(rules: Sequence[Rule]) -> int:
    """How many picks the email shows.

    Raises:
        RuleError: the rules do not end in the one `take`.
    """
    takes = [rule for rule in rules if isinstance(rule, Take)]
    if len(takes) != 1 or rules[-1] is not takes[0]:
        raise RuleError(
            f"rules: found {len(takes)} `take` rule(s){'' if takes else ' at all'}; "
            "wanted exactly one, as the last rule: it says how many slots the email has"
        )
    return takes[0].slots


def passes(rules: Sequence[Rule]) -> list[list[Predicate] | Rewriting]:
    """The rules as the engine runs them: neighbouring predicates together, each rewriting by itself."""
    steps: list[list[Predicate] | Rewriting] = []
    for together, group in groupby(rules, key=lambda rule: isinstance(rule, Predicate)):
        if together:
            steps.append([rule for rule in group if isinstance(rule, Predicate)])
        else:
            steps.extend(rule for rule in group if isinstance(rule, Rewriting))
    return steps
