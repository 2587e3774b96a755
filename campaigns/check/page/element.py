"""An open element: what selectors see of it, and how its words look by day and in dark mode."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from campaigns.check.page.colour import BLACK, LINK, WHITE, Colour, contrast, enough, paint
from campaigns.check.page.css import Declaration, Rule, cascade, declarations
from campaigns.check.page.tokens import Opening

_BOLD = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_LENGTH = re.compile(r"([\d.]+)\s*(px|pt|em|rem|%)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, None: 1.0}
_HEAVY = 600
_PICTURE = ("url(", "gradient(")
UNDISPLAYED, FOLDED = "display:none", "max-height:0 with overflow:hidden"
"""The ways to hide that together hide from every client."""


class Ink(NamedTuple):
    """How words look.

    Attributes:
        paper: what is behind them; None where a picture is, and no colour in case it does not come.
        size: of the font, in CSS pixels.
        hidden: the ways in which they are hidden.
    """

    colour: Colour = BLACK
    paper: Colour | None = WHITE
    size: float = 16.0
    bold: bool = False
    hidden: frozenset[str] = frozenset()

    def too_faint(self) -> str:
        """The contrast, where it is not enough; nothing where it is, or nobody can tell."""
        if self.hidden or self.paper is None or not self.size:
            return ""
        ratio, wanted = contrast(self.colour, self.paper), enough(self.size, bold=self.bold)
        return "" if ratio >= wanted else f"{self.colour} on {self.paper} is {ratio:.2f}:1, wanted {wanted:g}:1"


class Element(NamedTuple):
    """An element that is open."""

    name: str
    identifier: str = ""
    classes: frozenset[str] = frozenset()
    light: Ink = Ink()
    dark: Ink = Ink()


def opened(opening: Opening, above: tuple[Element, ...], sheet: Sequence[Rule]) -> Element:
    """The element that a start tag opens."""
    attributes = opening.attributes
    element = Element(opening.name, attributes.get("id", ""), frozenset(attributes.get("class", "").split()))
    path = (*above, element)
    own = (*_hints(attributes), *declarations(attributes.get("style", "")))
    parent = above[-1] if above else element
    return element._replace(
        light=_ink(parent.light, opening, cascade(sheet, path, own, dark=False)),
        dark=_ink(parent.dark, opening, cascade(sheet, path, own, dark=True)),
    )


def _hints(attributes: Mapping[str, str]) -> Iterator[Declaration]:
    """What HTML's own attributes say of looks."""
    if bgcolor := attributes.get("bgcolor"):
        yield Declaration("background-color", bgcolor)
    if background := attributes.get("background"):
        yield Declaration("background-image", f"url({background})")
    if "hidden" in attributes:
        yield Declaration("display", "none")


def _ink(parent: Ink, opening: Opening, values: Mapping[str, str]) -> Ink:
    paper = _paper(parent, values)
    size = _size(values.get("font-size", ""), parent.size)
    bold = _is_bold(values.get("font-weight", ""), inherited=parent.bold or opening.name in _BOLD)
    hidden = parent.hidden.union(_hidden(values))
    inherited = LINK if opening.name == "a" and "href" in opening.attributes else parent.colour
    colour = paint(values.get("color", opening.attributes.get("color", "")), paper or WHITE, parent.colour)
    return Ink(colour or inherited, paper, size, bold, hidden)


def _paper(parent: Ink, values: Mapping[str, str]) -> Colour | None:
    under = parent.paper or WHITE
    for name in ("background-color", "background"):
        colour = paint(values.get(name, ""), under, parent.colour)
        if colour is not None:
            return colour
    pictures = values.get("background-image", "") + values.get("background", "")
    return None if any(kind in pictures for kind in _PICTURE) else parent.paper


def _size(css: str, inherited: float) -> float:
    found = _LENGTH.fullmatch(css)
    if found is None:
        return inherited
    number, unit = float(found[1]), found[2]
    if unit in {"em", "%"}:
        return inherited * number / (100 if unit == "%" else 1)
    return number * _PIXELS[unit]


def _is_bold(css: str, *, inherited: bool) -> bool:
    if css.isdecimal():
        return int(css) > _HEAVY
    return css in {"bold", "bolder"} or (inherited and css not in {"normal", "lighter"})


def _hidden(values: Mapping[str, str]) -> Iterator[str]:
    if values.get("display") == "none":
        yield UNDISPLAYED
    if values.get("overflow") == "hidden" and values.get("max-height") in {"0", "0px"}:
        yield FOLDED
    if values.get("visibility") == "hidden" or values.get("opacity") in {"0", "0.0"}:
        yield "invisible"
