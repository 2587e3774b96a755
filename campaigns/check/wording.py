"""What a message says: whether it was filled in, and whether its text says what its HTML does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from campaigns.check.kinds import EMPTY_TEXT, ODD_NAME, TEXT_UNLIKE_HTML, UNFILLED, Problem
from campaigns.check.page.reading import Page, is_marked
from campaigns.check.picks import Shown
from campaigns.ground.item import Catalogue
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[\[ .*? \]\]", re.DOTALL)
_NO_NAMES = frozenset(
    ("none", "None", "null", "NULL", "nan", "NaN", "nil", "undefined", "unknown", "N/A", "n/a", "first_name", "-")
)
"""As machines write them: Null, Nan and Na are people's names."""

_MOST_TIMES = 2
"""A text with more than twice, or less than half, of the HTML's words says other things."""

_FEW_WORDS = 30
"""Below so many words, numbers tell nothing."""


def look_at_wording(
    row: PlanRow, message: Message, page: Page, shown: Sequence[Shown], catalogue: Catalogue
) -> Iterator[Problem]:
    """What is wrong with a message's words.

    Args:
        row: whose.
        message: its message.
        page: what was read of the message's HTML.
        shown: what its slots show.
        catalogue: where the slots' titles come from.
    """
    yield from _unfilled(row, message, page, catalogue)
    name = row.contact.first_name
    if name and name.strip() in _NO_NAMES:
        yield Problem(ODD_NAME, f"first_name is “{name}”; leave it empty in `users`")
    if not message.text.strip():
        yield Problem(EMPTY_TEXT, "")
    else:
        yield from _unlike(message.text, page, shown)


def _unfilled(row: PlanRow, message: Message, page: Page, catalogue: Catalogue) -> Iterator[Problem]:
    """A tag in a title or a name is somebody's word, and shown as it is; any other was for a template to fill."""
    html = message.html if page.marked else ""
    text = f"{message.subject}\n{html}\n{message.text}"
    if is_marked(text) and (tags := _TAG.findall(text)):
        words = _words(row, catalogue)
        if tag := next((tag for tag in tags if unescape(tag) not in words), None):
            yield Problem(UNFILLED, tag)


def _words(row: PlanRow, catalogue: Catalogue) -> str:
    """What the message shows of the person and the catalogue, white space as templates print it."""
    words = [row.contact.first_name, *_texts(row.attributes)]
    for slot in row.slots:
        if item := catalogue.items.get(slot.item_id or ""):
            words += [item.title, item.narrator, item.description, *_texts(item.attributes)]
        elif series := catalogue.collections.get(slot.collection_id or ""):
            words.append(series.title)
    return "\n".join(" ".join(word.split()) for word in words if word)


def _texts(attributes: Mapping[str, object]) -> list[str]:
    return [str(value) for value in attributes.values()]


def _unlike(text: str, page: Page, shown: Sequence[Shown]) -> Iterator[Problem]:
    """A text part that differs from the HTML is a mark of spam, and tells some readers less."""
    if missing := next((one for one in shown if one.title not in text), None):
        yield Problem(TEXT_UNLIKE_HTML, f"{missing.name}, “{missing.title}”, is not in the text")
        return
    links = text.count("https://")
    there, wanted = len(text.split()) - links, page.words
    if max(there, wanted) > _FEW_WORDS and max(there, wanted) > _MOST_TIMES * min(there, wanted):
        yield Problem(TEXT_UNLIKE_HTML, f"it has {there} words, and the HTML {wanted}")
