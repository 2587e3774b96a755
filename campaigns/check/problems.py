"""What can be wrong with one message, each a question of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from campaigns.check.finding import Severity
from campaigns.ground.item import Catalogue, Item
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.settings.campaign import CheckSettings

_HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')
_IMAGE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r'\bsrc="([^"]*)"')
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[\[ .*? \]\]", re.DOTALL)
_LONG_SUBJECT = 250
"""Characters. A long title may well be longer than an inbox shows; this one is a mistake, such as a description
in its place."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A message and all that it should agree with."""

    row: PlanRow
    message: Message
    catalogue: Catalogue
    slots: int
    settings: CheckSettings
    languages: frozenset[str]


Find = Callable[[Looked], str | None]
"""What is wrong with a message: the offending words, perhaps none (`""`); None where nothing is."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: what it is called, what it means, how to see it, and how grave it is."""

    code: str
    meaning: str
    find: Find
    severity: Severity = Severity.ERROR


def _shown(looked: Looked) -> Iterator[Item]:
    for slot in looked.row.slots:
        if slot.item_id is not None and slot.item_id in looked.catalogue.items:
            yield looked.catalogue.items[slot.item_id]


def _too_large(looked: Looked) -> str | None:
    size = len(looked.message.html.encode())
    return f"{size:,} bytes" if size > looked.settings.max_kilobytes * 1_024 else None


def _no_unsubscribe(looked: Looked) -> str | None:
    header = dict(looked.message.headers).get("List-Unsubscribe", "")
    link = header.partition("<")[2].partition(">")[0]
    if not link:
        return "no List-Unsubscribe header"
    places = {"the HTML": looked.message.html, "the text": looked.message.text}
    return next((f"not in {place}" for place, words in places.items() if link not in words), None)


def _bad_link(looked: Looked) -> str | None:
    allowed = tuple(f"{scheme}:" for scheme in looked.settings.link_schemes)
    return next((link for link in _HREF.findall(looked.message.html) if not link.startswith(allowed)), None)


def _bad_image(looked: Looked) -> str | None:
    allowed = tuple(f"{scheme}:" for scheme in looked.settings.image_schemes)
    for image in _IMAGE.findall(looked.message.html):
        source = _SOURCE.search(image)
        if source is None or not source[1].startswith(allowed):
            return source[1] if source else str(image)
    return None


def _no_alternative_text(looked: Looked) -> str | None:
    return next((image for image in _IMAGE.findall(looked.message.html) if ' alt="' not in image), None)


def _unfilled(looked: Looked) -> str | None:
    """A tag in a title or a name is somebody's word, and shown as it is; any other was for a template to fill."""
    tags = _TAG.findall(f"{looked.message.subject}\n{looked.message.html}")
    return next((tag for tag in tags if unescape(tag) not in _words(looked)), None)


def _words(looked: Looked) -> str:
    """What the message shows of the person and the catalogue, white space as templates print it."""
    series = looked.catalogue.collections
    words = [looked.row.contact.first_name, *map(str, looked.row.attributes.values())]
    for item in _shown(looked):
        words += [item.title, item.narrator, item.description, *map(str, item.attributes.values())]
    words += [series[key].title for slot in looked.row.slots if (key := slot.collection_id or "") in series]
    return "\n".join(" ".join(word.split()) for word in words if word)


def _empty_subject(looked: Looked) -> str | None:
    return None if looked.message.subject.strip() else ""


def _long_subject(looked: Looked) -> str | None:
    return looked.message.subject if len(looked.message.subject) > _LONG_SUBJECT else None


def _empty_text(looked: Looked) -> str | None:
    return None if looked.message.text.strip() else ""


def _empty_slots(looked: Looked) -> str | None:
    there = len(looked.row.slots)
    return f"{there} of {looked.slots}" if there < looked.slots else None


def _repeated(looked: Looked) -> str | None:
    shown = [slot.item_id or slot.collection_id for slot in looked.row.slots]
    return None if len(set(shown)) == len(shown) else max(map(str, shown), key=shown.count)


def _not_out_yet(looked: Looked) -> str | None:
    due: datetime = looked.row.send_at
    later = (item for item in _shown(looked) if item.published_at.replace(tzinfo=due.tzinfo) > due)
    return next((f"{item.item_id}, published {item.published_at:%Y-%m-%d %H:%M} UTC" for item in later), None)


def _other_language(looked: Looked) -> str | None:
    own = looked.row.contact.language
    others = (item for item in _shown(looked) if item.language != own and item.language in looked.languages)
    return next((f"{item.item_id} in {item.language}, for a reader of {own}" for item in others), None)


PROBLEMS = (
    Problem("too_large", "the HTML is larger than mail clients show whole", _too_large),
    Problem("no_unsubscribe", "HTML, text or headers lack the unsubscribe link", _no_unsubscribe),
    Problem("bad_link", "a link does not begin as `link_schemes` allows", _bad_link),
    Problem("bad_image", "a picture's address does not begin as `image_schemes` allows", _bad_image),
    Problem("no_alternative_text", "a picture has no `alt` text", _no_alternative_text),
    Problem("unfilled", "a placeholder was left unfilled", _unfilled),
    Problem("empty_subject", "the subject is empty", _empty_subject),
    Problem("long_subject", f"the subject has more than {_LONG_SUBJECT} characters", _long_subject),
    Problem("empty_text", "there is no plain-text alternative", _empty_text),
    Problem("empty_slots", "fewer picks than the email has slots", _empty_slots),
    Problem("repeated_pick", "one item or collection stands twice", _repeated),
    Problem("not_out_yet", "an item is published after the message is sent", _not_out_yet),
    Problem("other_language", "an item is in another of the campaign's languages", _other_language),
)
