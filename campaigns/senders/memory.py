"""A sender that keeps what it is given: for tests and rehearsals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt


def accept_all(message: Message) -> Outcome:
    """The script of a day on which nothing goes wrong."""
    del message
    return Outcome.ACCEPTED


class MemorySender:
    """Accepts into `messages`; a script decides otherwise.

    Attributes:
        messages: what was accepted, and what is uncertain but did leave, in the order of sending.
    """

    name = "memory"

    def __init__(self, script: Callable[[Message], Outcome] = accept_all, *, batch_size: int = 100) -> None:
        """Take a script.

        Args:
            script: gives a message's outcome, or raises DeliveryError to refuse its whole batch.
            batch_size: see the port.
        """
        self.batch_size = batch_size
        self.messages: list[Message] = []
        self._script = script

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Play the script for each message, then keep what left."""
        receipts = [Receipt(message.delivery_id, self._script(message)) for message in batch]
        self.messages += [
            message
            for message, receipt in zip(batch, receipts, strict=True)
            if receipt.outcome in {Outcome.ACCEPTED, Outcome.UNCERTAIN}
        ]
        return receipts
