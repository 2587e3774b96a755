"""What a rule is.

Rules stand in `campaign.toml` in the order in which they work. There are two sorts. A **predicate** looks at
one item and one reader and says whether they go together; neighbouring predicates run as one pass over the
pairs. A **rewriting** looks at a reader's whole list: it drops, merges, reorders or adds to it.

Both speak SQL over the same names: `i`, a row of `catalogue` (the items, numbered); `r`, a row of `readers`
(the eligible users, numbered); and pairs `(user_no, item_no, collection_no, rank, place, source)`, where
`rank` is the recommender's and `place` is where the pair stands now, smaller first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from recsource.engine import Queries

SQL = Queries("recsource")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule may know besides its own parameters.

    Attributes:
        as_of: the moment for which picks are made, UTC; nothing later than this counts as published.
        edition: the edition's name, such as `2026-W47`.
        seed: what shuffling is a function of, together with reader and item.
        slots: how many picks an email shows.
    """

    as_of: datetime
    edition: str
    seed: str
    slots: int


class Rule(BaseModel):
    """A rule's parameters, checked and frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str

    def prepare(self, occasion: Occasion) -> str:  # noqa: ARG002 - most rules need nothing
        """A statement to run once before the rule, such as one that adds a column to `readers`."""
        return ""


class Predicate(Rule):
    """A rule about one item and one reader."""

    about_item_alone: ClassVar[bool] = False
    """Whether the reader does not matter: the condition then speaks of `i` only."""

    def condition(self, occasion: Occasion) -> str:
        """A SQL condition over `i` and `r` that holds where the pair may stay; never null."""
        return SQL(f"rules/{self.rule}", rule=self, occasion=occasion).strip()


class Rewriting(Rule):
    """A rule about a reader's whole list."""

    idempotent: ClassVar[bool] = True
    """Whether applying it again to a list that grew at its end leaves the beginning as it was."""

    def rewrite(self, pairs: str, occasion: Occasion) -> str:
        """A SELECT that gives the pairs as they stand after the rule.

        Args:
            pairs: the table of pairs as they stand before it.
            occasion: the moment, edition and seed.
        """
        return SQL(f"rules/{self.rule}", rule=self, occasion=occasion, pairs=pairs)
