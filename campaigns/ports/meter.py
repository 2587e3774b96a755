"""The meter: told, batch by batch, how sending goes, for whoever watches the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Recorded


@dataclass(frozen=True, slots=True)
class Landed:
    """A batch that is settled: how its messages fared, and how long it took.

    Attributes:
        seconds: from the call to the provider to its answer.
        waited: seconds that the worker waited for the rate to let the batch leave.
        throttled: whether the provider asked to go slower.
    """

    accepted: int = 0
    rejected: int = 0
    deferred: int = 0
    uncertain: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    throttled: bool = False

    @classmethod
    def of(cls, receipts: Sequence[Receipt], seconds: float, waited: float) -> Self:
        """A batch's receipts, counted."""
        counts = Counter(receipt.outcome for receipt in receipts)
        return cls(
            accepted=counts[Outcome.ACCEPTED],
            rejected=counts[Outcome.REJECTED],
            deferred=counts[Outcome.DEFERRED],
            uncertain=counts[Outcome.UNCERTAIN],
            seconds=seconds,
            waited=waited,
            throttled=any(receipt.throttled for receipt in receipts),
        )

    @property
    def messages(self) -> int:
        """How many it had."""
        return self.accepted + self.rejected + self.deferred + self.uncertain


class Meter(Protocol):
    """Somewhere that numbers are kept."""

    def landed(self, batch: Landed) -> None:
        """A batch is settled."""
        ...

    def stands(self, edition: Edition, tally: Tally, *, halted: bool) -> None:
        """Where an edition stands, as the ledger has it."""
        ...

    def recorded(self, became: Recorded) -> None:
        """Events were recorded."""
        ...


class Unmetered:
    """Nobody watches."""

    def landed(self, batch: Landed) -> None:
        """See the port."""

    def stands(self, edition: Edition, tally: Tally, *, halted: bool) -> None:
        """See the port."""

    def recorded(self, became: Recorded) -> None:
        """See the port."""
