"""The watch: looks every now and then at how the edition fares, and halts it when a guard trips."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from campaigns.dispatch.guards import Guards
from campaigns.dispatch.order import Ended
from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ports.clock import Clock, Stopwatch
from campaigns.ports.entries import UNRENDERED, Responses, Standing
from campaigns.ports.ledger import Ledger
from campaigns.ports.notifier import Notifier

_LOG = logging.getLogger(__name__)
_EVERY = timedelta(seconds=1)
_AFTER_TROUBLE = timedelta(seconds=0.2)
_SHARE = 50  # a look at a large edition takes its time; no more than a fiftieth of a worker's goes into it


class Watch:
    """One worker's, or the dispatcher's; the ledger tells each what another has seen.

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

    def why_not(self) -> Ended | None:
        """Why nothing may be sent at present, as far as is known; None where it may."""
        if self.halted:
            return Ended.HALTED
        paused = self._guards.paused_until(self.standing)
        return Ended.CANARY if paused and self._clock() < paused else None

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
        """Look now, whenever it was last done; as is due after a message that could not be rendered.

        Of those none or few are allowed, so that it comes to few looks; and the templates are everybody's.
        """
        began = self._real()
        self._judge()
        self._looked_at = self._real()
        self._took = self._looked_at - began

    def _judge(self) -> None:
        self.standing = self._ledger.standing(self._edition)
        if self.halted:
            return
        responses = self._ledger.responses(self._edition, self.standing.resumed_at)
        tripped = self._guards.trip(self._edition, responses, self._first_unrendered(responses))
        if tripped:
            if self._ledger.halt(self._edition, tripped, self._clock()):
                _LOG.info("halted", extra={"because": tripped})
                self._notifier.tell(tripped)
            self.standing = self._ledger.standing(self._edition)

    def _first_unrendered(self, responses: Responses) -> str:
        """Which delivery, and the template's error, where there are too many such to go on."""
        if responses.unrendered <= self._guards.max_unrendered:
            return ""
        since = self.standing.resumed_at
        rejected = self._ledger.deliveries(self._edition, State.REJECTED)
        unrendered = (
            f"delivery {delivery.delivery_id}, {delivery.detail.removeprefix(UNRENDERED)}"
            for delivery in rejected
            if delivery.detail.startswith(UNRENDERED) and (since is None or delivery.changed_at >= since)
        )
        return next(unrendered, "")
