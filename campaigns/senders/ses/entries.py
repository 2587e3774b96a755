"""A message as an entry of `SendBulkEmail`, in JSON, or the reason why it cannot be one.

The rendered parts travel as a JSON document inside a string of the request's own JSON. Writing 22 KB so, twice
over, is most of what sending costs; but escaping goes character by character, so that what many messages have in
common is escaped once, and kept.

Limits: the service model's, and for message tags
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from email.charset import Charset
from email.utils import formataddr
from functools import lru_cache
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING

from campaigns.ground.address import wire_address
from campaigns.ground.errors import MessageError
from campaigns.ground.message import Mailbox, Message

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2.type_defs import MessageHeaderTypeDef, MessageTagTypeDef

DELIVERY_TAG = "delivery_id"
"""The message tag by which events find their delivery."""

_MOST_DATA = 262_144  # characters of ReplacementTemplateData
_MOST_HEADERS = 15
_HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_LONGEST_HEADER = 996  # characters of name and value together
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BREAK = re.compile(r"[\r\n\0]")

_LEFT_OUT = frozenset({"message-id", "date"})
"""SES sets its own, and refuses others: https://docs.aws.amazon.com/ses/latest/dg/header-fields.html"""

_REFUSED = frozenset(
    {
        "bcc",
        "cc",
        "content-disposition",
        "content-type",
        "from",
        "mime-version",
        "reply-to",
        "return-path",
        "subject",
        "to",
    }
)
"""Likewise; these have other places in a request."""

_WORTH_KEEPING = 200  # characters: what is shorter is escaped sooner than looked up
_UTF_8 = Charset("utf-8")

_written = json.JSONEncoder().encode

Escaped = tuple[bytes, int]
"""Text as it stands in the request, and its length in ReplacementTemplateData, in characters."""

_SUBJECT: Escaped = (rb"{\"subject\":\"", 12)
_TEXT: Escaped = (rb"\",\"text\":\"", 10)
_HTML: Escaped = (rb"\",\"html\":\"", 10)
_END: Escaped = (rb"\"}", 2)


def entry(message: Message, tags: Sequence[MessageTagTypeDef]) -> list[bytes]:
    """The message as a BulkEmailEntry, in pieces, so that a megabyte of batch is put together only once.

    Args:
        message: its `sender` and `reply_to` are not the entry's, but the call's.
        tags: of the edition; the message's own is added.

    Raises:
        MessageError: SES could not take it as it is.
    """
    head = _written(
        {
            "Destination": {"ToAddresses": [mailbox("To", message.recipient)]},
            "ReplacementTags": [*tags, tag(DELIVERY_TAG, message.delivery_id)],
            "ReplacementHeaders": headers(message),
        }
    )
    opening = f'{head[:-1]},"ReplacementEmailContent":{{"ReplacementTemplate":{{"ReplacementTemplateData":"'
    return [opening.encode(), *template_data(message), b'"}}}']


def template_data(message: Message) -> list[bytes]:
    """The three rendered parts, as the inside of a JSON string that holds JSON.

    Raises:
        MessageError: the subject has a line break, half a surrogate pair stands somewhere, or all is longer
            than SES takes.
    """
    if _BREAK.search(message.subject):
        raise MessageError("header Subject: a line break or NUL is not allowed, and it holds one")
    pieces = [
        _SUBJECT,
        _escaped(message.subject),
        _TEXT,
        _escaped(message.text),
        _HTML,
        *(map(_escaped_piece, message.html_pieces) if message.html_pieces else (_escaped(message.html),)),
        _END,
    ]
    length = sum([length for _, length in pieces])
    if length > _MOST_DATA:
        raise MessageError(
            f"delivery {message.delivery_id}: {length:,} characters of template data, "
            f"and Amazon SES takes {_MOST_DATA:,}; shorten the template"
        )
    return [wire for wire, _ in pieces]


def headers(message: Message) -> list[MessageHeaderTypeDef]:
    """The message's headers, without those that SES sets itself.

    Raises:
        MessageError: a header is not one that SES takes, or there are too many.
    """
    kept = [(name, value) for name, value in message.headers if name.lower() not in _LEFT_OUT]
    if len(kept) > _MOST_HEADERS:
        raise MessageError(f"{len(kept)} headers, and Amazon SES takes {_MOST_HEADERS}; leave some out")
    if len({name.lower() for name, _ in kept}) < len(kept):
        raise MessageError("a header stands twice, and Amazon SES takes each once; leave one out")
    for name, value in kept:
        _check_header(name, value)
    return [{"Name": name, "Value": value} for name, value in kept]


def mailbox(header: str, mailbox: Mailbox) -> str:
    """An address, with its name if it has one, as SES wants it: ASCII, the name in encoded words if it must be.

    Raises:
        MessageError: the address is none, or not ASCII before the `@`, or the name cannot be written.
    """
    address = wire_address(mailbox.address)
    if not address.isascii():
        raise MessageError(f"header {header}: Amazon SES takes only ASCII before the @ of an address")
    if _UNWRITABLE.search(mailbox.name):
        raise MessageError(
            f"header {header}: a line break, control character or half a surrogate pair is not allowed in a name"
        )
    if "=?" in mailbox.name:  # it would be read as an encoded word, which it is not
        return f"{_UTF_8.header_encode(mailbox.name)} <{address}>"
    return formataddr((mailbox.name, address))


def tag(name: str, value: str) -> MessageTagTypeDef:
    """A message tag.

    Raises:
        MessageError: SES takes no such value.
    """
    if not _TAG.fullmatch(value):
        raise MessageError(
            f"tag {name}: Amazon SES takes 1 to 256 ASCII letters, digits, _ or -, not {value[:60]!a}"
        )
    return {"Name": name, "Value": value}


def _check_header(name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _REFUSED:
        raise MessageError(f"header {name[:60]!a}: not a name that Amazon SES takes among further headers")
    if not _HEADER_VALUE.fullmatch(value) or len(name) + len(value) > _LONGEST_HEADER:
        raise MessageError(
            f"header {name}: Amazon SES takes printable ASCII without a line break, "
            f"{_LONGEST_HEADER} characters with its name at most; it has {len(value)}"
        )


def _escaped_piece(piece: str) -> Escaped:
    return _kept(piece) if len(piece) >= _WORTH_KEEPING else _escaped(piece)


def _escaped(text: str) -> Escaped:
    """Escaped once for the document and once more for the string that holds it."""
    inner = encode_basestring(text)[1:-1]
    if not inner.isascii():
        _refuse_half_pairs(inner)
    return encode_basestring_ascii(inner)[1:-1].encode("ascii"), len(inner)


def _refuse_half_pairs(text: str) -> None:
    """The second escaping would let them through, and they are no characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MessageError(
            "half a surrogate pair cannot be written as UTF-8; correct the title, name or template it comes from"
        ) from None


@lru_cache(maxsize=2048)  # a template's text, and an edition's cards
def _kept(piece: str) -> Escaped:
    return _escaped(piece)
