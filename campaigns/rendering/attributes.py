"""`<mj-html-attributes>`, which MJML has and the MRML compiler lacks: attributes for what a CSS selector finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from lxml.cssselect import CSSSelector, SelectorError
from lxml.html import HtmlElement

from campaigns.rendering.sources import Source

_ALL = re.compile(r"<mj-html-attributes>.*?</mj-html-attributes>", re.DOTALL)
_SELECTOR = re.compile(
    r"""<mj-selector\s+path=(["'])(?P<path>.*?)\1\s*>(?P<inside>.*?)</mj-selector>""", re.DOTALL
)
_ATTRIBUTE = re.compile(
    r"""<mj-html-attribute\s+name=(["'])(?P<name>.*?)\1\s*>(?P<value>.*?)</mj-html-attribute>""", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute for every element that a selector finds in the page."""

    select: CSSSelector
    name: str
    value: str


def read_attributes(text: str, source: Source) -> list[Attribute]:
    """The attributes that an MJML template asks for.

    Args:
        text: the template, of which Jinja's tags may be masked.
        source: where it was written, for errors.

    Raises:
        TemplateError: a path is no CSS selector.
    """
    return [attribute for block in _ALL.findall(text) for attribute in _read(block, source)]


def without_attributes(text: str) -> str:
    """The template as the compiler knows it, with as many lines."""
    return _ALL.sub(lambda found: "\n" * found[0].count("\n"), text)


def set_attributes(root: HtmlElement, attributes: list[Attribute]) -> None:
    """Put the attributes into the page."""
    for attribute in attributes:
        for element in attribute.select(root):
            element.set(attribute.name, attribute.value)


def _read(block: str, source: Source) -> Iterator[Attribute]:
    for selector in _SELECTOR.finditer(block):
        path = unescape(selector["path"])
        try:
            select = CSSSelector(path, translator="html")
        except SelectorError as error:
            place = source.origin_at(max(source.text.find(selector["path"]), 0))
            raise place.error(f"mj-selector path {path!r} is no CSS selector: {error}") from error
        for found in _ATTRIBUTE.finditer(selector["inside"]):
            yield Attribute(select, found["name"], unescape(found["value"]))
