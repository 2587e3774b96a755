"""Requests to SES: a batch as the body of one `SendBulkEmail`, a single message as a `SendEmail`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from campaigns.ground.errors import MessageError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Receipt
from campaigns.senders.ses.connection import SesSettings
from campaigns.senders.ses.entries import entry, shared_tags
from campaigns.senders.ses.fields import DELIVERY_TAG, headers, mailbox, tag
from campaigns.senders.ses.outcomes import REJECTED

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2.type_defs import MessageTagTypeDef, SendEmailRequestTypeDef

Envelope = tuple[str, tuple[str, ...]]
"""What a call has once for all its messages: From, and Reply-To addresses."""


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """A batch, made ready.

    Attributes:
        body: the request's, in JSON; empty when nothing of the batch can be sent.
        delivery_ids: of its entries, in order.
        rejected: by delivery id, what SES could not take.
    """

    body: bytes
    delivery_ids: Sequence[str]
    rejected: dict[str, Receipt]


def bulk_request(
    batch: Sequence[Message], settings: SesSettings, tags: Sequence[MessageTagTypeDef]
) -> BulkRequest:
    """All of the batch that SES can take, in one request."""
    envelope: Envelope | None = None
    entries: dict[str, list[bytes]] = {}
    rejected: dict[str, Receipt] = {}
    of_edition = shared_tags(tags)
    for message in batch:
        try:
            written = entry(message, of_edition)
            envelope = _common(envelope, _envelope(message.sender, message.reply_to))
            entries[message.delivery_id] = written
        except MessageError as failure:
            rejected[message.delivery_id] = REJECTED.because(str(failure)).receipt(message.delivery_id)
    body = _body(envelope, entries.values(), settings) if envelope else b""
    return BulkRequest(body, list(entries), rejected)


def one_off(message: Message, settings: SesSettings, tags: Sequence[MessageTagTypeDef]) -> SendEmailRequestTypeDef:
    """A message on its own.

    Raises:
        MessageError: in bulk SES could not take it as it is, which a test send should find out.
    """
    entry(message, shared_tags(tags))
    from_address, reply_to = _envelope(message.sender, message.reply_to)
    return {
        "FromEmailAddress": from_address,
        "ReplyToAddresses": reply_to,
        "Destination": {"ToAddresses": [mailbox("To", message.recipient)]},
        "Content": {
            "Simple": {
                "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": message.text, "Charset": "UTF-8"},
                    "Html": {"Data": message.html, "Charset": "UTF-8"},
                },
                "Headers": [{"Name": name, "Value": value} for name, value in headers(message.headers)],
            }
        },
        "EmailTags": [*tags, tag(DELIVERY_TAG, message.delivery_id)],
        "ConfigurationSetName": settings.configuration_set,
    }


def _common(call: Envelope | None, own: Envelope) -> Envelope:
    if call not in {None, own}:
        raise MessageError("header From: it or Reply-To is not the batch's, and a call has one of each")
    return own


@lru_cache(maxsize=64)  # the same for a whole edition
def _envelope(sender: Mailbox, reply_to: Mailbox | None) -> Envelope:
    replies = () if reply_to is None else (mailbox("Reply-To", reply_to),)
    return mailbox("From", sender), replies


def _body(envelope: Envelope, entries: Iterable[list[bytes]], settings: SesSettings) -> bytes:
    """Entries carry all tags themselves: what default tags mean beside an entry's own is nowhere said."""
    from_address, reply_to = envelope
    shared = json.dumps(
        {
            "FromEmailAddress": from_address,
            "ReplyToAddresses": reply_to,
            "DefaultContent": {"Template": {"TemplateName": settings.template_name, "TemplateData": "{}"}},
            "ConfigurationSetName": settings.configuration_set,
        }
    )
    pieces = [shared[:-1].encode(), b',"BulkEmailEntries":[']
    for each in entries:
        pieces += each
        pieces.append(b",")
    pieces[-1] = b"]}"
    return b"".join(pieces)
