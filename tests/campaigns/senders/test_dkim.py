"""DKIM signatures, verified by dkimpy after the bytes have crossed a real SMTP server."""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from smtp_provider import AnyPort

from campaigns.ground.errors import ConfigurationError, MessageError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome
from campaigns.rendering.mime import assemble
from campaigns.senders.dkim import SIGNED, DkimSettings, DkimSigner
from campaigns.senders.smtp.connection import Security, SmtpSettings
from campaigns.senders.smtp.sender import SmtpSender

RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
KEYS = {"rsa": RSA, "ed25519": ED25519}

with_both_keys = pytest.mark.parametrize("kind", KEYS)

HEADERS = (
    ("Message-ID", "<0123@example.org>"),
    ("Date", "Sun, 22 Nov 2026 02:00:00 +0000"),
    ("List-Unsubscribe", f"<https://links.example.org/u/{'x' * 700}>, <mailto:u@example.org?subject={'y' * 150}>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ("List-Id", "<weekly-winddown.example.org>"),
    ("Feedback-ID", "2026-W47:treatment:weekly_winddown:example"),
)


def message(subject: str = "Gute Nacht, schlaf schön", html: str = "<p>Sleep well</p>\n" * 300) -> Message:
    return Message(
        "0123",
        Mailbox("hello@example.org", "Weekly Winddown"),
        Mailbox("reply@example.org"),
        Mailbox("anna@example.com", "Анна"),
        subject,
        html,
        "Sleep well\n.\n..\n",
        HEADERS,
    )


def pem(key: Any, encryption: KeySerializationEncryption | None = None) -> bytes:
    written: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return written


def signer(kind: str) -> DkimSigner:
    return DkimSigner(DkimSettings("example.org", kind, pem(KEYS[kind])))


RECORDS = {
    b"rsa._domainkey.example.org.": b"v=DKIM1; k=rsa; p="
    + b64encode(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    b"ed25519._domainkey.example.org.": b"v=DKIM1; k=ed25519; p="
    + b64encode(ED25519.public_key().public_bytes_raw()),  # RFC 8463, 4: without the wrapping
}


def dns(name: bytes, timeout: float = 5) -> bytes | None:
    """TXT records, by the name that a signature leads to."""
    del timeout
    return RECORDS.get(name)


def verified(content: bytes) -> bool:
    return bool(dkim.verify(content, dnsfunc=dns))


@pytest.fixture
def delivered() -> Iterator[tuple[int, list[bytes]]]:
    """A real server's port, and the bytes it was given."""
    contents: list[bytes] = []

    class Mailroom:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            del server, session
            contents.append(bytes(envelope.original_content))
            return "250 ok"

    controller = AnyPort(Mailroom(), hostname="127.0.0.1", port=0)
    controller.start()
    yield controller.port, contents
    controller.stop()


@with_both_keys
def test_a_signature_holds_when_the_message_has_crossed_a_server(
    kind: str, delivered: tuple[int, list[bytes]]
) -> None:
    port, contents = delivered
    settings = SmtpSettings("127.0.0.1", port, Security.NONE, ehlo_name="x")
    with SmtpSender(settings, signer(kind).signing(assemble)) as sender:
        receipts = sender.send([message(), message("A long one, " * 30, html="  \t \n\n.\n \n\n")])
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED] * 2
    assert [verified(content) for content in contents] == [True, True]
    assert all(max(len(line) for line in content.split(b"\r\n")) <= 998 for content in contents)


@with_both_keys
def test_every_header_that_counts_is_signed_and_cannot_be_added_once_more(kind: str) -> None:
    content = signer(kind).sign(assemble(message()))
    head = content.split(b"\r\n\r\n")[0].decode()
    named = re.sub(r"\s", "", head.split("h=")[1].split(";")[0]).split(":")
    assert named == [name for name in SIGNED for _ in (1, 2)]


@with_both_keys
@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: List-Unsubscribe=No"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"2026-W47:treatment", b"2026-W47:control"),
        (b"Feedback-ID: 2026", b"X-Feedback-ID: 2026"),
        (b"https://links.example.org/u/x", b"https://links.example.net/u/x"),
        (b"Message-ID: <0", b"Message-ID: <9"),
        (b"From: Weekly Winddown", b"From: Monthly Winddown"),
        (b"\r\nTo: ", b"\r\nFrom: other@example.net\r\nTo: "),
        (b"\r\nTo: ", b"\r\nFeedback-ID: another:one\r\nTo: "),
        (b"\r\nTo: ", b"\r\nList-Unsubscribe-Post: another\r\nTo: "),
        (b"\r\nPHA+", b"\r\nPHB+"),
        (b"d=example.org", b"d=example.net"),
    ],
)
def test_tampering_breaks_it(kind: str, what: bytes, instead: bytes) -> None:
    content = signer(kind).sign(assemble(message()))
    assert content.count(what) >= 1
    assert verified(content)
    assert not verified(content.replace(what, instead, 1))


@with_both_keys
def test_headers_that_servers_add_on_the_way_do_not_break_it(kind: str) -> None:
    content = signer(kind).sign(assemble(message()))
    assert verified(b"Received: from a by b; Sun, 22 Nov 2026 02:00:01 +0000\r\nX-Spam: no\r\n" + content)


@with_both_keys
def test_the_same_message_gives_the_same_bytes(kind: str) -> None:
    assert signer(kind).sign(assemble(message())) == signer(kind).sign(assemble(message()))


@given(
    st.lists(st.sampled_from(["a", " ", "  ", "\t", "\r\n", " \r\n", "\r\n\r\n", ".", "x y"]), max_size=12),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)
def test_any_white_space_is_canonicalised_as_the_verifier_does(pieces: list[str], value: str) -> None:
    raw = f"From:a@example.org\r\nSUBJECT: {value}\r\nTo: b,\r\n\t c \r\n\r\n{''.join(pieces)}".encode()
    signed = signer("ed25519").sign(raw)
    assert verified(signed if signed.endswith(b"\r\n") else signed + b"\r\n")  # as SMTP ends every message


@with_both_keys
def test_a_message_without_from_is_refused(kind: str) -> None:
    with pytest.raises(MessageError, match="From"):
        signer(kind).sign(b"To: a@example.com\r\n\r\nHello")


# the key


@with_both_keys
def test_a_key_may_be_written_on_one_line(kind: str) -> None:
    on_one_line = pem(KEYS[kind]).replace(b"\n", b"\\n")
    settings = DkimSettings("example.org", kind, on_one_line)
    assert verified(DkimSigner(settings).sign(assemble(message())))


@pytest.mark.parametrize(
    "unfit",
    [
        lambda: b"",
        lambda: b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n",
        lambda: pem(RSA, BestAvailableEncryption(b"a passphrase")),
        lambda: pem(ec.generate_private_key(ec.SECP256R1())),
        lambda: RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_a_key_that_cannot_sign_is_an_error_at_the_start_that_does_not_show_it(unfit: Callable[[], bytes]) -> None:
    settings = DkimSettings("example.org", "november", unfit())
    with pytest.raises(ConfigurationError, match="DKIM private key") as caught:
        DkimSigner(settings)
    assert "secret" not in f"{caught.value} {settings!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@with_both_keys
@pytest.mark.parametrize("name", ["", "exa mple.org", "example.org; x=1", "example.org\r\n", "-a"])
def test_a_domain_or_selector_that_is_none_is_an_error(kind: str, name: str) -> None:
    for settings in (DkimSettings(name, "s", pem(KEYS[kind])), DkimSettings("example.org", name, pem(KEYS[kind]))):
        with pytest.raises(ConfigurationError, match="must be a name in DNS"):
            DkimSigner(settings)


@with_both_keys
def test_without_the_package_that_signs_the_error_names_the_extra(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(ConfigurationError, match=r"winddown\[dkim\]"):
        signer(kind)
