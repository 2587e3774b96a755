"""Variety: "all rain sounds at the top" is the complaint to prevent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import PositiveInt, model_validator

from recsource.rules.rule import Rewriting

LIMITED = ("narrator", "topic", "kind")
"""The item columns that can be limited; the catalogue numbers their values."""


class AtMost(Rewriting):
    """Keeps so many picks per narrator, topic and kind, the foremost ones.

    The limits apply one after the other, in this order; what has no narrator or topic is not limited by it.
    """

    rule: Literal["at_most"]
    narrator: PositiveInt | None = None
    topic: PositiveInt | None = None
    kind: PositiveInt | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.limits:
            raise ValueError("wanted a number for at least one of `narrator`, `topic`, `kind`")
        return self

    @property
    def limits(self) -> Mapping[str, int]:
        """The number for each column that has one."""
        limits = {column: getattr(self, column) for column in LIMITED}
        return {column: limit for column, limit in limits.items() if limit is not None}
