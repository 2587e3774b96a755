"""A worker: claim, render, submit, hand over, settle, batch by batch, until nothing more may be sent.

While batches are under way to the provider, the next one is rendered.

A claim is committed before its messages are rendered, and once more, as `submitting`, right before they are handed
over. Whatever kills the process in between leaves claims behind: the next run puts back to waiting what was only
claimed, because no byte of it had left, and calls `uncertain` what was being submitted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from campaigns.dispatch.handover import Batch, Handover
from campaigns.dispatch.order import Ended, Order
from campaigns.dispatch.timing import due_spans, retry_after
from campaigns.dispatch.turnstile import Turnstile
from campaigns.dispatch.watch import Watch
from campaigns.dispatch.window import PlanWindow
from campaigns.ground.edition import Edition
from campaigns.ground.errors import QuotaError, TemplateError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.plan.reading import Plan
from campaigns.ports.clock import Clock, Stopwatch
from campaigns.ports.entries import UNRENDERED, Claim, Lease
from campaigns.ports.ledger import Ledger
from campaigns.ports.meter import Landed
from campaigns.ports.notifier import Mute, Notifier
from campaigns.ports.renderer import Renderer
from campaigns.ports.sender import Sender

_LOG = logging.getLogger(__name__)
_CLAIMED_AT_ONCE = 400  # deliveries: a commit for many small batches
_SECOND_LOOKS = (0.02, 0.1, 0.0)  # seconds between


@dataclass(frozen=True, slots=True)
class Worker:
    """Sends what is due of one edition, beside any number of others that do the same.

    Attributes:
        owner: under which it claims; see `ports.entries.Lease`.
        sender: entered already.
        stopping: asked before every batch; true when the operator wants to stop after the one at hand.
        step: told of every batch.
    """

    edition: Edition
    plan: Plan
    renderer: Renderer
    sender: Sender
    ledger: Ledger
    order: Order
    clock: Clock
    owner: str
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    notifier: Notifier = field(default_factory=Mute)
    stopping: Callable[[], bool] = lambda: False
    step: Callable[[Landed], None] = lambda _: None

    def run(self) -> Ended:
        """Send all that is due.

        Returns:
            Why it ended; whatever has not been sent then waits.

        Raises:
            DeliveryError: the provider takes nothing more.
            LedgerError: the ledger cannot be written; what was being submitted stays so, for `recover`.
        """
        watch = Watch(self.edition, self.order.guards, self.ledger, self.notifier, self.clock, self.stopwatch)
        try:
            turnstile = Turnstile(
                self.ledger, self.sender, self.order.rate, self.order.warm_up, self.stopwatch, self.order.random
            )
            with Handover(self.sender, turnstile, self._submit, self._settle) as handover:
                ended = self._work(watch, handover, PlanWindow(self.plan))
                while self._land(watch, handover):
                    pass
                return ended
        except QuotaError:
            return Ended.QUOTA
        finally:
            self.ledger.release(self.edition, self.owner, self.clock())

    def _work(self, watch: Watch, handover: Handover, window: PlanWindow) -> Ended:
        room = handover.turnstile.room
        watch.judge()
        while (ended := self._why_not(watch)) is None:
            claims = self._claim(watch, max(room, _CLAIMED_AT_ONCE))
            if not claims and not self._land(watch, handover):
                return self._nothing_claimed(watch)
            for batch in _batches(claims, room):
                rendered = self._rendered(window, batch)  # while others are under way
                ready = handover.prepare(rendered)
                while handover.is_full:
                    self._land(watch, handover)
                self._give_up(watch, rendered)
                if ended := self._why_not(watch):
                    return ended
                if handover.take_off(ready) < len(rendered.messages):
                    return Ended.QUOTA
        return ended

    def _why_not(self, watch: Watch) -> Ended | None:
        """Why nothing more may be sent at present, if so."""
        return Ended.STOPPED if self.stopping() else watch.why_not()

    def _claim(self, watch: Watch, limit: int) -> Sequence[Claim]:
        """What may be sent next; asked again before it is believed that there is nothing.

        PostgreSQL passes over rows that another worker is about to claim, and the other may yet let go of them.
        """
        claims: Sequence[Claim] = ()
        for pause in _SECOND_LOOKS:
            now = self.clock()
            claims = self.ledger.claim(
                self.edition,
                Lease(self.owner, now + self.order.lease),
                limit,
                now,
                due=due_spans(now, self.order.give_up_after, self.order.quiet),
                ceiling=self.order.guards.ceiling(watch.standing),
                shard=self.order.shard,
            )
            if claims:
                _LOG.debug("claimed", extra={"messages": len(claims)})
            if claims or (due := self.ledger.next_due(self.edition)) is None or due > now:
                break
            self.stopwatch.sleep(pause)
        return claims

    def _nothing_claimed(self, watch: Watch) -> Ended:
        """Nothing is left that may be sent now: why?"""
        watch.judge()
        if ended := self._why_not(watch):
            return ended
        ceiling = self.order.guards.ceiling(watch.standing)
        if ceiling is None or self.ledger.taken(self.edition) < ceiling:
            return Ended.DONE
        if self.ledger.tally(self.edition).in_flight == 0:
            self.ledger.end_canary(self.edition, self.clock())
        return Ended.CANARY

    def _land(self, watch: Watch, handover: Handover) -> bool:
        """See what became of the batch that left first; whether there was one."""
        landed = handover.land()
        if landed is None:
            return False
        none_was_ours = not landed.messages  # as when somebody has halted the edition
        watch.look(trouble=none_was_ours or landed.rejected > 0)
        if landed.throttled:
            handover.turnstile.throttled()
        else:
            handover.turnstile.passed()
        self.step(landed)
        return True

    def _give_up(self, watch: Watch, batch: Batch) -> None:
        """Settle what could not be rendered, and have that judged before anything else leaves."""
        if not batch.failed:
            return
        ours = self._submit([receipt.delivery_id for receipt in batch.failed])
        self._settle([receipt for receipt in batch.failed if receipt.delivery_id in ours], batch.attempts)
        watch.judge()
        self.step(Landed(rejected=len(ours)))

    def _submit(self, delivery_ids: Sequence[str]) -> frozenset[str]:
        now = self.clock()
        return self.ledger.submit(self.edition, Lease(self.owner, now + self.order.lease), delivery_ids, now)

    def _settle(self, receipts: Sequence[Receipt], attempts: Mapping[str, int]) -> None:
        if not receipts:
            return
        now, order = self.clock(), self.order
        retry_at = {
            receipt.delivery_id: now
            + retry_after(order.retry_after, attempts[receipt.delivery_id], order.random())
            for receipt in receipts
            if receipt.outcome is Outcome.DEFERRED and receipt.tried
        }
        too_late = self.ledger.settle(self.edition, self.owner, receipts, now, retry_at)
        if too_late:
            _LOG.warning("%s: %d receipts came too late to be taken", self.edition, len(too_late))
        _log_settled(receipts)

    def _rendered(self, window: PlanWindow, claims: Sequence[Claim]) -> Batch:
        messages: list[Message] = []
        failed: list[Receipt] = []
        for row in window.rows(claims):
            try:
                messages.append(self.renderer.render(row))
            except TemplateError as failure:
                _LOG.info("a message cannot be rendered: %s", failure, extra={"delivery": row.delivery_id})
                failed.append(Receipt(row.delivery_id, Outcome.REJECTED, detail=f"{UNRENDERED}{failure}"))
        return Batch(messages, failed, {claim.delivery_id: claim.attempts for claim in claims})


def _log_settled(receipts: Sequence[Receipt]) -> None:
    """A batch, and each message that did not fare well: without a provider's words, which may name somebody."""
    _LOG.debug("settled", extra={"messages": len(receipts)})
    for receipt in receipts if _LOG.isEnabledFor(logging.INFO) else ():
        if receipt.outcome is not Outcome.ACCEPTED and receipt.tried:
            told = {"delivery": receipt.delivery_id, "status": receipt.status}
            _LOG.info("a message is %s", receipt.outcome, extra=told)


def _batches(claims: Sequence[Claim], size: int) -> Sequence[Sequence[Claim]]:
    return [claims[start : start + size] for start in range(0, len(claims), size)]
