"""Kids' content only for those who listen to it: adults who were shown it lost trust in the picks."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveInt

from recsource.rules.rule import SQL, Occasion, Predicate


class Kids(Predicate):
    """Keeps kids' items for readers who listened to or completed kids' items at least `listens` times."""

    rule: Literal["kids"]
    listens: PositiveInt = 3

    def prepare(self, occasion: Occasion) -> str:
        """Marks the readers who listen to kids' content."""
        return SQL("rules/kids_listeners", rule=self, occasion=occasion)
