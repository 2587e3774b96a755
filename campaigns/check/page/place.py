"""A place in a page: all that what follows can depend on; and what is wrong on the way to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from campaigns.check.kinds import (
    NAMELESS_LINK,
    NO_DARK_MODE,
    NO_LANGUAGE,
    NO_PREHEADER,
    NO_TITLE,
    PREHEADER_SHOWS,
    UNCLOSED,
    Problem,
)
from campaigns.check.page.css import Rule, rules
from campaigns.check.page.element import FOLDED, UNDISPLAYED, Element, opened
from campaigns.check.page.markup import Demands, faint, look_at_opening
from campaigns.check.page.support import unsupported_in_sheet
from campaigns.check.page.tokens import Closing, Opening, Token, Words

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
"""Elements without a closing tag (HTML, "void elements")."""

_TITLE, _SCHEME, _DARK, _BEGUN, _NAMED = "title", "color-scheme", "dark", "begun", "named"
_UNSEEN = re.compile(r"[\s\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")
_SHOWN = 40
"""Characters of words, in a problem's detail."""


class Place(NamedTuple):
    """Where reading stands.

    Attributes:
        open: the elements that are open, the outermost first.
        sheet: the style sheets' rules so far.
        language: the page's `lang`.
        facts: what of a page that it must have was there.
    """

    open: tuple[Element, ...] = ()
    sheet: tuple[Rule, ...] = ()
    language: str = ""
    facts: frozenset[str] = frozenset()

    def having(self, fact: str) -> Place:
        """With one more fact."""
        return self._replace(facts=self.facts | {fact})

    def lacking(self, fact: str) -> Place:
        """Without one."""
        return self._replace(facts=self.facts - {fact})


Taken = tuple[Place, list[Problem]]
"""The next place, and what is wrong on the way there."""


def take(place: Place, token: Token, demands: Demands) -> Taken:
    """Read one token."""
    match token:
        case Words():
            return _words(place, token.text)
        case Closing():
            return _close(place, token.name)
        case Opening():
            return _open(place, token, demands)


def missing(place: Place, rest: str) -> Iterator[Problem]:
    """What is wrong at the page's end.

    Args:
        place: where it ends.
        rest: a tag or comment that never came to its end.
    """
    if rest:
        yield Problem(UNCLOSED, rest[:_SHOWN])
    for element in place.open[::-1]:
        yield Problem(UNCLOSED, f"<{element.name}> is never closed")
    if not place.language:
        yield Problem(NO_LANGUAGE, "")
    if _TITLE not in place.facts:
        yield Problem(NO_TITLE, "")
    if _SCHEME not in place.facts:
        yield Problem(NO_DARK_MODE, 'there is no <meta name="color-scheme" content="light dark">')
    if _DARK not in place.facts:
        yield Problem(NO_DARK_MODE, "no style sheet has @media (prefers-color-scheme: dark)")


def _open(place: Place, opening: Opening, demands: Demands) -> Taken:
    element = opened(opening, place.open, place.sheet)
    problems = list(look_at_opening(opening, element, demands))
    place = _learn(place, opening)
    if opening.name == "style":
        sheet = rules(opening.inside or "", opening.attributes.get("media", ""))
        problems += unsupported_in_sheet(opening.inside or "")
        place = place._replace(sheet=place.sheet + sheet)
    if opening.inside is not None or opening.name in VOID:
        return place, problems
    return place._replace(open=(*place.open, element)), problems


def _learn(place: Place, opening: Opening) -> Place:
    name, attributes, inside = opening.name, opening.attributes, opening.inside or ""
    if name == "html":
        return place._replace(language=attributes.get("lang", ""))
    if name == "a":
        needs_words = "href" in attributes and not attributes.get("aria-label")
        return place.lacking(_NAMED) if needs_words else place.having(_NAMED)
    is_dark_scheme = attributes.get("name") == "color-scheme" and "dark" in attributes.get("content", "")
    facts = {
        _TITLE: name == "title" and bool(inside.strip()),
        _SCHEME: name == "meta" and is_dark_scheme,
        _DARK: name == "style" and "prefers-color-scheme:dark" in "".join(inside.split()),
        _NAMED: name == "img" and bool(attributes.get("alt", "").strip()),
    }
    return place._replace(facts=place.facts.union(fact for fact, there in facts.items() if there))


def _close(place: Place, name: str) -> Taken:
    problems: list[Problem] = []
    if name not in {element.name for element in place.open}:
        return place, [Problem(UNCLOSED, f"</{name}> closes nothing")]
    if name == "a" and _NAMED not in place.facts:
        problems.append(Problem(NAMELESS_LINK, f"in {_path(place.open)}"))
    elements = list(place.open)
    while (element := elements.pop()).name != name:
        problems.append(Problem(UNCLOSED, f"<{element.name}> is not closed before </{name}>"))
    if name == "a":
        place = place.lacking(_NAMED)
    return place._replace(open=tuple(elements)), problems


def _words(place: Place, text: str) -> Taken:
    seen = " ".join(_UNSEEN.sub(" ", unescape(text)).split())
    if not seen or not any(element.name == "body" for element in place.open):
        return place, []
    if any(element.name == "a" for element in place.open):
        place = place.having(_NAMED)
    problems = list(faint(f"“{seen[:_SHOWN]}”", place.open[-1]))
    if _BEGUN in place.facts:
        return place, problems
    return place.having(_BEGUN), [*problems, *_preheader(place.open, seen)]


def _preheader(path: tuple[Element, ...], words: str) -> Iterator[Problem]:
    """The first words in the body are what an inbox shows beside the subject."""
    hidden = path[-1].light.hidden
    if not hidden:
        yield Problem(NO_PREHEADER, f"“{words[:_SHOWN]}”")
    elif lacking := sorted({UNDISPLAYED, FOLDED} - hidden):
        yield Problem(PREHEADER_SHOWS, f"it lacks {' and '.join(lacking)}, for clients that do not know the other")


def _path(path: tuple[Element, ...]) -> str:
    return " > ".join(".".join((element.name, *sorted(element.classes))) for element in path[-3:])
