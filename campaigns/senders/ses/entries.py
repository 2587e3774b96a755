"""A message as an entry of `SendBulkEmail`, in JSON, or the reason why it cannot be one.

Its JSON is put together by hand: a message's own part of it is an address, an id, a header and a few words, and a
weekend has millions of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING

from campaigns.ground.errors import MessageError
from campaigns.ground.message import Message
from campaigns.senders.ses.escaping import escaped_pieces, escaped_together
from campaigns.senders.ses.fields import DELIVERY_TAG, headers, mailbox, tag_value

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2.type_defs import MessageTagTypeDef

_MOST_DATA = 262_144  # characters of ReplacementTemplateData
_BREAK = re.compile(r"[\r\n\0]")

_SUBJECT, _TEXT, _HTML, _END = rb"{\"subject\":\"", rb"\",\"text\":\"", rb"\",\"html\":\"", rb"\"}"


def shared_tags(tags: Sequence[MessageTagTypeDef]) -> str:
    """Tags that go before every message's own."""
    return "".join([f"{json.dumps(tag)}," for tag in tags])


def entry(message: Message, tags: str) -> list[bytes]:
    """The message as a BulkEmailEntry, in pieces, so that a megabyte of batch is put together only once.

    Args:
        message: its `sender` and `reply_to` are not the entry's, but the call's.
        tags: `shared_tags` of the edition; the message's own is added.

    Raises:
        MessageError: SES could not take it as it is.
    """
    to = encode_basestring_ascii(mailbox("To", message.recipient))
    written = ",".join([_written_header(name, value) for name, value in headers(message.headers)])
    opening = (
        f'{{"Destination":{{"ToAddresses":[{to}]}},"ReplacementTags":[{tags}'
        f'{{"Name":"{DELIVERY_TAG}","Value":"{tag_value(DELIVERY_TAG, message.delivery_id)}"}}],'
        f'"ReplacementHeaders":[{written}],'
        '"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":"'
    )
    return [opening.encode("ascii"), *template_data(message), b'"}}}']


def template_data(message: Message) -> list[bytes]:
    """The three rendered parts, as the inside of a JSON string that holds JSON.

    Raises:
        MessageError: the subject has a line break, half a surrogate pair stands somewhere, or all is longer
            than SES takes.
    """
    if _BREAK.search(message.subject):
        raise MessageError("header Subject: a line break or NUL is not allowed, and it holds one")
    if message.html_pieces:
        (subject, text), html = escaped_pieces((message.subject, message.text), message.html_pieces)
    else:
        subject, text, *html = escaped_together((message.subject, message.text, message.html))
    written = [_SUBJECT, subject, _TEXT, text, _HTML, *html, _END]
    if sum(map(len, written)) > _MOST_DATA:  # it is shorter before it is escaped for the second time
        _refuse_too_much(message)
    return written


def _refuse_too_much(message: Message) -> None:
    parts = {"subject": message.subject, "text": message.text, "html": message.html}
    length = len(json.dumps(parts, ensure_ascii=False, separators=(",", ":")))
    if length > _MOST_DATA:
        raise MessageError(
            f"delivery {message.delivery_id}: {length:,} characters of template data, "
            f"and Amazon SES takes {_MOST_DATA:,}; shorten the template"
        )


@lru_cache(maxsize=64)  # most are the whole edition's
def _written_header(name: str, value: str) -> str:
    return json.dumps({"Name": name, "Value": value})
