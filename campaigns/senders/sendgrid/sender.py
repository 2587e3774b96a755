"""SendGrid: a batch in as few requests as can be, and a receipt for everybody in each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Self

from campaigns.ground.edition import Edition
from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Allowance, Submission
from campaigns.senders.sendgrid.account import Account, look, open_account
from campaigns.senders.sendgrid.answers import PROVIDER, receipts
from campaigns.senders.sendgrid.arrangement import Arrangement, Request, arrange
from campaigns.senders.sendgrid.connection import (
    Answer,
    Body,
    Connection,
    NotSentError,
    UnansweredError,
    client,
)
from campaigns.senders.sendgrid.settings import SendGridSettings
from campaigns.senders.stopping import ends_the_batch, leave, stop


class SendGridSender:
    """Sends the messages of one edition. One thread uses it at a time; the connection is kept."""

    name = PROVIDER
    in_one_call = True
    calls_at_once = 1

    def __init__(self, settings: SendGridSettings, edition: Edition) -> None:
        self.batch_size = settings.batch_size
        self._settings = settings
        self._switches = settings.switches
        self._custom_args = {"edition": str(edition)}
        self._connection = Connection(settings)
        self._client = client(settings, self._connection)
        self._account: Account | None = None

    def __enter__(self) -> Self:
        try:
            self._account = open_account(self._client)
        except Exception:
            self._connection.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    @property
    def allowance(self) -> Allowance:
        """The account's, as it was on entering."""
        return self._opened.allowance

    def preflight(self, recipients: int) -> Sequence[str]:
        """Look at credits, domain and event webhook."""
        return list(look(self._client, self._settings, self._opened, recipients))

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Hand over a batch; see the port.

        Where a request is throttled, or nobody knows what became of it, those after it are left for another time.
        """
        return self.prepare(batch)()

    def prepare(self, batch: Sequence[Message]) -> Submission:
        """Arrange a batch."""
        return partial(self._hand_over, batch, arrange(batch, self._switches, self._custom_args))

    def _hand_over(self, batch: Sequence[Message], arranged: Arrangement) -> Sequence[Receipt]:
        known = {name: Receipt(name, Outcome.REJECTED, detail=why) for name, why in arranged.refused.items()}
        end: Receipt | None = None
        for request in arranged.requests:
            try:
                answered = self._submit(request) if end is None else leave(request.messages, end)
            except DeliveryError as failure:
                return stop(batch, known.values(), failure)
            known |= {receipt.delivery_id: receipt for receipt in answered}
            end = end or next(filter(ends_the_batch, answered), None)
        return [known[message.delivery_id] for message in batch]

    def _submit(self, request: Request) -> Sequence[Receipt]:
        try:
            response = self._client.mail.send.post(request_body=Body(request.body))
        except NotSentError as failure:
            sentence = f"SendGrid cannot be reached: {failure}"
            raise DeliveryError(sentence, provider=PROVIDER, body=str(failure)) from failure
        except UnansweredError as failure:
            return [Receipt(one.delivery_id, Outcome.UNCERTAIN, detail=str(failure)) for one in request.messages]
        return receipts(request.messages, Answer(response.status_code, response.body, response.headers))

    @property
    def _opened(self) -> Account:
        assert self._account is not None, "enter the sender first"
        return self._account
