"""What every sender promises, whoever the provider is."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from campaigns.ground.errors import ConfigurationError, MessageError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Sender
from campaigns.senders.memory import MemorySender
from campaigns.senders.null import NullSender
from campaigns.senders.outbox import OutboxSender
from campaigns.senders.smtp import SmtpSender
from campaigns.senders.smtp_connection import Security, SmtpSettings


def message(number: int, subject: str = "Good night") -> Message:
    return Message(
        delivery_id=f"{number:032x}",
        sender=Mailbox("hello@example.org", "Weekly Winddown"),
        reply_to=None,
        recipient=Mailbox(f"person{number}@example.com"),
        subject=subject,
        html="<p>Sleep well</p>",
        text=".Sleep well\n.\n",
        headers=(),
    )


def assemble(message: Message) -> bytes:
    """Enough of RFC 5322 to tell messages apart; dots where a wire could lose them."""
    if "\n" in message.subject:
        raise MessageError("header Subject: a line break is not allowed")
    text = message.text.replace("\n", "\r\n")
    return f"X-Delivery: {message.delivery_id}\r\nSubject: {message.subject}\r\n\r\n{text}".encode()


@dataclass(frozen=True)
class Provider:
    """A sender, and a look at what has arrived at the other end.

    Attributes:
        arrived: the bytes that arrived, or None where nothing can be looked at.
        refuses: whether it refuses what cannot be assembled; a fake that assembles nothing cannot.
    """

    open: Callable[[], Sender]
    arrived: Callable[[], list[bytes]] | None
    refuses: bool = True


@pytest.fixture
def memory() -> Provider:
    sender = MemorySender()
    return Provider(lambda: sender, lambda: [assemble(m) for m in sender.messages], refuses=False)


@pytest.fixture
def null() -> Provider:
    return Provider(lambda: NullSender(assemble), None)


@pytest.fixture
def outbox(tmp_path: Path) -> Provider:
    folder = tmp_path / "a" / "new" / "outbox"
    return Provider(
        lambda: OutboxSender(folder, assemble), lambda: [p.read_bytes() for p in sorted(folder.iterdir())]
    )


class _Mailroom:
    """aiosmtpd's handler: keeps what was delivered."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        self.contents.append(bytes(envelope.original_content))
        return "250 2.0.0 Ok: queued as 4XyZ"


class _TlsController(Controller):
    """Its own way to see whether the server is up trusts only what the system trusts."""

    trusts: ssl.SSLContext

    def _trigger_server(self) -> None:
        with (
            socket.create_connection((self.hostname, self.port)) as plain,
            self.trusts.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            assert secure.recv(3) == b"220"


PASSWORD = "correct-horse"


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
    del server, session, envelope, mechanism
    return AuthResult(success=(data.login, data.password) == (b"anna", PASSWORD.encode()), handled=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return authority, file


def _server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass
class SmtpServer:
    """A real SMTP server, with STARTTLS and a password."""

    mailroom: _Mailroom
    settings: SmtpSettings


@pytest.fixture
def server(authority: tuple[trustme.CA, Path]) -> Iterator[SmtpServer]:
    mailroom = _Mailroom()
    controller = Controller(
        mailroom,
        hostname="127.0.0.1",
        port=_free_port(),
        tls_context=_server_context(authority[0]),
        require_starttls=True,
        auth_required=True,
        authenticator=_login,
    )
    controller.start()
    yield SmtpServer(
        mailroom,
        SmtpSettings("localhost", controller.port, Security.STARTTLS, "anna", PASSWORD, authority[1], timeout_s=5),
    )
    controller.stop()


@pytest.fixture
def smtp(server: SmtpServer) -> Provider:
    return Provider(lambda: SmtpSender(server.settings, assemble), lambda: server.mailroom.contents)


@pytest.fixture(params=["memory", "null", "outbox", "smtp"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def test_a_sender_says_who_it_is_and_how_much_it_takes(provider: Provider) -> None:
    sender = provider.open()
    assert sender.name.isidentifier()
    assert 1 <= sender.batch_size <= 1000


def test_every_message_of_a_full_batch_gets_its_receipt_in_order(provider: Provider) -> None:
    with provider.open() as sender:
        batch = [message(n) for n in reversed(range(sender.batch_size))]
        receipts = sender.send(batch)
    assert [receipt.delivery_id for receipt in receipts] == [m.delivery_id for m in batch]
    assert outcomes(receipts) == [Outcome.ACCEPTED] * len(batch)


def test_what_is_accepted_arrives_once_and_byte_for_byte(provider: Provider) -> None:
    if provider.arrived is None:
        pytest.skip("nothing arrives anywhere")
    with provider.open() as sender:
        batches = [[message(n) for n in range(3)], [message(n) for n in range(3, 5)]]
        receipts = [receipt for batch in batches for receipt in sender.send(batch)]
    assert outcomes(receipts) == [Outcome.ACCEPTED] * 5
    assert sorted(provider.arrived()) == sorted(assemble(m) for batch in batches for m in batch)


def test_a_sender_can_be_opened_again(provider: Provider) -> None:
    for number in (1, 2):
        with provider.open() as sender:
            assert outcomes(sender.send([message(number)])) == [Outcome.ACCEPTED]


def test_a_message_that_cannot_be_assembled_is_rejected_and_the_others_go(provider: Provider) -> None:
    if not provider.refuses:
        pytest.skip("assembles nothing")
    with provider.open() as sender:
        receipts = sender.send([message(1), message(2, "Good\nnight"), message(3)])
    assert outcomes(receipts) == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert "line break" in receipts[1].detail
    if provider.arrived is not None:
        assert len(provider.arrived()) == 2


def test_receipts_hold_no_addresses(provider: Provider) -> None:
    with provider.open() as sender:
        receipts = sender.send([message(1), message(2, "Good\nnight" if provider.refuses else "x")])
    assert not any("@" in f"{receipt}" for receipt in receipts)


# SMTP, against a real server


def test_smtp_keeps_the_server_s_name_for_the_message(smtp: Provider) -> None:
    with smtp.open() as sender:
        (receipt,) = sender.send([message(1)])
    assert (receipt.provider_id, receipt.status) == ("4XyZ", 250)


def test_smtp_refuses_a_certificate_that_nobody_vouches_for(server: SmtpServer) -> None:
    distrusting = replace(server.settings, ca_file=None)
    with (
        pytest.raises(ConfigurationError, match="certificate is not to be trusted"),
        SmtpSender(distrusting, assemble),
    ):
        pass


def test_smtp_refuses_a_certificate_for_another_host(server: SmtpServer) -> None:
    by_number = replace(server.settings, host="127.0.0.1")
    with (
        pytest.raises(ConfigurationError, match="certificate is not to be trusted"),
        SmtpSender(by_number, assemble),
    ):
        pass


def test_smtp_refuses_a_file_of_certificates_that_is_none(server: SmtpServer, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for file in ("empty.pem", "missing.pem"):
        wrong = replace(server.settings, ca_file=tmp_path / file)
        with pytest.raises(ConfigurationError, match=file), SmtpSender(wrong, assemble):
            pass


def test_smtp_with_a_wrong_password_is_an_error_before_anything_is_sent(server: SmtpServer) -> None:
    wrong = replace(server.settings, password="wrong-horse")
    with pytest.raises(ConfigurationError, match="password was refused") as caught, SmtpSender(wrong, assemble):
        pass
    assert "wrong-horse" not in str(caught.value)
    assert server.mailroom.contents == []


def test_smtp_speaks_tls_from_the_first_byte(authority: tuple[trustme.CA, Path]) -> None:
    mailroom = _Mailroom()
    controller = _TlsController(
        mailroom, hostname="127.0.0.1", port=_free_port(), ssl_context=_server_context(authority[0])
    )
    controller.trusts = ssl.create_default_context(cafile=authority[1])
    controller.start()
    settings = SmtpSettings("localhost", controller.port, Security.TLS, ca_file=authority[1], timeout_s=5)
    with SmtpSender(settings, assemble) as sender:
        assert outcomes(sender.send([message(1), message(2)])) == [Outcome.ACCEPTED] * 2
    controller.stop()
    assert len(mailroom.contents) == 2
