"""A personalization: what is one recipient's own in a request, but for the substitutions.

Facts are from SendGrid's API reference, "Mail Send", with its pages "Limitations" and "Errors". What SendGrid
would refuse with the whole request, or would change, is refused here, for the one message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from campaigns.ground.address import wire_address
from campaigns.ground.errors import MessageError
from campaigns.ground.message import Mailbox, Message

_ITS_OWN = frozenset({"message-id", "date"})
"""SendGrid names and dates what it sends; the delivery id travels as a custom argument."""

_RESERVED = frozenset(
    {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
)
_RESERVED |= frozenset({"to", "from", "subject", "reply-to", "cc", "bcc"})
_LONGEST = 4_000_000  # characters: however JSON has to write them, they stay below a request's 30 MB
_FIELD_NAME = re.compile(r"[!-9;-~]+")
_BREAK = re.compile(r"[\r\n\0]")
_SEPARATORS = re.compile(r"[,;]")


def personalization(message: Message, custom_args: Mapping[str, str]) -> dict[str, object]:
    """Recipient, subject, headers and custom arguments.

    Args:
        message: whose.
        custom_args: come back with every event, together with the delivery id. They are no place for personal
            data: SendGrid says that its staff may see them, and keeps them for long.

    Raises:
        MessageError: SendGrid cannot take the message as it is; names what is wrong with it.
    """
    if not message.subject:
        raise MessageError("SendGrid takes no message without a subject")
    if not (message.html or message.text):
        raise MessageError("SendGrid takes no message without content")
    if _length(message) > _LONGEST:
        raise MessageError(f"SendGrid takes 30 MB, and a message of more than {_LONGEST:,} characters can be more")
    _refuse_breaks("Subject", message.subject)
    for text in (message.subject, message.text, *(message.html_pieces or [message.html])):
        if not text.isascii():
            _refuse_halves(text)
    return {
        "to": [recipient(message.recipient)],
        "subject": message.subject,
        "headers": _headers(message.headers),
        "custom_args": {"delivery_id": message.delivery_id, **custom_args},
    }


def _length(message: Message) -> int:
    of_headers = sum([len(value) for _, value in message.headers])
    return of_headers + len(message.recipient.name) + len(message.subject) + len(message.html) + len(message.text)


@lru_cache(maxsize=16)  # the senders', who are always the same
def sender(mailbox: Mailbox) -> Mapping[str, str]:
    """As `recipient`."""
    return recipient(mailbox)


def recipient(mailbox: Mailbox) -> dict[str, str]:
    """An address, and the name beside it: left out where it has a comma or semicolon, which SendGrid forbids.

    Raises:
        MessageError: as `personalization`.
    """
    address = wire_address(mailbox.address)
    if not address.isascii():
        raise MessageError("SendGrid takes no address with letters beyond ASCII before the @")
    _refuse_breaks("name", mailbox.name)
    _refuse_halves(mailbox.name)
    if not mailbox.name or _SEPARATORS.search(mailbox.name):
        return {"email": address}
    return {"email": address, "name": mailbox.name}


def _headers(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    ours = {name: value for name, value in headers if _takes(name)}
    for name, value in ours.items():
        _refuse_breaks(f"header {name}", value)
        if not value.isascii():
            raise MessageError(f"header {name}: it must be ASCII")
    if len({name.lower() for name, _ in headers}) < len(headers):
        raise MessageError("a header stands there twice, and SendGrid takes each once")
    return ours


@lru_cache(maxsize=64)  # a campaign has a handful of headers
def _takes(name: str) -> bool:
    if not _FIELD_NAME.fullmatch(name):
        raise MessageError(f"header {name!r}: a header's name has only printable ASCII characters and no colon")
    if name.lower() in _RESERVED:
        raise MessageError(f"header {name}: SendGrid writes it itself and takes no other")
    return name.lower() not in _ITS_OWN


def _refuse_breaks(what: str, value: str) -> None:
    if not value.isprintable() and _BREAK.search(value):
        raise MessageError(f"{what}: a line break or NUL is not allowed, and it holds one")


def _refuse_halves(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MessageError("half a surrogate pair cannot be written as UTF-8; correct the title or name") from None
