"""Handing over: a batch or two are under way to the provider, while the worker gets the next one ready."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from campaigns.dispatch.turnstile import Turn, Turnstile
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

    Leaving the `with` waits for what is under way: whatever ends a worker, what it handed over is settled.
    """

    sender: Sender
    turnstile: Turnstile
    submit: Submit
    settle: Settle
    _beside: ThreadPoolExecutor = field(init=False)
    _under_way: deque[Future[Landed]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._beside = ThreadPoolExecutor(self.sender.calls_at_once, "handover")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        with self._beside:
            while self._under_way:
                self.land()

    @property
    def is_full(self) -> bool:
        """Whether as many batches are under way as may be at once."""
        return len(self._under_way) >= self.sender.calls_at_once

    def prepare(self, batch: Batch) -> Ready:
        """Make a batch ready, while others may be under way."""
        return Ready(batch, self._submission(batch.messages))

    def take_off(self, ready: Ready) -> int:
        """Let a batch leave, in its turn, where there is room.

        Returns:
            How many of its messages the day had room for; the others stay claimed.
        """
        messages, attempts = ready.batch.messages, ready.batch.attempts
        if not messages:
            return 0
        turn = self.turnstile.admit(len(messages))
        if turn.recipients:
            submission = ready.submission if turn.recipients == len(messages) else None
            leaving = messages[: turn.recipients]
            alike = copy_context()  # what is logged there is about the same
            gone = self._beside.submit(alike.run, self._hand_over, turn, leaving, attempts, submission)
            self._under_way.append(gone)
        return turn.recipients

    def land(self) -> Landed | None:
        """Wait until the batch that left first is settled; how it fared, or None where none is under way.

        Raises:
            WinddownError: its turn was not to be had, or the sender takes nothing more: it waits.
        """
        return self._under_way.popleft().result() if self._under_way else None

    def _hand_over(
        self, turn: Turn, messages: Sequence[Message], attempts: Mapping[str, int], submission: Submission | None
    ) -> Landed:
        """Submit, wait for the slot, call, settle. Of what is not ours any more nothing leaves."""
        ours = self.submit([message.delivery_id for message in messages])
        leaving = [message for message in messages if message.delivery_id in ours]
        self.turnstile.give_back(len(messages) - len(leaving))
        if not leaving:
            return Landed()
        if submission is None or len(leaving) < len(messages):
            submission = self._submission(leaving)
        began = self.turnstile.now()
        try:
            self.turnstile.wait(turn)
            left = self.turnstile.now()
            receipts = submission()
            took = self.turnstile.now() - left
        except WinddownError:
            self._settle(_untried(leaving), attempts)
            raise
        self._settle(receipts, attempts)
        return Landed.of(receipts, took.total_seconds(), turn.waited + (left - began).total_seconds())

    def _settle(self, receipts: Sequence[Receipt], attempts: Mapping[str, int]) -> None:
        self.settle(receipts, attempts)
        self.turnstile.give_back(sum(not receipt.tried for receipt in receipts))

    def _submission(self, messages: Sequence[Message]) -> Submission:
        if isinstance(self.sender, Prepares) and messages:
            return self.sender.prepare(messages)
        return partial(self.sender.send, messages)


def _untried(messages: Sequence[Message]) -> Sequence[Receipt]:
    return [Receipt(message.delivery_id, Outcome.DEFERRED, tried=False) for message in messages]
