"""The bytes of a message: standard-conforming, unencoded where they must be, and read back unchanged."""

from __future__ import annotations

import re
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.ground.errors import MessageError
from campaigns.ground.message import Mailbox, Message
from campaigns.rendering.mime import assemble

PLAIN = Message(
    delivery_id="0123456789abcdef" * 2,
    sender=Mailbox("hello@example.org", "Weekly Winddown"),
    reply_to=None,
    recipient=Mailbox("anna@example.com"),
    subject="Six new stories",
    html="<p>Good night</p>\n",
    text="Good night\n",
    headers=(("Message-ID", "<0123@example.org>"), ("Date", "Sat, 28 Nov 2026 18:00:00 +0000")),
)


def altered(**fields: object) -> Message:
    from dataclasses import replace

    return replace(PLAIN, **fields)  # type: ignore[arg-type]


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)


def head(raw: bytes) -> list[bytes]:
    """The header's lines as they stand on the wire."""
    return raw.partition(b"\r\n\r\n")[0].split(b"\r\n")


def lines_of(raw: bytes, name: bytes) -> list[bytes]:
    """One header's lines."""
    lines = head(raw)
    start = next(n for n, line in enumerate(lines) if line.lower().startswith(name.lower() + b":"))
    end = next((n for n in range(start + 1, len(lines)) if lines[n][:1] not in b" \t"), len(lines))
    return lines[start:end]


def unified(content: str) -> str:
    return content.replace("\r\n", "\n").replace("\r", "\n")


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert b"\n" not in payload.replace(b"\r\n", b"")
    return unified(payload.decode())


writable = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
one_line = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)
languages = st.sampled_from(
    ["Schlaf gut, Änna", "Доброй ночи", "おやすみなさい 🌙", "x" * 300, "=?utf-8?B?w4Q=?=", '"quoted" \\ back']
)


def test_a_plain_message_reads_as_one_would_write_it() -> None:
    assert assemble(PLAIN) == (
        b"From: Weekly Winddown <hello@example.org>\r\n"
        b"To: anna@example.com\r\n"
        b"Subject: Six new stories\r\n"
        b"Message-ID: <0123@example.org>\r\n"
        b"Date: Sat, 28 Nov 2026 18:00:00 +0000\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative;\r\n"
        b' boundary="=_0123456789abcdef0123456789abcdef"\r\n'
        b"\r\n"
        b"--=_0123456789abcdef0123456789abcdef\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"\r\n"
        b"R29vZCBuaWdodA0K\r\n"
        b"--=_0123456789abcdef0123456789abcdef\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"\r\n"
        b"PHA+R29vZCBuaWdodDwvcD4NCg==\r\n"
        b"--=_0123456789abcdef0123456789abcdef--\r\n"
    )


# bodies


@given(html=writable, text=writable)
@example(html="", text="")
@example(html="--=_0123456789abcdef0123456789abcdef--\r\n.\r\n", text="\r\n.\r\nFrom here\rand\x00there")
@example(html="ü" * 40_000, text="\n" * 500)
def test_both_bodies_are_read_back_exactly(html: str, text: str) -> None:
    message = parsed(assemble(altered(html=html, text=text)))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body(message, "html") == unified(html)
    assert body(message, "plain") == unified(text)
    assert not message.defects
    assert not any(part.defects for part in message.iter_parts())


@given(html=writable, text=writable, subject=one_line, name=one_line)
def test_every_line_is_ascii_ended_by_crlf_and_short_enough(html: str, text: str, subject: str, name: str) -> None:
    raw = assemble(altered(html=html, text=text, subject=subject, recipient=Mailbox("a@example.com", name)))
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", raw)
    header, _, bodies = raw.partition(b"\r\n\r\n")
    assert max(map(len, bodies.split(b"\r\n"))) <= 76
    assert max(map(len, header.split(b"\r\n"))) <= 998


def test_the_boundary_is_the_delivery_s_and_is_in_no_body() -> None:
    raw = assemble(altered(html="=_0123456789abcdef0123456789abcdef " * 99))
    assert raw.count(b"--=_0123456789abcdef0123456789abcdef") == 3


def test_the_same_message_always_gives_the_same_bytes() -> None:
    assert assemble(altered(subject="Änna")) == assemble(altered(subject="Änna"))


@given(html=writable, text=writable, subject=one_line)
def test_it_says_what_the_standard_library_would_say(html: str, text: str, subject: str) -> None:
    theirs = EmailMessage()
    theirs["From"], theirs["To"], theirs["Subject"] = "Weekly Winddown <hello@example.org>", "a@b.c", subject
    theirs.set_content("placeholder")
    theirs.add_alternative("placeholder", subtype="html")
    plain, rich = theirs.iter_parts()
    plain.set_payload(unified(text).encode(), "utf-8")
    rich.set_payload(unified(html).encode(), "utf-8")
    read = parsed(theirs.as_bytes(policy=policy.SMTP))
    mine = parsed(assemble(altered(html=html, text=text, subject=subject, recipient=Mailbox("a@b.c"))))
    assert mine.keys()[:3] == read.keys()[:3]
    assert mine["From"] == read["From"]
    assert mine["To"] == read["To"]
    assert mine["Subject"].strip() == read["Subject"].strip()


# subject and names


@given(subject=st.one_of(one_line, languages))
@example(subject="Good night, =?utf-8?q?Anna?=")
@example(subject="word " * 100)
@example(subject=" led and trailed ")
@example(subject="")
@example(subject="x" * 2000)
def test_a_subject_is_read_back_exactly(subject: str) -> None:
    raw = assemble(altered(subject=subject))
    assert parsed(raw)["Subject"] == subject
    assert all(len(line) <= 78 for line in lines_of(raw, b"Subject")) or " " not in subject


@given(name=st.one_of(one_line, languages))
@example(name="Anna, of the Night")
@example(name='The "Calm" \\ Team')
@example(name=" . ")
@example(name="a  b")
@example(name="=?utf-8?q?Anna?= Smith")
def test_a_name_is_read_back_exactly(name: str) -> None:
    mailbox = Mailbox("anna@example.com", name)
    message = parsed(assemble(altered(sender=mailbox, reply_to=mailbox, recipient=mailbox)))
    for header in ("From", "Reply-To", "To"):
        (address,) = message[header].addresses
        assert address.addr_spec == "anna@example.com"
        if len(name.encode()) <= 39:
            assert address.display_name == name


@given(name=languages.flatmap(lambda words: st.integers(1, 9).map(lambda times: words * times)))
def test_a_long_name_is_read_back_exactly(name: str) -> None:
    """By the old decoder: the new one leaves spaces between a name's encoded words, against RFC 2047, 6.2."""
    raw = assemble(altered(recipient=Mailbox("anna@example.com", name)))
    words = b"".join(lines_of(raw, b"To")).decode().removeprefix("To: ").removesuffix(" <anna@example.com>")
    decoded = str(make_header(decode_header(words)))
    assert decoded == name or re.sub(r"\\(.)", r"\1", decoded.strip('"')) == name


@given(text=st.one_of(one_line, languages))
def test_encoded_words_are_short_and_split_no_character(text: str) -> None:
    from base64 import b64decode

    raw = assemble(altered(subject=f"Ä{text}"))
    words = re.findall(rb"=\?utf-8\?B\?([^?]*)\?=", b"".join(lines_of(raw, b"Subject")))
    assert "".join(b64decode(word).decode() for word in words) == f"Ä{text}"
    assert all(len(word) + 12 <= 75 for word in words)
    assert all(len(line) <= 76 for line in lines_of(raw, b"Subject"))


def test_a_domain_that_is_not_ascii_is_punycode() -> None:
    raw = assemble(altered(recipient=Mailbox("anna@bücher.example")))
    assert lines_of(raw, b"To") == [b"To: anna@xn--bcher-kva.example"]


def test_a_local_part_that_is_not_ascii_is_utf_8() -> None:
    raw = assemble(altered(recipient=Mailbox("анна@bücher.example")))
    assert lines_of(raw, b"To") == ["To: анна@xn--bcher-kva.example".encode()]


# further headers

UNSUBSCRIBE = f"<https://mail.example.org/u/{'t' * 180}>, <mailto:unsubscribe@example.org?subject={'t' * 180}>"


def test_a_long_list_unsubscribe_is_folded_at_its_space_and_never_encoded() -> None:
    raw = assemble(altered(headers=(("List-Unsubscribe", UNSUBSCRIBE),)))
    first, second = UNSUBSCRIBE.encode().split(b" ")
    assert lines_of(raw, b"List-Unsubscribe") == [b"List-Unsubscribe: " + first, b" " + second]


@pytest.mark.parametrize("name", ["Message-ID", "Feedback-ID", "List-Id", "List-Unsubscribe"])
def test_a_long_value_without_a_space_stands_on_one_line_beside_its_name(name: str) -> None:
    value = f"<{'x' * 200}@example.org>"
    raw = assemble(altered(headers=((name, value),)))
    assert lines_of(raw, name.encode()) == [f"{name}: {value}".encode()]


@given(
    value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=400).filter(
        lambda value: max(map(len, value.split()), default=0) < 900
    )
)
def test_an_ascii_value_stands_on_the_wire_as_it_was_given(value: str) -> None:
    raw = assemble(altered(headers=(("X-Given", value), ("X-Last", "end"))))
    lines = lines_of(raw, b"X-Given")
    assert b"".join(lines) == b"X-Given: " + value.strip().encode()
    assert all(line.strip() for line in lines)
    assert all(len(line) <= 78 or b" " not in line.strip().removeprefix(b"X-Given: ") for line in lines)


def test_headers_keep_their_order_and_spelling() -> None:
    headers = (("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"), ("X-b", "1"), ("X-a", "2"))
    raw = assemble(altered(headers=headers))
    assert [line for line in head(raw) if line.startswith((b"List", b"X-"))] == [
        f"{name}: {value}".encode() for name, value in headers
    ]


# refusals


@pytest.mark.parametrize("bad", ["a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\x00b", "\r\n", "a\n"])
@pytest.mark.parametrize(
    ("field", "header"),
    [
        ("subject", "Subject"),
        ("sender", "From"),
        ("reply_to", "Reply-To"),
        ("recipient", "To"),
        ("headers", "X-Given"),
    ],
)
def test_a_line_break_in_a_header_is_refused(field: str, header: str, bad: str) -> None:
    value: object = {"subject": bad, "headers": (("X-Given", bad),)}.get(field, Mailbox("a@example.com", bad))
    with pytest.raises(MessageError, match=f"header {header}: a line break"):
        assemble(altered(**{field: value}))


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: eve@example.com", "a@b\n", "a b@example.com", "a", "", "<a@b>", "a@b@c", "a@ü..x"]
)
def test_an_address_that_is_none_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(MessageError, match="address") as caught:
        assemble(altered(recipient=Mailbox(address)))
    assert not address or len(address) == 1 or address not in str(caught.value)


@pytest.mark.parametrize("name", ["", "X Y", "X:Y", "Ä", "X\r\nY", "X\n"])
def test_a_header_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(MessageError, match="name"):
        assemble(altered(headers=((name, "value"),)))


def test_a_header_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(MessageError, match="Feedback-ID: it must be ASCII"):
        assemble(altered(headers=(("Feedback-ID", "wöche:1"),)))


def test_a_header_that_cannot_be_folded_is_refused() -> None:
    with pytest.raises(MessageError, match="List-Unsubscribe: a piece of it without a space"):
        assemble(altered(headers=(("List-Unsubscribe", "<https://e.org/" + "t" * 1000 + ">"),)))


@pytest.mark.parametrize("field", ["subject", "html", "text"])
def test_half_a_surrogate_pair_is_refused(field: str) -> None:
    with pytest.raises(MessageError, match="surrogate"):
        assemble(altered(**{field: "moon \ud83c"}))
