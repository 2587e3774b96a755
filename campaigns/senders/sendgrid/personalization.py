"""A personalization: what is one recipient's own in a request, but for the substitutions.

Facts are from SendGrid's API reference, "Mail Send", with its pages "Limitations" and "Errors". What SendGrid
would refuse with the whole request, or would change, is refused here, for the one message.

Its JSON is put together by hand, and what many messages have in common is looked at once: there are millions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _literal

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
_ITS_READERS = 150  # characters: what is longer is mostly everybody's
_BREAK = re.compile(r"[\r\n\0]")
_SEPARATORS = re.compile(r"[,;]")


def personalization(message: Message, custom_args: Mapping[str, str]) -> str:
    """Recipient, subject, headers and custom arguments, as a JSON object.

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
    _refuse_halves(message.subject)
    _refuse_halves(message.text)
    for piece in message.html_pieces or [message.html]:
        _refuse_halves_in_many(piece) if len(piece) > _ITS_READERS else _refuse_halves(piece)
    to, arguments = recipient(message.recipient), {"delivery_id": message.delivery_id, **custom_args}
    return (
        f'{{"to": [{{{_members(to.items())}}}], "subject": {_literal(message.subject)}, '
        f'"headers": {{{_headers(message.headers)}}}, "custom_args": {{{_members(arguments.items())}}}}}'
    )


def _members(items: Iterable[tuple[str, str]]) -> str:
    return ", ".join([f"{_literal(name)}: {_literal(value)}" for name, value in items])


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


def _headers(headers: Sequence[tuple[str, str]]) -> str:
    ours = _ours(tuple([name for name, _ in headers]))
    taken = [headers[place] for place in ours]
    values = "".join([value for _, value in taken])
    if not (values.isascii() and values.isprintable()):
        for name, value in taken:
            _refuse_breaks(f"header {name}", value)
            if not value.isascii():
                raise MessageError(f"header {name}: it must be ASCII")
    return _members(taken)


@lru_cache(maxsize=64)  # a campaign has one set of headers, or a few
def _ours(names: tuple[str, ...]) -> Sequence[int]:
    """Which of them go to SendGrid."""
    ours = [place for place, name in enumerate(names) if _takes(name)]
    if len({name.lower() for name in names}) < len(names):
        raise MessageError("a header stands there twice, and SendGrid takes each once")
    return ours


def _takes(name: str) -> bool:
    if not _FIELD_NAME.fullmatch(name):
        raise MessageError(f"header {name!r}: a header's name has only printable ASCII characters and no colon")
    if name.lower() in _RESERVED:
        raise MessageError(f"header {name}: SendGrid writes it itself and takes no other")
    return name.lower() not in _ITS_OWN


def _refuse_breaks(what: str, value: str) -> None:
    if not value.isprintable() and _BREAK.search(value):
        raise MessageError(f"{what}: a line break or NUL is not allowed, and it holds one")


@lru_cache(maxsize=2048)  # a template's text, and an edition's cards
def _refuse_halves_in_many(text: str) -> None:
    _refuse_halves(text)


def _refuse_halves(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MessageError("half a surrogate pair cannot be written as UTF-8; correct the title or name") from None
