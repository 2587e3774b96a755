"""A sender that keeps what it is given: for tests and rehearsals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.boundless import Boundless


def accept_all(message: Message) -> Outcome:
    """The script of a day on which nothing goes wrong."""
    del message
    return Outcome.ACCEPTED


class MemorySender(Boundless):
    """Accepts into `messages`; a script decides otherwise.

    Attributes:
        messages: what was accepted, and what is uncertain but did leave, in the order of sending.
    """

    name = "memory"

    def __init__(
        self,
        script: Callable[[Message], Outcome | Receipt] = accept_all,
        *,
        batch_size: int = 100,
        in_one_call: bool = False,
        calls_at_once: int = 1,
    ) -> None:
        """Take a script.

        Args:
            script: gives a message's outcome, or its whole receipt, or raises DeliveryError to refuse its
                whole batch.
            batch_size: see the port.
            in_one_call: likewise.
            calls_at_once: likewise.
        """
        self.batch_size = batch_size
        self.in_one_call = in_one_call
        self.calls_at_once = calls_at_once
        self.messages: list[Message] = []
        self._script = script

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Play the script for each message, then keep what left."""
        receipts = [self._receipt(message) for message in batch]
        self.messages += [
            message for message, receipt in zip(batch, receipts, strict=True) if receipt.outcome.may_have_left
        ]
        return receipts

    def _receipt(self, message: Message) -> Receipt:
        verdict = self._script(message)
        return verdict if isinstance(verdict, Receipt) else Receipt(message.delivery_id, verdict)
