"""A delivery's states in the ledger, and the counts that must always balance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands; `store.transitions` says which may follow which."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Tally:
    """An edition's deliveries by state.

    `waiting` counts the claimed ones too, because no byte of them has left; `uncertain` those that are being
    submitted, because what is handed over this instant may or may not have left, and stays so if the process
    dies. `in_flight` says how many claimed and submitted ones there are.
    """

    planned: int = 0
    accepted: int = 0
    rejected: int = 0
    uncertain: int = 0
    cancelled: int = 0
    waiting: int = 0
    in_flight: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)

    @property
    def balanced(self) -> bool:
        """Whether everybody planned stands in exactly one state."""
        return self.planned == (self.accepted + self.rejected + self.uncertain + self.cancelled + self.waiting)
