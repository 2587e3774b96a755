"""Only what was published lately, and nothing that is not out yet."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import PositiveInt

from recsource.rules.rule import Predicate


class OnlyNew(Predicate):
    """Keeps items published in the last `days` days."""

    about_item_alone: ClassVar[bool] = True
    rule: Literal["only_new"]
    days: PositiveInt
