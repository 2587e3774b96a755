"""A worker: claim, render, submit, hand over, settle, batch by batch, until nothing more may be sent.

A claim is committed before its messages are rendered, and once more, as `submitting`, right before they are handed
over. Whatever kills the process in between leaves claims behind: the next run puts back to waiting what was only
claimed, because no byte of it had left, and calls `uncertain` what was being submitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from campaigns.dispatch.order import Ended, Order
from campaigns.dispatch.timing import due_spans, retry_after
from campaigns.dispatch.turnstile import Turnstile
from campaigns.dispatch.watch import Watch
from campaigns.dispatch.window import PlanWindow
from campaigns.ground.edition import Edition
from campaigns.ground.errors import QuotaError, TemplateError, WinddownError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.plan.reading import Plan
from campaigns.ports.clock import Clock, Stopwatch
from campaigns.ports.entries import UNRENDERED, Claim, Lease
from campaigns.ports.ledger import Ledger
from campaigns.ports.notifier import Mute, Notifier
from campaigns.ports.renderer import Renderer
from campaigns.ports.sender import Sender

_CLAIMED_AT_ONCE = 100  # deliveries: a commit for many small batches
_SECOND_LOOKS = (0.02, 0.1, 0.0)  # seconds between


@dataclass(frozen=True, slots=True)
class Worker:
    """Sends what is due of one edition, beside any number of others that do the same.

    Attributes:
        owner: `host/run/worker`, under which it claims.
        sender: entered already.
        stopping: asked before every batch; true when the operator wants to stop after the one at hand.
        step: told of every batch, how many messages it had.
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
    step: Callable[[int], None] = lambda _: None

    def run(self) -> Ended:
        """Send all that is due.

        Returns:
            Why it ended; whatever has not been sent then waits.

        Raises:
            DeliveryError: the provider takes nothing more.
            TemplateError: a message cannot be rendered, and none may fail to be.
            LedgerError: the ledger cannot be written; what was being submitted stays so, for `recover`.
        """
        order, edition = self.order, self.edition
        watch = Watch(edition, order.guards, self.ledger, self.notifier, self.clock, self.stopwatch)
        turnstile = Turnstile(self.ledger, self.sender, order.rate, order.warm_up, self.stopwatch, order.random)
        try:
            return self._work(watch, turnstile, PlanWindow(self.plan))
        except QuotaError:
            return Ended.QUOTA
        finally:
            self.ledger.release(edition, self.owner, self.clock())

    def _work(self, watch: Watch, turnstile: Turnstile, window: PlanWindow) -> Ended:
        watch.judge()
        while (ended := self._why_not(watch)) is None:
            claims = self._claim(watch, max(turnstile.room, _CLAIMED_AT_ONCE))
            if not claims:
                return self._nothing_claimed(watch)
            for batch in _batches(claims, turnstile.room):
                if not self._send(window, batch, watch, turnstile):
                    return Ended.QUOTA
                if ended := self._why_not(watch):
                    return ended
        return ended

    def _why_not(self, watch: Watch) -> Ended | None:
        """Why nothing more may be sent at present, if so."""
        if self.stopping():
            return Ended.STOPPED
        if watch.halted:
            return Ended.HALTED
        paused = self.order.guards.paused_until(watch.standing)
        return Ended.CANARY if paused and self.clock() < paused else None

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
            )
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

    def _send(self, window: PlanWindow, batch: Sequence[Claim], watch: Watch, turnstile: Turnstile) -> bool:
        """Whether the day has room for more."""
        messages, failed = self._rendered(window, batch)
        admitted = turnstile.admit(len(messages)) if messages else 0
        ours = self._submit([*(m.delivery_id for m in messages[:admitted]), *(r.delivery_id for r in failed)])
        leaving = [message for message in messages[:admitted] if message.delivery_id in ours]
        attempts = {claim.delivery_id: claim.attempts for claim in batch}
        self._settle([receipt for receipt in failed if receipt.delivery_id in ours], attempts)
        receipts = self._hand_over(leaving, attempts, turnstile) if leaving else []
        self._settle(receipts, attempts)
        watch.look(trouble=bool(failed) or any(receipt.outcome is Outcome.REJECTED for receipt in receipts))
        if any(receipt.throttled for receipt in receipts):
            turnstile.throttled()
        else:
            turnstile.passed()
        self.step(len(receipts) + len(failed))
        return admitted == len(messages)

    def _submit(self, delivery_ids: Sequence[str]) -> frozenset[str]:
        now = self.clock()
        return self.ledger.submit(self.edition, Lease(self.owner, now + self.order.lease), delivery_ids, now)

    def _hand_over(
        self, messages: Sequence[Message], attempts: Mapping[str, int], turnstile: Turnstile
    ) -> Sequence[Receipt]:
        try:
            turnstile.wait()
            return self.sender.send(messages)
        except WinddownError:
            # The sender takes nothing more, or the slot was not to be had: nothing of this batch has left.
            untried = [Receipt(message.delivery_id, Outcome.DEFERRED, tried=False) for message in messages]
            self._settle(untried, attempts)
            raise

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
        self.ledger.settle(self.edition, self.owner, receipts, now, retry_at)

    def _rendered(self, window: PlanWindow, batch: Sequence[Claim]) -> tuple[Sequence[Message], Sequence[Receipt]]:
        """The batch's messages, and receipts of those that cannot be rendered.

        Raises:
            TemplateError: one cannot, and none may.
        """
        messages: list[Message] = []
        failed: list[Receipt] = []
        for claim, row in zip(batch, window.rows(batch), strict=True):
            try:
                messages.append(self.renderer.render(row))
            except TemplateError as failure:
                if not self.order.guards.max_unrendered:
                    raise
                failed.append(Receipt(claim.delivery_id, Outcome.REJECTED, detail=f"{UNRENDERED}{failure}"))
        return messages, failed


def _batches(claims: Sequence[Claim], size: int) -> Sequence[Sequence[Claim]]:
    return [claims[start : start + size] for start in range(0, len(claims), size)]
