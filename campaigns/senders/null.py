"""A sender that does all the work but the wire's: assembles each message, and drops it."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.ground.errors import MessageError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Assemble
from campaigns.senders.boundless import Boundless


class NullSender(Boundless):
    """For benchmarks and dry runs.

    Attributes:
        bytes_assembled: how many bytes would have gone out.
    """

    name = "null"
    batch_size = 100

    def __init__(self, assemble: Assemble) -> None:
        self.bytes_assembled = 0
        self._assemble = assemble

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Assemble each message."""
        return [self._drop(message) for message in batch]

    def _drop(self, message: Message) -> Receipt:
        try:
            self.bytes_assembled += len(self._assemble(message))
        except MessageError as failure:
            return Receipt(message.delivery_id, Outcome.REJECTED, detail=str(failure))
        return Receipt(message.delivery_id, Outcome.ACCEPTED)
