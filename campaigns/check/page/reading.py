"""Pages, read piece by piece: what a piece means in its place is found out once, for all that have it there.

A message is joined of the template's own pieces, finished cards and the reader's values, and a million messages
share a few hundred pieces. Reading goes from place to place: where it stands after a piece depends on nothing but
where it stood and the piece. So each such step is kept, with what is wrong on the way, and to take it again is a
look-up; what is found is the same as if every page were read from its first letter to its last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from campaigns.check.kinds import BAD_IMAGE, BAD_LINK, Problem
from campaigns.check.page.markup import Demands
from campaigns.check.page.place import Place, missing, take
from campaigns.check.page.tokens import VALUE, Opening, Words, tokens

_MOST_KEPT = 20_000_000
"""Characters of pieces: some 6,000 cards. Were pieces not shared after all, memory would stay flat."""

_ADDRESS = re.compile(r"""\s(href|src)\s*=\s*["']\Z""")
_END = ""
_MARKS = ("{{", "{%", "[[")


@dataclass(slots=True)
class _Stand:
    """A place that was reached, with the steps from it that were taken before."""

    place: Place
    rest: str
    steps: dict[str, _Step] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Step:
    """What a piece means in its place.

    Attributes:
        stand: where it leads.
        problems: what is wrong with it, the first of each kind.
        links: the addresses in it that are whole, `pictures` likewise.
        attribute: `href` or `src`, where the next piece begins one's value.
        words: how many it shows.
        marked: whether it holds `{{` or the like.
    """

    stand: _Stand
    problems: tuple[Problem, ...]
    links: tuple[str, ...]
    pictures: tuple[str, ...]
    attribute: str
    words: int
    marked: bool


@dataclass(slots=True)
class Page:
    """What was read of one page.

    Attributes:
        language: its `lang`.
        words: how many it shows, about.
        marked: whether it holds `{{` or the like, which a template should have filled.
    """

    problems: list[Problem] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    language: str = ""
    words: int = 0
    marked: bool = False


class PageReader:
    """Reads pages, and remembers pieces.

    Args:
        demands: what they are held to.
    """

    def __init__(self, demands: Demands) -> None:
        self._demands = demands
        self._bad = {"href": (BAD_LINK, demands.link_schemes), "src": (BAD_IMAGE, demands.image_schemes)}
        self._schemes = {
            attribute: tuple(f"{scheme}:" for scheme in schemes) for attribute, (_, schemes) in self._bad.items()
        }
        self._room = _MOST_KEPT
        self._stands: dict[tuple[Place, str], _Stand] = {}
        self._start = self._stand(Place(), "")

    def read(self, pieces: Sequence[str]) -> Page:
        """One page.

        Args:
            pieces: what it is joined of. One without `<` and quotes is a value: HTML's own are escaped there.
        """
        page = Page()
        stand, attribute = self._start, ""
        for piece in pieces:
            if not piece:
                continue
            step = stand.steps.get(piece)
            if step is None:
                step = self._first_time(stand, piece, attribute, page)
            if step.problems:
                page.problems += step.problems
            if step.links:
                page.links += step.links
            if step.pictures:
                page.pictures += step.pictures
            if step.marked:
                page.marked = True
            page.words += step.words
            stand, attribute = step.stand, step.attribute
        page.problems += self._end(stand)
        page.language = stand.place.language
        return page

    def _first_time(self, stand: _Stand, piece: str, attribute: str, page: Page) -> _Step:
        is_value = "<" not in piece and '"' not in piece and not piece.isspace()
        if is_value and attribute and not piece.startswith(self._schemes[attribute]):
            page.problems.append(Problem(self._bad[attribute][0], piece))
        if is_value and not stand.rest:
            page.words += len(piece.split()) - 1  # the step counts one
        if is_value and is_marked(piece):
            page.marked = True
        key = VALUE if is_value else piece
        step = stand.steps.get(key)
        if step is None:
            step = self._walk(stand, key)
            self._room -= len(key)
            if self._room > 0:
                stand.steps[key] = step
        return step

    def _walk(self, stand: _Stand, piece: str) -> _Step:
        held = stand.rest.endswith(VALUE) and piece == VALUE
        found, rest = tokens(stand.rest if held else stand.rest + piece)
        place, problems, words = stand.place, list[Problem](), 0
        for token in found:
            place, wrong = take(place, token, self._demands)
            problems += wrong
            words += _count(token, place)
        openings = [token for token in found if isinstance(token, Opening)]
        address = _ADDRESS.search(rest)
        return _Step(
            self._stand(place, rest),
            tuple({problem.kind: problem for problem in reversed(problems)}.values()),
            tuple(_whole(openings, "a", "href")),
            tuple(_whole(openings, "img", "src")),
            address[1] if address else "",
            words,
            is_marked(piece),
        )

    def _stand(self, place: Place, rest: str) -> _Stand:
        if self._room <= 0:
            return _Stand(place, rest)
        return self._stands.setdefault((place, rest), _Stand(place, rest))

    def _end(self, stand: _Stand) -> tuple[Problem, ...]:
        step = stand.steps.get(_END)
        if step is None:
            problems = tuple(missing(stand.place, stand.rest))
            step = stand.steps[_END] = _Step(stand, problems, (), (), "", 0, marked=False)
        return step.problems


def is_marked(text: str) -> bool:
    """Whether there is something in it that looks like a template's tag."""
    return ("{" in text or "[" in text) and any(mark in text for mark in _MARKS)  # a letter is found faster


def _count(token: object, place: Place) -> int:
    is_read = isinstance(token, Words) and bool(place.open) and not place.open[-1].light.hidden
    return len(token.text.split()) if is_read and isinstance(token, Words) else 0


def _whole(openings: Sequence[Opening], name: str, attribute: str) -> list[str]:
    there = (opening.attributes.get(attribute, "") for opening in openings if opening.name == name)
    return [address for address in there if address and VALUE not in address]
