"""The SendGrid sender with a fake SendGrid at the other end, ready for a fixture.

@pytest.fixture
def sendgrid() -> Iterator[Provider]:
    with sendgrid_provider() as sendgrid:
        yield Provider(sendgrid.open, lambda: [assemble(message) for message in sendgrid.arrived()])
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from http_server import HttpServer
from sendgrid_rules import Payload, expand
from sendgrid_server import KEY, FakeSendGrid

from campaigns.ground.edition import Edition
from campaigns.ground.message import Mailbox, Message
from campaigns.senders.sendgrid.sender import SendGridSender
from campaigns.senders.sendgrid.settings import SendGridSettings


@dataclass(frozen=True)
class SendGridProvider:
    """A fake that runs, and senders to it."""

    fake: FakeSendGrid
    server: HttpServer

    def settings(self, **changes: Any) -> SendGridSettings:
        """How to reach it."""
        return replace(SendGridSettings(KEY, "hello@example.org", host=self.server.url, timeout_s=5), **changes)

    def open(self, **changes: Any) -> SendGridSender:
        """A sender, not entered yet."""
        return SendGridSender(self.settings(**changes), Edition("weekly_winddown", 2026, 47))

    def arrived(self) -> list[Message]:
        """What recipients got, as messages."""
        return [message for payload in self.fake.payloads for message in messages(payload)]


@contextmanager
def sendgrid_provider() -> Iterator[SendGridProvider]:
    """An account in which all is as it should be."""
    fake = FakeSendGrid()
    with HttpServer(fake.answer) as server:
        yield SendGridProvider(fake, server)


def messages(payload: Payload) -> list[Message]:
    """What the recipients of a request get."""
    sender = Mailbox(payload["from"]["email"], payload["from"].get("name", ""))
    answers = payload.get("reply_to")
    return [
        Message(
            one.custom_args["delivery_id"],
            sender,
            Mailbox(answers["email"], answers.get("name", "")) if answers else None,
            Mailbox(one.to, one.name),
            one.subject,
            one.html or "",
            one.text or "",
            tuple(one.headers.items()),
        )
        for one in expand(payload)
    ]
