"""A fresh order each week, although the recommendations are the same."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from recsource.rules.rule import Rewriting


class Shuffle(Rewriting):
    """Moves picks about, seeded by edition, reader and item.

    With n picks, the one at position p (from 0) gets the place (1 - strength) · p/n + strength · u, where u is
    uniform in [0, 1): the first 32 bits of `md5("{seed}-{user_id}-{item_id}")` over 2^32. Strength 0 keeps the
    order, 1 makes every order equally likely.
    """

    idempotent: ClassVar[bool] = False
    rule: Literal["shuffle"]
    strength: Annotated[float, Field(ge=0, le=1)]
