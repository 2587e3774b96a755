"""Only certain kinds of content, or all but certain kinds."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from recsource.rules.rule import Predicate


class Kinds(Predicate):
    """Keeps items whose kind is in `include` (where given) and not in `exclude`."""

    about_item_alone: ClassVar[bool] = True
    rule: Literal["kinds"]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.include or self.exclude):
            raise ValueError("wanted `include` or `exclude`, a list of kinds")
        return self
