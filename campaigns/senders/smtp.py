"""Any SMTP server: a persistent connection, and a receipt from every reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

from campaigns.ground.address import wire_address
from campaigns.ground.errors import ConfigurationError, DeliveryError, MessageError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Assemble
from campaigns.senders.smtp_connection import SmtpSettings
from campaigns.senders.smtp_session import Answer, SmtpSession
from campaigns.senders.stopping import stop

_QUEUE_ID = re.compile(
    r"""queued\ as\ (?P<postfix>[^\s;,)]+)
    | \bid=(?P<exim>[^\s;,)]+)
    | ^Ok\ (?P<ses>[0-9a-z][0-9a-z-]{15,})$""",
    re.IGNORECASE | re.VERBOSE,
)
"""How Postfix, Exim and Amazon SES name a message when they take it over."""

_TOO_LONG = 552  # RFC 1870, 6.1: message size exceeds fixed maximum message size


class SmtpSender:
    """Submits messages one by one over a connection that is kept, and renewed when it is lost or worn."""

    name = "smtp"
    batch_size = 20

    def __init__(self, settings: SmtpSettings, assemble: Assemble) -> None:
        self._settings = settings
        self._assemble = assemble
        self._session: SmtpSession | None = None

    def __enter__(self) -> Self:
        self._session = SmtpSession(self._settings)
        return self

    def __exit__(self, *exc: object) -> None:
        self._hang_up()

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Submit each message; a server that is lost for good, or refuses the sender, stops the batch."""
        if self._session is not None and not self._session.answers():
            self._hang_up()
        receipts: list[Receipt] = []
        for message in batch:
            try:
                receipts.append(self._deliver(message))
            except DeliveryError as failure:
                return stop(batch, receipts, failure)
            except ConfigurationError as failure:
                return stop(batch, receipts, DeliveryError(str(failure), provider=self.name))
        return receipts

    def _deliver(self, message: Message) -> Receipt:
        try:
            content = self._assemble(message)
            sender, recipient = wire_address(message.sender.address), wire_address(message.recipient.address)
        except MessageError as failure:
            return Receipt(message.delivery_id, Outcome.REJECTED, detail=str(failure))
        session = self._usable_session()
        answer = _beyond(session, recipient, content) or session.submit(sender, recipient, content)
        if answer.blames_sender:
            raise self._refusal(answer)
        return _receipt(message.delivery_id, answer)

    def _usable_session(self) -> SmtpSession:
        if self._session is None or not self._session.usable:
            self._hang_up()
            self._session = SmtpSession(self._settings)
        return self._session

    def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.quit()

    def _refusal(self, answer: Answer) -> DeliveryError:
        return DeliveryError(
            f"{self._settings.server}: it refuses mail from this sender ({answer.code} {answer.text}); "
            "check the sender's address and the user it logs in as",
            provider=self.name,
            status=answer.code,
            body=answer.text,
        )


def _beyond(session: SmtpSession, recipient: str, content: bytes) -> Answer | None:
    """The refusal of what this server said it cannot take; it need not be asked."""
    if not session.speaks_utf8 and not (content.isascii() and recipient.isascii()):
        return Answer(
            Outcome.REJECTED, None, "an address that is not ASCII needs SMTPUTF8, which the server lacks"
        )
    if session.size_limit is not None and len(content) > session.size_limit:
        return Answer(Outcome.REJECTED, _TOO_LONG, f"longer than the server's {session.size_limit} bytes")
    return None


def _receipt(delivery_id: str, answer: Answer) -> Receipt:
    named = _QUEUE_ID.search(answer.text) if answer.outcome is Outcome.ACCEPTED else None
    provider_id = named[named.lastgroup or 0] if named else None
    return Receipt(delivery_id, answer.outcome, provider_id, answer.code, answer.text)
