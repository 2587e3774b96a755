"""The plan, read back: rows by place, by person, or all of them as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import cast

from campaigns.ground.contact import Contact
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.plan_row import PlanRow, Slot
from recsource.engine import Engine, Queries, Row

_SQL = Queries("campaigns")
_STRETCH = 5_000
"""Rows read at a time: the file lies in their order, and sorting it anew would hold all of it in memory."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An edition's `plan.parquet`, read through an engine, never whole."""

    engine: Engine
    path: Path

    def rows(self) -> Iterator[PlanRow]:
        """Everybody, in the order of sending."""
        for first in count(0, _STRETCH):
            stretch = self.between(first, first + _STRETCH - 1)
            if not stretch:
                return
            yield from stretch

    def between(self, first: int, last: int) -> Sequence[PlanRow]:
        """The rows from one position to another, both included."""
        return [
            _plan_row(row)
            for row in self.engine.rows(_SQL("plan/rows", plan=self.path, where="between", first=first, last=last))
        ]

    def of(self, user_id: str) -> PlanRow:
        """One person's row.

        Raises:
            ConfigurationError: the plan has no such person.
        """
        rows = self.engine.rows(_SQL("plan/rows", plan=self.path, where="user", user_id=user_id))
        if not rows:
            raise ConfigurationError(self._why_not(user_id))
        return _plan_row(rows[0])

    def _why_not(self, user_id: str) -> str:
        excluded = self.path.with_name("excluded.parquet")
        reasons = self.engine.rows(_SQL("plan/reason", excluded=excluded, user_id=user_id))
        if reasons:
            return f"user {user_id!r} is not in the plan: excluded as `{reasons[0][0]}`; choose somebody else"
        return f"user {user_id!r} is not known; choose a `user_id` of {self.path.name}"


_Columns = tuple[
    str, int, str, str, str | None, str, str | None, str, str, datetime, str, dict[str, object]
]  # fmt: skip
_BETWEEN_SLOTS = "\x1e"
"""Stands in no JSON text, which escapes it."""


def _plan_row(row: Row) -> PlanRow:
    (
        delivery_id, position, user_id, email, first_name, language, country, timezone, variant, due, slots, more
    ) = cast("_Columns", row)  # fmt: skip
    return PlanRow(
        delivery_id,
        position,
        user_id,
        Contact(email, first_name, language, country, timezone),
        variant,
        due.replace(tzinfo=UTC),
        tuple(map(_slot, slots.split(_BETWEEN_SLOTS))) if slots else (),
        more,
    )


@lru_cache(maxsize=65_536)  # a few thousand items in a few places, against six slots a person
def _slot(written: str) -> Slot:
    return Slot(**json.loads(written))
