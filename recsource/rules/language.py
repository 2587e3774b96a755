"""Only what the reader understands."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recsource.rules.rule import Predicate


class Language(Predicate):
    """Keeps items in the reader's language, or in one of the languages that stand in for it.

    Attributes:
        fallback: for a reader's language, the others that will do, such as `{fr = ["en"]}`.
        wordless: item languages that anybody understands: `zxx` is BCP 47's "no linguistic content".
    """

    rule: Literal["language"]
    fallback: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    wordless: tuple[str, ...] = ("zxx",)
