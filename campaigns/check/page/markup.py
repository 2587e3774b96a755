"""What can be wrong with one start tag, where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from campaigns.check.kinds import (
    BAD_IMAGE,
    IMAGE_WITHOUT_WIDTH,
    LOW_CONTRAST,
    LOW_CONTRAST_DARK,
    MISSING_IMAGE,
    NO_ALTERNATIVE_TEXT,
    NO_LANGUAGE,
    TABLE_WITHOUT_ROLE,
    Problem,
)
from campaigns.check.links import address_problem
from campaigns.check.page.element import Element
from campaigns.check.page.support import unsupported_in_element
from campaigns.check.page.tokens import VALUE, Opening

Weigh = Callable[[str], Problem | None]
"""What is wrong with the picture at an address, if one can tell from here."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What a page is held to.

    Attributes:
        link_schemes: what links may begin with; `image_schemes` likewise for pictures.
        weigh: looks at pictures that lie on this machine.
    """

    link_schemes: Sequence[str]
    image_schemes: Sequence[str]
    weigh: Weigh


def look_at_opening(opening: Opening, element: Element, demands: Demands) -> Iterator[Problem]:
    """Everything that is wrong with an element as such."""
    yield from unsupported_in_element(opening)
    attributes, written = opening.attributes, opening.written
    match opening.name:
        case "html" if not attributes.get("lang"):
            yield Problem(NO_LANGUAGE, written)
        case "table" if not attributes.get("role"):
            yield Problem(TABLE_WITHOUT_ROLE, written)
        case "a" if "href" in attributes:
            yield from _some(address_problem(attributes["href"], demands.link_schemes))
        case "img":
            yield from _look_at_image(opening, element, demands)
        case _:
            pass


def faint(what: str, element: Element) -> Iterator[Problem]:
    """Where words of an element stand out too little.

    Args:
        what: the words, shortened; or what else it is.
        element: that they stand in.
    """
    light, dark = element.light.too_faint(), element.dark.too_faint()
    if light:
        yield Problem(LOW_CONTRAST, f"{what}: {light}")
    if dark and (dark != light):
        yield Problem(LOW_CONTRAST_DARK, f"{what}: {dark}")


def _look_at_image(opening: Opening, element: Element, demands: Demands) -> Iterator[Problem]:
    attributes, written = opening.attributes, opening.written
    source = attributes.get("src", "")
    yield from _some(address_problem(source, demands.image_schemes, BAD_IMAGE, MISSING_IMAGE))
    if VALUE not in source:
        yield from _some(demands.weigh(source))
    if "alt" not in attributes:
        yield Problem(NO_ALTERNATIVE_TEXT, written)
    elif attributes["alt"].strip():
        yield from faint(f"alt text “{attributes['alt'][:40]}”", element)
    if "width" not in attributes:
        yield Problem(IMAGE_WITHOUT_WIDTH, written)


def _some(problem: Problem | None) -> Iterator[Problem]:
    if problem is not None:
        yield problem
