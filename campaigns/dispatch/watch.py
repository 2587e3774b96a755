"""The watch: looks every now and then at how the edition fares, and halts it when a guard trips."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from campaigns.dispatch.guards import Guards
from campaigns.ground.edition import Edition
from campaigns.ports.clock import Clock, Stopwatch
from campaigns.ports.entries import Standing
from campaigns.ports.ledger import Ledger
from campaigns.ports.notifier import Notifier

_EVERY = timedelta(seconds=1)
_AFTER_TROUBLE = timedelta(seconds=0.2)
_SHARE = 50  # a look at a large edition takes its time; no more than a fiftieth of a worker's goes into it


class Watch:
    """One worker's; every worker has one, and the ledger tells each what another has seen.

    Attributes:
        standing: as it was when last looked at.
    """

    def __init__(
        self,
        edition: Edition,
        guards: Guards,
        ledger: Ledger,
        notifier: Notifier,
        clock: Clock,
        stopwatch: Stopwatch,
    ) -> None:
        self.standing = Standing()
        self._edition = edition
        self._guards = guards
        self._ledger = ledger
        self._notifier = notifier
        self._clock = clock
        self._real: Callable[[], datetime] = stopwatch.now
        self._looked_at: datetime | None = None
        self._took = timedelta()

    @property
    def halted(self) -> bool:
        """Whether nothing more may be sent, as far as is known."""
        return self.standing.halted_at is not None

    def look(self, *, trouble: bool = True) -> None:
        """Look now.

        Args:
            trouble: whether something went wrong; otherwise, and also then if it goes wrong all the time, it is
                enough to have looked a moment ago.
        """
        pause = max(self._took * _SHARE, _AFTER_TROUBLE if trouble else _EVERY)
        if self._looked_at is None or self._real() - self._looked_at >= pause:
            self.judge()

    def judge(self) -> None:
        """Look now, whenever it was last done."""
        began = self._real()
        self._judge()
        self._looked_at = self._real()
        self._took = self._looked_at - began

    def _judge(self) -> None:
        self.standing = self._ledger.standing(self._edition)
        if self.halted:
            return
        tripped = self._guards.trip(self._edition, self._ledger.responses(self._edition, self.standing.resumed_at))
        if tripped:
            if self._ledger.halt(self._edition, tripped, self._clock()):
                self._notifier.tell(tripped)
            self.standing = self._ledger.standing(self._edition)
