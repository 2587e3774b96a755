"""What SES makes of a request to send, by its documentation: which entries it refuses, and what recipients get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final

PASS_THROUGH: Final = {"Subject": "{{subject}}", "Text": "{{text}}", "Html": "{{html}}"}
MOST_ENTRIES: Final = 50

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MOST_DATA = 262_144
_MOST_HEADERS = 15
_DISALLOWED = re.compile(
    "bcc|cc|content-disposition|content-type|date|from|message-id|mime-version|reply-to|return-path|subject|to"
)


class InvalidEntryError(Exception):
    """An entry that SES would answer INVALID_PARAMETER."""


@dataclass(frozen=True)
class Arrived:
    """One message as its recipient gets it."""

    from_address: str
    reply_to: tuple[str, ...]
    to_address: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    tags: Mapping[str, str]

    @property
    def delivery_id(self) -> str:
        """The tag by which its events are found again."""
        return self.tags["delivery_id"]


def rendered(part: str, data: Mapping[str, Any]) -> str:
    """A template's part with its variables filled in, once.

    Handlebars looks at the template alone: braces in a value stay what they are. SES escapes nothing.
    """
    return _VARIABLE.sub(lambda found: str(data[found[1]]), part)


def bulk(request: Mapping[str, Any], template: Mapping[str, str]) -> Iterator[Arrived | InvalidEntryError]:
    """Each entry's message, or what is wrong with it."""
    for entry in request["BulkEmailEntries"]:
        try:
            yield _entry(request, entry, template)
        except InvalidEntryError as error:
            yield error


def preview(template: Mapping[str, str], data: Mapping[str, Any]) -> str:
    """A template's parts with their variables filled in, as MIME."""
    message = EmailMessage()
    message["Subject"] = rendered(template["Subject"], data)
    message.set_content(rendered(template["Text"], data))
    message.add_alternative(rendered(template["Html"], data), subtype="html")
    return message.as_string()


def single(request: Mapping[str, Any]) -> Arrived:
    """The message of a `SendEmail` with simple content.

    Raises:
        InvalidEntryError: SES would refuse it.
    """
    simple = request["Content"]["Simple"]
    body = simple["Body"]
    return Arrived(
        request["FromEmailAddress"],
        tuple(request.get("ReplyToAddresses", ())),
        _recipient(request["Destination"]),
        simple["Subject"]["Data"],
        body.get("Text", {}).get("Data", ""),
        body.get("Html", {}).get("Data", ""),
        _headers(simple.get("Headers", ())),
        _tags(request.get("EmailTags", ())),
    )


def _entry(request: Mapping[str, Any], entry: Mapping[str, Any], template: Mapping[str, str]) -> Arrived:
    text = entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
    if len(text) > _MOST_DATA:
        raise InvalidEntryError(f"{len(text)} characters of template data")
    data = json.loads(text)
    return Arrived(
        request["FromEmailAddress"],
        tuple(request.get("ReplyToAddresses", ())),
        _recipient(entry["Destination"]),
        rendered(template["Subject"], data),
        rendered(template["Text"], data),
        rendered(template["Html"], data),
        _headers(entry.get("ReplacementHeaders", ())),
        _tags(entry.get("ReplacementTags", ())),
    )


def _recipient(destination: Mapping[str, Any]) -> str:
    (address,) = destination["ToAddresses"]
    if not address.isascii():
        raise InvalidEntryError("Local address contains non-ASCII characters")
    return str(address)


def _headers(headers: Any) -> tuple[tuple[str, str], ...]:
    if len(headers) > _MOST_HEADERS:
        raise InvalidEntryError("too many headers")
    names = [header["Name"].lower() for header in headers]
    if len(set(names)) < len(names) or any(map(_DISALLOWED.fullmatch, names)):
        raise InvalidEntryError("a header twice, or one that SES sets")
    return tuple((header["Name"], header["Value"]) for header in headers)


def _tags(tags: Any) -> Mapping[str, str]:
    if not all(_TAG.fullmatch(tag["Name"]) and _TAG.fullmatch(tag["Value"]) for tag in tags):
        raise InvalidEntryError("a tag that is none")
    return {tag["Name"]: tag["Value"] for tag in tags}
