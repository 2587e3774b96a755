"""The part of the plan that is being sent: read in stretches, because claims follow the plan's order."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.ground.plan_row import PlanRow
from campaigns.plan.reading import Plan

_STRETCH = 1_000


class PlanWindow:
    """Rows by position, at most a stretch of them in memory."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rows: dict[int, PlanRow] = {}

    def rows(self, positions: Sequence[int]) -> list[PlanRow]:
        """The rows at ascending positions."""
        return [self._row(position) for position in positions]

    def _row(self, position: int) -> PlanRow:
        if position not in self._rows:
            stretch = self._plan.between(position, position + _STRETCH - 1)
            self._rows = {row.position: row for row in stretch}
        return self._rows[position]
