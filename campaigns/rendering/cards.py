"""Cards: what `{% card pick %}…{% endcard %}` holds is rendered once per item, and reused for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from campaigns.rendering.environment import Joined, Script
from campaigns.rendering.html import ascii_only
from campaigns.rendering.tags import MASK, Masked, Tag, mask_of
from campaigns.rendering.views import Pick, Shown, shown_of

_GAP = "\n\n"
_LOOP = re.compile(r"(?P<name>\w+)\s+in\s+(?P<picks>(?:(?!\sif\s|\srecursive\b).)+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cut:
    """A template with its cards cut out.

    Attributes:
        shell: what is rendered per person. `{{ html_card_0[pick] }}` stands where a card was, and where a
            loop held nothing but a card, `{{ html_card_0[picks[1:]] }}`: one look-up for all of them.
        cards: the bodies, by the name that the shell calls them.
    """

    shell: Masked
    cards: Mapping[str, Masked]


class CardShelf:
    """One card template's finished cards; each made on first use and kept as long as the renderer."""

    def __init__(self, script: Script, values: Mapping[str, object], *, html: bool) -> None:
        self._cards = _Cards(script, values, html=html)
        self._between = "" if html else _GAP
        self._join: Callable[[list[str]], str] = Joined.of if html else _GAP.join
        self._finished = Markup if html else str  # a finished card is markup to the shell, escaped already

    def __getitem__(self, picks: Pick | Iterable[Pick]) -> str:
        """The card of a pick, or the cards of several, joined: what the shell prints."""
        if isinstance(picks, Pick):
            return self._finished(self._cards[picks] + self._between)
        return self._join([self._cards[pick] for pick in picks])


class _Cards(dict[Pick, str]):
    """Cards by pick: a look-up is all that they cost a person. An item's picks share one card."""

    def __init__(self, script: Script, values: Mapping[str, object], *, html: bool) -> None:
        super().__init__()
        self._script = script
        self._values = values
        self._finish: Callable[[str], str] = ascii_only if html else str.strip
        self._by_item: dict[Shown, str] = {}

    def __missing__(self, pick: Pick) -> str:
        shown = shown_of(pick)
        if shown not in self._by_item:
            self._by_item[shown] = self._finish(self._script.run({**self._values, "pick": shown}))
        card = self[pick] = self._by_item[shown]
        return card


def cut_cards(masked: Masked, *, html: bool) -> Cut:
    """Cut the cards out, before Jinja sees the shell. In a text, not a page, a blank line goes around them.

    Raises:
        TemplateError: a card is not closed, stands in another, or names no pick.
    """
    cards: dict[str, Masked] = {}
    tags, shell, done = list(masked.tags), "", 0
    prefix, gap = ("html", "") if html else ("text", _GAP)
    for place in _places(masked):
        name = f"{prefix}_card_{len(cards)}"
        cards[name] = masked.with_text(masked.text[place.body])
        shell += masked.text[done : place.whole.start] + gap + mask_of(len(tags)) + gap
        tags.append(Tag(f"{{{{ {name}[{place.picks}] }}}}", place.tag.origin, place.tag.text))
        done = place.whole.stop
    return Cut(Masked(shell + masked.text[done:], tuple(tags)), cards)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a card stands.

    Attributes:
        whole: what is cut out: from its `card` to its `endcard`, or the loop that holds nothing else.
        picks: the expression that gives the pick, or the loop's picks.
    """

    whole: slice
    body: slice
    picks: str
    tag: Tag


def _places(masked: Masked) -> Iterator[_Place]:
    found = list(MASK.finditer(masked.text))
    tags = masked.used()
    opened: int | None = None
    for n, tag in enumerate(tags):
        if tag.keyword == "card":
            _check_opening(tag, None if opened is None else tags[opened])
            opened = n
        elif tag.keyword == "endcard":
            if opened is None:
                raise tag.error("there is no {% card pick %} before it")
            yield _place(masked.text, found, tags, opened, n)
            opened = None
    if opened is not None:
        raise tags[opened].error("never closed; write {% endcard %} after the card")


def _place(text: str, found: list[re.Match[str]], tags: list[Tag], first: int, last: int) -> _Place:
    card, body = tags[first], slice(found[first].end(), found[last].start())
    if first > 0 and last + 1 < len(tags) and tags[last + 1].keyword == "endfor":
        loop = _LOOP.fullmatch(tags[first - 1].rest) if tags[first - 1].keyword == "for" else None
        before = text[found[first - 1].end() : found[first].start()]
        after = text[found[last].end() : found[last + 1].start()]
        if loop and loop["name"] == card.rest and not (before + after).strip():
            whole = slice(found[first - 1].start(), found[last + 1].end())
            return _Place(whole, body, loop["picks"], card)
    return _Place(slice(found[first].start(), found[last].end()), body, card.rest, card)


def _check_opening(tag: Tag, opened: Tag | None) -> None:
    if opened is not None:
        raise tag.error(f"inside the card of line {opened.origin.line}; close that one first")
    if not tag.rest:
        raise tag.error("names no pick; write {% card pick %}")
