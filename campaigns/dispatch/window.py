"""The part of the plan that is being sent: read in stretches, because claims follow the plan's order."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.ground.errors import GuardError
from campaigns.ground.plan_row import PlanRow
from campaigns.plan.reading import Plan
from campaigns.ports.entries import Claim

_STRETCH = 1_000


class PlanWindow:
    """Rows by position, at most a stretch of them in memory."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rows: dict[int, PlanRow] = {}

    def rows(self, claims: Sequence[Claim]) -> list[PlanRow]:
        """The claims' rows; their positions ascend.

        Raises:
            GuardError: the plan has somebody else there: it was planned anew in the meantime.
        """
        return [self._row(claim) for claim in claims]

    def _row(self, claim: Claim) -> PlanRow:
        if claim.position not in self._rows:
            stretch = self._plan.between(claim.position, claim.position + _STRETCH - 1)
            self._rows = {row.position: row for row in stretch}
        row = self._rows.get(claim.position)
        if row is None or row.delivery_id != claim.delivery_id:
            raise GuardError(
                f"the plan in {self._plan.path} is not the one that the ledger enrolled: at position "
                f"{claim.position} it has another delivery; run `winddown plan` again, or put back the enrolled"
            )
        return row
