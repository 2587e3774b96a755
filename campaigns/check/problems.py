"""What can be wrong with one message, each a question of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from campaigns.ground.item import Catalogue, Item
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.settings.campaign import CheckSettings

_HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')
_IMAGE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r'\bsrc="([^"]*)"')
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[\[ .*? \]\]", re.DOTALL)
_LONG_SUBJECT = 250
"""Characters. Phones cut a subject off after some 40, desktops after some 70, and a long title may well be longer;
this one is a mistake, such as a description in its place."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A message and all that it should agree with."""

    row: PlanRow
    message: Message
    catalogue: Catalogue
    slots: int
    settings: CheckSettings
    languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: what it is called, what it means, and how to see it."""

    code: str
    meaning: str
    found: Callable[[Looked], bool]


def _shown(looked: Looked) -> Iterator[Item]:
    for slot in looked.row.slots:
        if slot.item_id is not None and slot.item_id in looked.catalogue.items:
            yield looked.catalogue.items[slot.item_id]


def _too_large(looked: Looked) -> bool:
    return len(looked.message.html.encode()) > looked.settings.max_kilobytes * 1_024


def _no_unsubscribe(looked: Looked) -> bool:
    header = dict(looked.message.headers).get("List-Unsubscribe", "")
    link = header.partition("<")[2].partition(">")[0]
    return not link or link not in looked.message.html or link not in looked.message.text


def _bad_link(looked: Looked) -> bool:
    allowed = tuple(f"{scheme}:" for scheme in looked.settings.link_schemes)
    return any(not link.startswith(allowed) for link in _HREF.findall(looked.message.html))


def _bad_image(looked: Looked) -> bool:
    allowed = tuple(f"{scheme}:" for scheme in looked.settings.image_schemes)
    sources = (_SOURCE.search(image) for image in _IMAGE.findall(looked.message.html))
    return any(source is None or not source[1].startswith(allowed) for source in sources)


def _no_alternative_text(looked: Looked) -> bool:
    return any(' alt="' not in image for image in _IMAGE.findall(looked.message.html))


def _unfilled(looked: Looked) -> bool:
    """A tag in a title or a name is somebody's word, and shown as it is; any other was for a template to fill."""
    tags = _TAG.findall(f"{looked.message.subject}\n{looked.message.html}")
    return bool(tags) and any(unescape(tag) not in _words(looked) for tag in tags)


def _words(looked: Looked) -> str:
    """What the message shows of the person and the catalogue, white space as templates print it."""
    series = looked.catalogue.collections
    words = [looked.row.contact.first_name, *map(str, looked.row.attributes.values())]
    for item in _shown(looked):
        words += [item.title, item.narrator, item.description, *map(str, item.attributes.values())]
    words += [series[key].title for slot in looked.row.slots if (key := slot.collection_id or "") in series]
    return "\n".join(" ".join(word.split()) for word in words if word)


def _empty_slots(looked: Looked) -> bool:
    return len(looked.row.slots) < looked.slots


def _repeated(looked: Looked) -> bool:
    shown = [(slot.item_id, slot.collection_id) for slot in looked.row.slots]
    return len(set(shown)) < len(shown)


def _not_out_yet(looked: Looked) -> bool:
    due: datetime = looked.row.send_at
    return any(item.published_at.replace(tzinfo=due.tzinfo) > due for item in _shown(looked))


def _other_language(looked: Looked) -> bool:
    own = looked.row.contact.language
    return any(item.language != own and item.language in looked.languages for item in _shown(looked))


PROBLEMS = (
    Problem("too_large", "the HTML is larger than mail clients show whole", _too_large),
    Problem("no_unsubscribe", "HTML, text or headers lack the unsubscribe link", _no_unsubscribe),
    Problem("bad_link", "a link does not begin as `link_schemes` allows", _bad_link),
    Problem("bad_image", "a picture's address does not begin as `image_schemes` allows", _bad_image),
    Problem("no_alternative_text", "a picture has no `alt` text", _no_alternative_text),
    Problem("unfilled", "a placeholder was left unfilled", _unfilled),
    Problem("empty_subject", "the subject is empty", lambda looked: not looked.message.subject.strip()),
    Problem(
        "long_subject",
        f"the subject has more than {_LONG_SUBJECT} characters",
        lambda looked: len(looked.message.subject) > _LONG_SUBJECT,
    ),
    Problem("empty_text", "there is no plain-text alternative", lambda looked: not looked.message.text.strip()),
    Problem("empty_slots", "fewer picks than the email has slots", _empty_slots),
    Problem("repeated_pick", "one item or collection stands twice", _repeated),
    Problem("not_out_yet", "an item is published after the message is sent", _not_out_yet),
    Problem("other_language", "an item is in another of the campaign's languages", _other_language),
)
