"""Nothing that the reader knows already."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeInt

from recsource.rules.rule import Rewriting


class NotHeard(Rewriting):
    """Drops items that the reader completed, or listened to more than `listens` times."""

    rule: Literal["not_heard"]
    listens: NonNegativeInt = 2
