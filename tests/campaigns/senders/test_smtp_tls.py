"""The SMTP sender against a real server that wants encryption and a password."""

from __future__ import annotations

import socket
import ssl
from asyncio.base_events import Server
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from smtp_provider import AnyPort, Mailroom, SmtpProvider, server_context, smtp_provider

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome
from campaigns.senders.smtp.connection import Security
from campaigns.senders.smtp.sender import SmtpSender


def message(number: int) -> Message:
    someone = Mailbox(f"person{number}@example.com")
    return Message(f"id-{number}", someone, None, someone, f"Subject {number}", "", "", ())


def content(message: Message) -> bytes:
    return f"Subject: {message.subject}\r\n\r\n".encode() + (b"x" * 76 + b"\r\n") * 600


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpProvider]:
    with smtp_provider(tmp_path) as provider:
        yield provider


@pytest.mark.parametrize("connections", [1, 3])
def test_every_connection_is_encrypted_and_logged_in(server: SmtpProvider, connections: int) -> None:
    with SmtpSender(replace(server.settings, connections=connections), content) as sender:
        receipts = sender.send([message(number) for number in range(9)])
    assert {(receipt.outcome, receipt.provider_id, receipt.status) for receipt in receipts} == {
        (Outcome.ACCEPTED, "4XyZ", 250)
    }
    assert len(server.mailroom.contents) == 9


def test_a_certificate_that_nobody_vouches_for_is_refused(server: SmtpProvider) -> None:
    distrusting = replace(server.settings, ca_file=None)
    with (
        pytest.raises(ConfigurationError, match="certificate is not to be trusted"),
        SmtpSender(distrusting, content),
    ):
        pass


def test_a_certificate_for_another_host_is_refused(server: SmtpProvider) -> None:
    by_number = replace(server.settings, host="127.0.0.1")
    with (
        pytest.raises(ConfigurationError, match="certificate is not to be trusted"),
        SmtpSender(by_number, content),
    ):
        pass


def test_a_file_of_certificates_that_is_none_is_refused(server: SmtpProvider, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for file in ("empty.pem", "missing.pem"):
        wrong = replace(server.settings, ca_file=tmp_path / file)
        with pytest.raises(ConfigurationError, match=file), SmtpSender(wrong, content):
            pass


def test_a_wrong_password_is_an_error_before_anything_is_sent(server: SmtpProvider) -> None:
    wrong = replace(server.settings, password="wrong-horse")
    with pytest.raises(ConfigurationError, match="password was refused") as caught, SmtpSender(wrong, content):
        pass
    assert "wrong-horse" not in str(caught.value)
    assert server.mailroom.contents == []


def test_tls_from_the_first_byte(server: SmtpProvider) -> None:
    assert server.settings.ca_file is not None
    mailroom = Mailroom()
    controller = _TlsController(
        mailroom, hostname="127.0.0.1", port=0, ssl_context=server_context(server.authority)
    )
    controller.trusts = ssl.create_default_context(cafile=server.settings.ca_file)
    controller.start()
    settings = replace(server.settings, port=controller.port, security=Security.TLS, user=None, password=None)
    with SmtpSender(settings, content) as sender:
        receipts = sender.send([message(1), message(2)])
    controller.stop()
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED] * 2
    assert len(mailroom.contents) == 2


class _TlsController(AnyPort):
    """aiosmtpd's way to see whether the server is up trusts only what the system trusts."""

    trusts: ssl.SSLContext

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        with (
            socket.create_connection((self.hostname, self.port)) as plain,
            self.trusts.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            assert secure.recv(3) == b"220"
