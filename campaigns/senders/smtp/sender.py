"""Any SMTP server, over as many kept connections as the settings say."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Self

from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Receipt
from campaigns.ports.sender import Assemble
from campaigns.senders.boundless import Boundless
from campaigns.senders.smtp.connection import SmtpSettings
from campaigns.senders.smtp.lane import Lane
from campaigns.senders.stopping import stop

Carried = tuple[Sequence[Receipt], DeliveryError | None]


class SmtpSender(Boundless):
    """Submits a batch's messages one by one, spread over its connections.

    More than one connection is for a server that is far away: each waits for its own replies.
    """

    name = "smtp"
    batch_size = 20

    def __init__(self, settings: SmtpSettings, assemble: Assemble) -> None:
        self._settings = settings
        self._lanes = [Lane(settings, assemble) for _ in range(settings.connections)]
        self._threads = ThreadPoolExecutor(1)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._threads = opening.enter_context(ThreadPoolExecutor(len(self._lanes), thread_name_prefix="smtp"))
            for lane in self._lanes:
                opening.callback(lane.close)
                lane.open()
            self._open = opening.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def preflight(self, recipients: int) -> Sequence[str]:
        """Whether messages travel where others can read them."""
        del recipients
        if self._settings.readable_on_the_way:
            return (
                f"{self._settings.server}: messages travel to it unencrypted; set security to starttls or tls",
            )
        return ()

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Submit each message; a server that is lost for good, or refuses the sender, stops the batch."""
        carried = self._carry(batch)
        receipts = {receipt.delivery_id: receipt for some, _ in carried for receipt in some}
        failure = next((failure for _, failure in carried if failure is not None), None)
        if failure is not None:
            return stop(batch, receipts.values(), failure)
        return [receipts[message.delivery_id] for message in batch]

    def _carry(self, batch: Sequence[Message]) -> Sequence[Carried]:
        """Every lane's share of the batch, all at the same time."""
        if len(self._lanes) == 1:
            return [self._lanes[0].carry(batch)]
        shares = [batch[number :: len(self._lanes)] for number in range(len(self._lanes))]
        return list(self._threads.map(Lane.carry, self._lanes, shares))
