"""Handing over: one batch at a time is under way to the provider, while the worker gets the next one ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from campaigns.dispatch.turnstile import Turnstile
from campaigns.ground.errors import WinddownError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.meter import Landed
from campaigns.ports.sender import Prepares, Sender, Submission


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims, rendered.

    Attributes:
        messages: those that could be, in the plan's order.
        failed: receipts of those that could not.
        attempts: by delivery id, how often each was tried before.
    """

    messages: Sequence[Message]
    failed: Sequence[Receipt]
    attempts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ready:
    """A batch, and what hands its messages over."""

    batch: Batch
    submission: Submission


Submit = Callable[[Sequence[str]], frozenset[str]]
"""Commits deliveries as `submitting`, and says which of them are still ours."""

Settle = Callable[[Sequence[Receipt], Mapping[str, int]], None]
"""Writes receipts to the ledger, given how often each delivery was tried before."""


@dataclass(slots=True)
class Handover:
    """A worker's door to the provider. From submitting to settling, a batch is handled beside the worker's thread.

    Leaving the `with` waits for the batch under way: whatever ends a worker, what it handed over is settled.
    """

    sender: Sender
    turnstile: Turnstile
    submit: Submit
    settle: Settle
    _beside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "handover"))
    _under_way: Future[Sequence[Receipt]] | None = None
    _took: float = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        with self._beside:
            self.land()

    def prepare(self, batch: Batch) -> Ready:
        """Make a batch ready, while another may be under way."""
        return Ready(batch, self._submission(batch.messages))

    def take_off(self, ready: Ready) -> int:
        """Let a batch leave, in its turn. None may be under way.

        Returns:
            How many of its messages the day had room for; the others stay claimed.
        """
        messages, attempts = ready.batch.messages, ready.batch.attempts
        admitted = self.turnstile.admit(len(messages)) if messages else 0
        if admitted:
            submission = ready.submission if admitted == len(messages) else None
            alike = copy_context()  # what is logged there is about the same
            self._under_way = self._beside.submit(
                alike.run, self._hand_over, messages[:admitted], attempts, submission
            )
        return admitted

    def land(self) -> Sequence[Receipt]:
        """Wait until the batch under way is settled; its receipts, none where there is no such batch.

        Raises:
            WinddownError: its turn was not to be had, or the sender takes nothing more: it waits.
        """
        if self._under_way is None:
            return ()
        under_way, self._under_way = self._under_way, None
        return under_way.result()

    def landed(self, receipts: Sequence[Receipt]) -> Landed:
        """What there is to tell of the batch that landed last."""
        return Landed.of(receipts, self._took, self.turnstile.waited())

    def _hand_over(
        self, messages: Sequence[Message], attempts: Mapping[str, int], submission: Submission | None
    ) -> Sequence[Receipt]:
        """Submit, wait for the slot, call, settle. Of what is not ours any more nothing leaves."""
        ours = self.submit([message.delivery_id for message in messages])
        leaving = [message for message in messages if message.delivery_id in ours]
        if not leaving:
            return ()
        if submission is None or len(leaving) < len(messages):
            submission = self._submission(leaving)
        try:
            self.turnstile.wait()
            began = self.turnstile.now()
            receipts = submission()
            self._took = (self.turnstile.now() - began).total_seconds()
        except WinddownError:
            self._settle(_untried(leaving), attempts)
            raise
        self._settle(receipts, attempts)
        return receipts

    def _settle(self, receipts: Sequence[Receipt], attempts: Mapping[str, int]) -> None:
        self.settle(receipts, attempts)
        self.turnstile.give_back(sum(not receipt.tried for receipt in receipts))

    def _submission(self, messages: Sequence[Message]) -> Submission:
        if isinstance(self.sender, Prepares) and messages:
            return self.sender.prepare(messages)
        return partial(self.sender.send, messages)


def _untried(messages: Sequence[Message]) -> Sequence[Receipt]:
    return [Receipt(message.delivery_id, Outcome.DEFERRED, tried=False) for message in messages]
