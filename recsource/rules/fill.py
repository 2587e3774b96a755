"""Nobody gets a half-empty email: short lists are filled from what everybody may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt

from recsource.rules.rule import SQL, Occasion, Rewriting


class Fill(Rewriting):
    """Adds to the end of lists shorter than the email's slots.

    What is added passes the rules that stand before this one, as if it had been recommended last.

    Attributes:
        sources: where from, in order: `curated` (this edition's, in the reader's language) and `popular`
            (most listened to of late).
        popular_days: how far back listens count as popular.
    """

    idempotent: ClassVar[bool] = False
    rule: Literal["fill"]
    sources: Annotated[tuple[Literal["curated", "popular"], ...], Field(min_length=1)] = ("curated", "popular")
    popular_days: PositiveInt = 14

    def candidates(self, pairs: str, occasion: Occasion, conditions: Sequence[str]) -> str:
        """A SELECT that gives, for each reader whose list is short, the pairs that could be added.

        Args:
            pairs: the table of pairs so far.
            occasion: the edition, its moment and its slots.
            conditions: those of the predicates before this rule.
        """
        return SQL("rules/fill_candidates", rule=self, occasion=occasion, pairs=pairs, conditions=conditions)
