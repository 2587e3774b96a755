"""The SMTP sender with a real server at the other end: STARTTLS, a password, PIPELINING; ready for a fixture."""

from __future__ import annotations

import ssl
from asyncio.base_events import Server
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from campaigns.ports.sender import Assemble
from campaigns.senders.smtp.connection import Security, SmtpSettings
from campaigns.senders.smtp.sender import SmtpSender

USER: Final = "anna"
PASSWORD: Final = "correct-horse"
ACCEPTED: Final = "250 2.0.0 Ok: queued as 4XyZ"


class Mood(StrEnum):
    """How the server meets the next message, or the next sender."""

    SLOWER = "454 Throttling failure: Maximum sending rate exceeded"
    NOT_YOURS = "550 5.7.1 not yours"
    SILENT = "takes it, and hangs up without a word"


class Mailroom:
    """aiosmtpd's handler: keeps what was delivered.

    Attributes:
        contents: every message that was taken over, byte for byte.
        moods: how it meets the next ones, in order; afterwards all is well.
    """

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.moods: deque[Mood] = deque()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, name: str, replies: list[str]
    ) -> list[str]:
        del server, envelope
        session.host_name = name
        return [replies[0], "250-PIPELINING", *replies[1:]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        del server, session
        if self._is(Mood.NOT_YOURS):
            return Mood.NOT_YOURS
        envelope.mail_from, envelope.mail_options = address, options
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del session
        if self._is(Mood.SLOWER):
            return Mood.SLOWER
        self.contents.append(bytes(envelope.original_content))
        if self._is(Mood.SILENT):
            server.transport.abort()
        return ACCEPTED

    def _is(self, mood: Mood) -> bool:
        return bool(self.moods) and self.moods[0] is mood and self.moods.popleft() is mood


@dataclass(frozen=True)
class SmtpProvider:
    """A server that runs, how to reach it, and who vouches for it."""

    mailroom: Mailroom
    settings: SmtpSettings
    authority: trustme.CA

    def open(self, assemble: Assemble) -> SmtpSender:
        """A sender, not entered yet."""
        return SmtpSender(self.settings, assemble)


@contextmanager
def smtp_provider(folder: Path) -> Iterator[SmtpProvider]:
    """A server that only lets in who encrypts and knows the password.

    Args:
        folder: where the certificate of its authority may lie.
    """
    mailroom, authority, file = Mailroom(), trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    controller = AnyPort(
        mailroom,
        hostname="127.0.0.1",
        port=0,
        tls_context=server_context(authority),
        require_starttls=True,
        auth_required=True,
        authenticator=_login,
    )
    controller.start()
    settings = SmtpSettings("localhost", controller.port, Security.STARTTLS, USER, PASSWORD, file, timeout_s=5)
    try:
        yield SmtpProvider(mailroom, settings, authority)
    finally:
        controller.stop()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    """What a server on this machine shows of itself."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


class AnyPort(Controller):
    """Looks for its server where it is, whatever port the system gave it."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
    del server, session, envelope, mechanism
    known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)
