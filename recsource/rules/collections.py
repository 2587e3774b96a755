"""A collection is one pick, however many of its members were recommended."""

from __future__ import annotations

from typing import Literal

from recsource.rules.rule import Rewriting


class Collections(Rewriting):
    """Rolls the members of a collection up into one pick, which stands where its best member stood."""

    rule: Literal["collections"]
