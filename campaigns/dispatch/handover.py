"""Handing over: one batch at a time is under way to the provider, while the worker gets the next one ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from campaigns.dispatch.turnstile import Turnstile
from campaigns.ground.errors import WinddownError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
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


def _nothing() -> Sequence[Receipt]:
    return ()


@dataclass(frozen=True, slots=True)
class Ready:
    """A batch, and what hands its messages over."""

    batch: Batch
    submission: Submission = _nothing


Submit = Callable[[Sequence[str]], frozenset[str]]
"""Commits deliveries as `submitting`, and says which of them are still ours."""

Settle = Callable[[Sequence[Receipt], Mapping[str, int]], None]
"""Writes receipts to the ledger, given how often each delivery was tried before."""


@dataclass(slots=True)
class Handover:
    """A worker's door to the provider. Only the call itself is made beside the worker's own thread.

    Leaving the `with` waits for the batch under way: whatever ends a worker, what it handed over is settled.
    """

    sender: Sender
    turnstile: Turnstile
    submit: Submit
    settle: Settle
    _beside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "handover"))
    _under_way: Future[Sequence[Receipt]] | None = None
    _batch: Batch = field(default_factory=lambda: Batch((), (), {}))

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

        Raises:
            WinddownError: its turn was not to be had; it waits.
        """
        batch = ready.batch
        admitted = self.turnstile.admit(len(batch.messages)) if batch.messages else 0
        leaving = batch.messages[:admitted]
        ours = self.submit([message.delivery_id for message in leaving])
        leaving = [message for message in leaving if message.delivery_id in ours]
        if leaving:
            all_leave = len(leaving) == len(batch.messages)
            submission = ready.submission if all_leave else self._submission(leaving)
            self._batch = Batch(leaving, (), batch.attempts)
            try:
                self.turnstile.wait()
            except WinddownError:
                self._put_back()
                raise
            self._under_way = self._beside.submit(submission)
        return admitted

    def land(self) -> Sequence[Receipt]:
        """Wait for the batch under way, and settle it; nothing where none is.

        Raises:
            WinddownError: the sender takes nothing more, and nothing of the batch has left: it waits.
        """
        if self._under_way is None:
            return ()
        under_way, self._under_way = self._under_way, None
        try:
            receipts = under_way.result()
        except WinddownError:
            self._put_back()
            raise
        self.settle(receipts, self._batch.attempts)
        self.turnstile.give_back(sum(not receipt.tried for receipt in receipts))
        return receipts

    def _submission(self, messages: Sequence[Message]) -> Submission:
        if not messages:
            return _nothing
        if isinstance(self.sender, Prepares):
            return self.sender.prepare(messages)
        return partial(self.sender.send, messages)

    def _put_back(self) -> None:
        untried = [Receipt(message.delivery_id, Outcome.DEFERRED, tried=False) for message in self._batch.messages]
        self.settle(untried, self._batch.attempts)
        self.turnstile.give_back(len(untried))
