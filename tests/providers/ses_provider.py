"""The SES sender with a fake SES at the other end, ready for a fixture.

@pytest.fixture
def ses() -> Iterator[Provider]:
    with ses_provider() as ses:
        yield Provider(ses.open, lambda: [assemble(message) for message in ses.arrived()])
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any, Final
from unittest.mock import patch

from http_server import HttpServer
from ses_mail import Arrived
from ses_server import FakeSes

from campaigns.ground.edition import Edition
from campaigns.ground.message import Mailbox, Message
from campaigns.senders.ses.connection import SesSettings
from campaigns.senders.ses.sender import SesSender

SECRET: Final = "wJalrXUtnFEMI-not-a-real-one"
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "5",  # which an operator may well have set; sending must not heed it
    "AWS_RETRY_MODE": "standard",
}


@dataclass(frozen=True)
class SesProvider:
    """A fake that runs, and senders to it."""

    fake: FakeSes
    server: HttpServer

    def settings(self, **changes: Any) -> SesSettings:
        """How to reach it."""
        usual = SesSettings(
            "eu-west-1", "weekly", "hello@example.org", endpoint_url=self.server.url, read_timeout_s=5.0
        )
        return replace(usual, **changes)

    def open(self, **changes: Any) -> SesSender:
        """A sender, not entered yet."""
        return SesSender(self.settings(**changes), Edition("weekly_winddown", 2026, 47))

    def arrived(self) -> list[Message]:
        """What recipients got, as messages."""
        return [_message(arrived) for arrived in self.fake.arrived]


@contextmanager
def ses_provider() -> Iterator[SesProvider]:
    """An account in which all is as it should be, and an environment that knows of no other."""
    fake = FakeSes()
    with patch.dict(os.environ, ENVIRONMENT), HttpServer(fake.handle, gate=fake.gate) as server:
        os.environ.pop("AWS_PROFILE", None)
        yield SesProvider(fake, server)


def _message(arrived: Arrived) -> Message:
    return Message(
        arrived.delivery_id,
        _mailbox(arrived.from_address),
        _mailbox(arrived.reply_to[0]) if arrived.reply_to else None,
        _mailbox(arrived.to_address),
        arrived.subject,
        arrived.html,
        arrived.text,
        arrived.headers,
    )


def _mailbox(written: str) -> Mailbox:
    name, address = parseaddr(written)
    return Mailbox(address, str(make_header(decode_header(name))))
