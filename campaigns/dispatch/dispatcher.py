"""Sending: claim, render, hand over, settle, batch by batch, until nothing more is due.

A claim is committed before its messages are handed over, and receipts are recorded as soon as they are known.
Whatever kills the process in between leaves claims behind, which the next run finds and calls `uncertain`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from campaigns.dispatch.window import PlanWindow
from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import WinddownError
from campaigns.ground.plan_row import PlanRow
from campaigns.plan.reading import Plan
from campaigns.ports.clock import Clock
from campaigns.ports.ledger import Ledger
from campaigns.ports.progress import Progress
from campaigns.ports.renderer import Renderer
from campaigns.ports.sender import Sender


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a delivery is tried.

    Attributes:
        give_up_after: so long after it fell due a message would come too late, and is cancelled.
        retry_after: how long a deferred one waits.
        max_attempts: deferred so often it is rejected.
    """

    give_up_after: timedelta
    retry_after: timedelta
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Sends what is due of one edition. The caller holds the edition's lock.

    Attributes:
        stopping: asked before every batch; true when the operator wants to stop after the one at hand.
    """

    edition: Edition
    plan: Plan
    renderer: Renderer
    sender: Sender
    ledger: Ledger
    limits: Limits
    clock: Clock
    progress: Progress
    stopping: Callable[[], bool] = lambda: False

    def run(self) -> Tally:
        """Send all that is due, resuming where an earlier run stopped.

        Returns:
            The counts afterwards; those that are not due yet stand as waiting.

        Raises:
            DeliveryError: the provider takes nothing more; what was not handed over waits for the next run.
            ConfigurationError: the provider does not let us in; nothing was claimed.
            TemplateError: a message cannot be rendered; its batch waits.
        """
        now = self.clock()
        self.ledger.abandon_claims(self.edition, now)
        self.ledger.expire(self.edition, now - self.limits.give_up_after, self.limits.max_attempts, now)
        due = self.ledger.next_due(self.edition)
        if due is not None and due <= now:
            with self.sender:
                self._send_due()
        return self.ledger.tally(self.edition)

    def _send_due(self) -> None:
        window = PlanWindow(self.plan)
        with self.progress.stage("Sending", self.ledger.tally(self.edition).waiting) as step:
            while not self.stopping():
                claims = self.ledger.claim(self.edition, self.sender.batch_size, self.clock())
                if not claims:
                    return
                self._send(window.rows([claim.position for claim in claims]))
                step(len(claims))

    def _send(self, rows: Sequence[PlanRow]) -> None:
        try:
            receipts = self.sender.send([self.renderer.render(row) for row in rows])
        except WinddownError:
            # A template failed, or the sender takes nothing more: either way nothing of this batch has left.
            self.ledger.release(self.edition, [row.delivery_id for row in rows], self.clock())
            raise
        now = self.clock()
        untried = [receipt.delivery_id for receipt in receipts if not receipt.tried]
        tried = [receipt for receipt in receipts if receipt.tried]
        self.ledger.settle(self.edition, tried, now, retry_at=now + self.limits.retry_after)
        self.ledger.release(self.edition, untried, now)
