"""SendGrid's documented rules for v3/mail/send, interpreted: what it refuses, and what each recipient gets.

From "Mail Send" in SendGrid's API reference, with "Limitations" and "Errors", and from "Substitution Tags".
Where they leave something open, such as the order of substitutions, whether what was put in is looked at again,
and whether headers and custom arguments are replaced in too, `expand` takes the reader's choice: a request that is
right must come out the same whatever SendGrid does. `sections` do nothing: they were retired in 2020.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Payload = Mapping[str, Any]
Order = Callable[[Sequence[str]], Iterable[str]]

PERSONALIZATIONS = 1_000
SUBSTITUTIONS = 10_000  # bytes a personalization
CUSTOM_ARGS = 10_000  # bytes a personalization
REQUEST = 30_000_000  # bytes
RESERVED = frozenset(
    {
        "bcc",
        "cc",
        "content-transfer-encoding",
        "content-type",
        "dkim-signature",
        "from",
        "received",
        "reply-to",
        "subject",
        "to",
        "x-sg-eid",
        "x-sg-id",
    }
)
_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True)
class Delivered:
    """What one recipient gets."""

    to: str
    name: str
    subject: str
    text: str | None
    html: str | None
    headers: Mapping[str, str]
    custom_args: Mapping[str, str]


def as_given(tags: Sequence[str]) -> Iterable[str]:
    return tags


def expand(payload: Payload, order: Order = as_given, *, times: int = 1) -> list[Delivered]:
    """What each recipient gets, in the order of personalizations.

    Args:
        payload: a request without complaints.
        order: in which a personalization's tags are replaced.
        times: how often, as if SendGrid looked at what it had put in.
    """
    return [
        _expanded(payload, one, [*order(list(one.get("substitutions", {})))] * times) for one in _people(payload)
    ]


def _expanded(payload: Payload, one: Payload, tags: Sequence[str]) -> Delivered:
    values = one.get("substitutions", {})

    def filled(text: str) -> str:
        for tag in tags:
            text = text.replace(tag, values[tag])
        return text

    content = {part["type"]: filled(part["value"]) for part in payload["content"]}
    return Delivered(
        one["to"][0]["email"],
        one["to"][0].get("name", ""),
        filled(one.get("subject", payload.get("subject", ""))),
        content.get("text/plain"),
        content.get("text/html"),
        {name: filled(value) for name, value in one.get("headers", {}).items()},
        {name: filled(value) for name, value in one.get("custom_args", {}).items()},
    )


def complaints(payload: Payload, size: int) -> list[dict[str, str | None]]:
    """What SendGrid would refuse the request for, as it says it; nothing, if it takes it.

    Args:
        payload: the request.
        size: of its body, in bytes.
    """
    found = [
        *_about_the_request(payload, size),
        *_about_addresses(payload),
        *(
            it
            for number, one in enumerate(_people(payload))
            for it in _about_one(payload, one, f"personalizations.{number}")
        ),
    ]
    return [{"message": message, "field": field, "help": None} for field, message in found]


Complaints = Iterable[tuple[str | None, str]]


def _people(payload: Payload) -> Sequence[Payload]:
    people: Sequence[Payload] = payload.get("personalizations", [])
    return people


def _about_the_request(payload: Payload, size: int) -> Complaints:
    people = _people(payload)
    if size > REQUEST:
        yield None, "The total size of your email must be less than 30MB"
    if not people:
        yield "personalizations", "You must have at least one personalization."
    if len(people) > PERSONALIZATIONS:
        yield "personalizations", f"The personalization block is limited to 1000; you have provided {len(people)}"
    if not _ADDRESS.fullmatch(payload.get("from", {}).get("email", "")):
        yield "from.email", "The from email does not contain a valid address."
    content = payload.get("content", [])
    if not content or any(not part.get("type") or not part.get("value") for part in content):
        yield "content", "The content value must be a string at least one character in length."
    if [part.get("type") for part in content] not in (["text/plain"], ["text/html"], ["text/plain", "text/html"]):
        yield "content", "If present, text/plain must be first, followed by text/html"


def _about_addresses(payload: Payload) -> Complaints:
    seen = Counter(to.get("email", "").lower() for one in _people(payload) for to in one.get("to", []))
    for address, times in seen.items():
        if times > 1:
            yield (
                "personalizations",
                f"Each unique email address may be included once. You have included [{address}] more than once.",
            )


def _about_one(payload: Payload, one: Payload, number: int) -> Complaints:
    field = f"personalizations.{number}"
    if len(one.get("to", [])) != 1 or not _ADDRESS.fullmatch(one["to"][0].get("email", "")):
        yield f"{field}.to.0.email", "Does not contain a valid address."
    elif set(one["to"][0].get("name", "")) & set(";,"):
        yield f"{field}.to.0.name", "The name cannot include ; or ,"
    if not one.get("subject", payload.get("subject")):
        yield f"{field}.subject", "The subject is required."
    yield from _about_pairs(one, field)
    for name, value in one.get("headers", {}).items():
        if name.lower() in RESERVED:
            yield f"{field}.headers", f"Header {name} can not be one of the reserved keys."
        if not value.isascii() or "\n" in value or "\r" in value:
            yield f"{field}.headers", f"Header {name} is not properly encoded."


def _about_pairs(one: Payload, field: str) -> Complaints:
    for kind in ("substitutions", "headers", "custom_args"):
        if not all(isinstance(value, str) for value in one.get(kind, {}).values()):
            yield f"{field}.{kind}", f"Each of the {kind} must be a string"
    if any(" " in tag for tag in one.get("substitutions", {})):
        yield f"{field}.substitutions", "A tag must not contain spaces."
    if _bytes(one.get("substitutions", {})) > SUBSTITUTIONS:
        yield f"{field}.substitutions", "Substitutions are limited to 10000 bytes per personalization."
    if _bytes(one.get("custom_args", {})) > CUSTOM_ARGS:
        yield f"{field}.custom_args", "Custom arguments are limited to 10000 bytes."


def _bytes(pairs: Mapping[str, str]) -> int:
    return sum(len(name.encode()) + len(value.encode()) for name, value in pairs.items())
