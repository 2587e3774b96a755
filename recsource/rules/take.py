"""The email's slots: the foremost picks, or nobody's half-empty email."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveInt

from recsource.rules.rule import Rewriting


class Take(Rewriting):
    """Keeps the first `slots` picks; a reader with fewer keeps none and is excluded as `too_few_picks`."""

    rule: Literal["take"]
    slots: PositiveInt
