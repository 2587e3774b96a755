"""Addresses, headers and tags as SES takes them.

Limits: the service model's, and for message tags
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.charset import Charset
from email.utils import formataddr
from functools import lru_cache
from typing import TYPE_CHECKING

from campaigns.ground.address import wire_address
from campaigns.ground.errors import MessageError
from campaigns.ground.message import Mailbox

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2.type_defs import MessageTagTypeDef

DELIVERY_TAG = "delivery_id"
"""The message tag by which events find their delivery."""

_MOST_HEADERS = 15
_HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_LONGEST_HEADER = 996  # characters of name and value together
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

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

_UTF_8 = Charset("utf-8")


def headers(given: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """A message's headers, without those that SES sets itself.

    Raises:
        MessageError: a header is not one that SES takes, or there are too many.
    """
    kept = [(name, value) for name, value in given if _takes(name)]
    if len(kept) > _MOST_HEADERS:
        raise MessageError(f"{len(kept)} headers, and Amazon SES takes {_MOST_HEADERS}; leave some out")
    _refuse_repetitions(tuple([name for name, _ in kept]))
    for name, value in kept:
        if not _HEADER_VALUE.fullmatch(value) or len(name) + len(value) > _LONGEST_HEADER:
            raise MessageError(
                f"header {name}: Amazon SES takes printable ASCII without a line break, "
                f"{_LONGEST_HEADER} characters with its name at most; it has {len(value)}"
            )
    return kept


def mailbox(header: str, mailbox: Mailbox) -> str:
    """An address, with its name if it has one, as SES wants it: ASCII, the name in encoded words if it must be.

    Raises:
        MessageError: the address is none, or not ASCII before the `@`, or the name cannot be written.
    """
    address = wire_address(mailbox.address)
    if not address.isascii():
        raise MessageError(f"header {header}: Amazon SES takes only ASCII before the @ of an address")
    return f"{_phrase(header, mailbox.name)} <{address}>" if mailbox.name else address


def tag(name: str, value: str) -> MessageTagTypeDef:
    """A message tag.

    Raises:
        MessageError: SES takes no such value.
    """
    return {"Name": name, "Value": tag_value(name, value)}


def tag_value(name: str, value: str) -> str:
    """The value, which needs no escaping anywhere.

    Raises:
        MessageError: as `tag`.
    """
    if not _TAG.fullmatch(value):
        raise MessageError(
            f"tag {name}: Amazon SES takes 1 to 256 ASCII letters, digits, _ or -, not {value[:60]!a}"
        )
    return value


@lru_cache(maxsize=64)  # a campaign has a handful of headers
def _takes(name: str) -> bool:
    """Whether SES is to be given it."""
    if name.lower() in _LEFT_OUT:
        return False
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _REFUSED:
        raise MessageError(f"header {name[:60]!a}: not a name that Amazon SES takes among further headers")
    return True


@lru_cache(maxsize=64)
def _refuse_repetitions(names: tuple[str, ...]) -> None:
    if len({name.lower() for name in names}) < len(names):
        raise MessageError("a header stands twice, and Amazon SES takes each once; leave one out")


@lru_cache(maxsize=4096)  # many people have the same first name
def _phrase(header: str, name: str) -> str:
    """A name as it stands before an address: RFC 5322 `display-name`."""
    if _UNWRITABLE.search(name):
        raise MessageError(
            f"header {header}: a line break, control character or half a surrogate pair is not allowed in a name"
        )
    if "=?" in name:  # it would be read as an encoded word, which it is not
        return _UTF_8.header_encode(name)
    return formataddr((name, "")).removesuffix(" <>")
