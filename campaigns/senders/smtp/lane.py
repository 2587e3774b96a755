"""A connection that is kept, and the messages that go over it one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from campaigns.ground.address import wire_address
from campaigns.ground.errors import ConfigurationError, DeliveryError, MessageError, QuotaError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Assemble
from campaigns.senders.smtp.connection import SmtpSettings
from campaigns.senders.smtp.replies import Answer
from campaigns.senders.smtp.session import SmtpSession
from campaigns.senders.smtp.transaction import Transaction


class Lane:
    """Submits messages over a connection that is renewed when it is lost or worn."""

    def __init__(self, settings: SmtpSettings, assemble: Assemble) -> None:
        self._settings = settings
        self._assemble = assemble
        self._session: SmtpSession | None = None

    def open(self) -> SmtpSession:
        """Connect; `smtp.connection.connect` says what is raised."""
        self._session = SmtpSession(self._settings)
        return self._session

    def close(self) -> None:
        """Take leave of the server."""
        session, self._session = self._session, None
        if session is not None:
            session.quit()

    def carry(self, messages: Sequence[Message]) -> tuple[Sequence[Receipt], DeliveryError | None]:
        """Submit each message.

        Returns:
            The receipts of those that were tried, in order, and why the others could not be.
        """
        if self._session is not None and not self._session.at_rest:
            self.close()
        receipts: list[Receipt] = []
        try:
            for mail, following in _with_next(self._transactions(messages, receipts)):
                receipts.append(self._submit(mail, following))
        except DeliveryError as failure:
            return receipts, failure
        except ConfigurationError as failure:  # it could connect before, and now it cannot
            return receipts, DeliveryError(str(failure), provider="smtp")
        return receipts, None

    def _transactions(self, messages: Iterable[Message], refused: list[Receipt]) -> Iterator[Transaction]:
        """The messages that can be put on the wire; the others get their receipt at once."""
        for message in messages:
            try:
                yield Transaction(
                    message.delivery_id,
                    wire_address(message.sender.address),
                    wire_address(message.recipient.address),
                    self._assemble(message),
                )
            except MessageError as failure:
                refused.append(Receipt(message.delivery_id, Outcome.REJECTED, detail=str(failure)))

    def _submit(self, mail: Transaction, following: Transaction | None) -> Receipt:
        answer = self._usable_session().submit(mail, following)
        if answer.blames_sender or answer.quota_spent:
            raise self._refusal(answer)
        return answer.receipt(mail.delivery_id)

    def _usable_session(self) -> SmtpSession:
        if self._session is not None and self._session.usable:
            return self._session
        self.close()
        return self.open()

    def _refusal(self, answer: Answer) -> DeliveryError:
        if answer.quota_spent:
            return QuotaError(
                f"{self._settings.server}: the day's allowance is used up ({answer.code} {answer.text}); "
                "what is left waits: run the command again when the server takes mail again",
                provider="smtp",
                status=answer.code,
                body=answer.text,
            )
        return DeliveryError(
            f"{self._settings.server}: it refuses mail from this sender ({answer.code} {answer.text}); "
            "check the sender's address and the user it logs in as",
            provider="smtp",
            status=answer.code,
            body=answer.text,
        )


def _with_next(mails: Iterator[Transaction]) -> Iterator[tuple[Transaction, Transaction | None]]:
    """Each with the one after it, which is assembled before the first is sent and not again."""
    mail = next(mails, None)
    while mail is not None:
        following = next(mails, None)
        yield mail, following
        mail = following
