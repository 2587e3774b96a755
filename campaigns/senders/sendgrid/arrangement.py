"""The arrangement: a batch of finished messages as the fewest requests that give each of them back, byte for byte.

A request has one content for all its recipients, and SendGrid replaces in it each recipient's own substitutions.
So the messages of a request are aligned, piece by piece: what they share is the content; wherever they differ
stands a tag, and what a message has there is its substitution for that tag. Nothing has to be known about
templates, variants or languages: a batch in which they are mixed is one request as long as each person's values
fit. Messages that do not fit together are parted, down to one a request, whose content is the message itself.

SendGrid once had `sections`, for blocks that many recipients share. It retired them in August 2020 (changelog,
"Retirement of Sections and BCC mail settings") and since then leaves their tags standing in the mail that it
sends, though the API's reference still lists them. They are not used.

What SendGrid documents ("Mail Send" in the API reference, "Substitution Tags"), and how it is kept to:

- 1,000 personalizations and 30 MB a request. 10,000 bytes of substitutions a personalization, in all; whether
  the tags count is not said, so they do. ("Substitution Tags" says 50,000; the reference is believed.)
- An address occurs once in a request.
- Tags must not stand in values; the order of replacing is not said, nor is it clear whether headers and custom
  arguments are replaced in. So every tag begins with a character that occurs nowhere else in the request, and
  all are of one length: no text, no value and no seam between them can look like a tag.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii

from campaigns.ground.errors import MessageError
from campaigns.ground.message import Message
from campaigns.senders.sendgrid.personalization import personalization, sender
from campaigns.senders.sendgrid.settings import MOST
from campaigns.senders.sendgrid.sharing import Content, Letter, Shared, places, share

SUBSTITUTIONS = 10_000
"""Bytes of a personalization's tags and values together."""

BODY = 30_000_000
"""Bytes of a request."""

_MARKERS = "^~|`$*!_@"  # in ASCII, for a body in ASCII; none that HTML gives a meaning, as SendGrid advises


@dataclass(frozen=True, slots=True)
class Request:
    """One call of v3/mail/send.

    Attributes:
        messages: its personalizations are theirs, in this order.
        body: JSON.
    """

    messages: Sequence[Message]
    body: bytes


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A batch, arranged.

    Attributes:
        refused: why SendGrid could not take a message, by delivery id.
    """

    requests: Sequence[Request]
    refused: Mapping[str, str]


def arrange(
    batch: Sequence[Message], switches: Mapping[str, object], custom_args: Mapping[str, str]
) -> Arrangement:
    """Arrange a batch; a pure function.

    Args:
        batch: messages in any mixture.
        switches: each request's settings.
        custom_args: as `personalization` takes them.
    """
    refused: dict[str, str] = {}
    groups: dict[object, tuple[Mapping[str, object], list[Letter]]] = {}
    seen: Counter[str] = Counter()
    for message in batch:
        try:
            letter = _letter(message, custom_args)
            head = {**_head(message), **switches}
        except MessageError as failure:
            refused[message.delivery_id] = str(failure)
            continue
        address = message.recipient.address.lower()
        seen[address] += 1
        key = (message.sender, message.reply_to, seen[address], _shape(letter))
        groups.setdefault(key, (head, []))[1].append(letter)
    requests = [request for head, letters in groups.values() for request in _requests(letters, head)]
    return Arrangement(requests, refused)


def _letter(message: Message, custom_args: Mapping[str, str]) -> Letter:
    html = places(message.html_pieces) if message.html_pieces else (message.html,)
    return Letter(message, personalization(message, custom_args), html)


def _shape(letter: Letter) -> object:
    """Letters of the same shape can be aligned. Of what was joined nobody knows what, each is of its own."""
    return len(letter.html) if letter.message.html_pieces else letter.message.delivery_id


def _head(message: Message) -> dict[str, object]:
    """Who a message comes from; looked at for every message, although it hardly differs."""
    head: dict[str, object] = {"from": sender(message.sender)}
    return head if message.reply_to is None else {**head, "reply_to": sender(message.reply_to)}


def _requests(letters: Sequence[Letter], head: Mapping[str, object]) -> Iterator[Request]:
    shared = share(letters)
    of_tags = len("".join(_tags(_MARKERS[0], shared.tags)))
    fits = [len("".join(values).encode()) + of_tags <= SUBSTITUTIONS for values in shared.values]
    body = _body(letters, shared, head) if all(fits) and len(letters) <= MOST else None
    if body is not None:
        yield Request([letter.message for letter in letters], body)
        return
    for part in _parted(letters, fits):
        yield from _requests(part, head)


def _parted(letters: Sequence[Letter], fits: Sequence[bool]) -> tuple[Sequence[Letter], Sequence[Letter]]:
    """Those that fit and those that do not; where that does not part them, the halves, like beside like."""
    if any(fits) and not all(fits):
        parts = (
            [letter for letter, fit in zip(letters, fits, strict=True) if fit is wanted]
            for wanted in (True, False)
        )
        return next(parts), next(parts)
    alike = sorted(letters, key=lambda letter: tuple(letter.html))
    half = len(alike) // 2
    return alike[:half], alike[half:]


@lru_cache
def _tags(marker: str, number: int) -> Sequence[str]:
    digits = len(str(number))
    return [f"{marker}{n:0{digits}}" for n in range(number)]


def _body(letters: Sequence[Letter], shared: Shared, head: Mapping[str, object]) -> bytes | None:
    """The request; None if it would be too large, or if each of the markers stands somewhere in it already."""
    people = [letter.personalization for letter in letters]
    literals = _Literals()
    values = [tuple(map(literals.__getitem__, own)) for own in shared.values]
    for marker in _MARKERS:
        tags = _tags(marker, shared.tags)
        body = _written(people, values, tags, {"content": _content(shared, tags), **head}).encode("ascii")
        if not tags or body.count(marker.encode()) == _places_of_tags(shared, len(letters)):
            return body if len(body) <= BODY else None
    return None


class _Literals(dict[str, str]):
    """Strings as JSON writes them. Most values are those of many people, and written once."""

    def __missing__(self, string: str) -> str:
        literal = self[string] = encode_basestring_ascii(string)
        return literal


def _written(
    people: Sequence[str], values: Sequence[tuple[str, ...]], tags: Sequence[str], rest: Mapping[str, object]
) -> str:
    """The request's JSON; putting it together by hand takes a third of the time, and there are millions."""
    form = ', "substitutions": {' + ", ".join(f'"{tag}": %s' for tag in tags) + "}}"
    personalizations = ", ".join([one[:-1] + form % own for one, own in zip(people, values, strict=True)])
    return f'{{"personalizations": [{personalizations}], {json.dumps(rest)[1:]}'


def _content(shared: Shared, tags: Sequence[str]) -> Sequence[Mapping[str, str]]:
    parts = [("text/plain", _filled(shared.text, tags)), ("text/html", _filled(shared.html, tags))]
    return [{"type": kind, "value": value} for kind, value in parts if value]


def _filled(content: Content, tags: Sequence[str]) -> str:
    return "".join(tags[part] if isinstance(part, int) else part for part in content)


def _places_of_tags(shared: Shared, letters: int) -> int:
    in_content = sum(isinstance(part, int) for part in (*shared.text, *shared.html))
    return in_content + letters * shared.tags
