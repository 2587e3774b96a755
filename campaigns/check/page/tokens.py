"""A page's HTML as tags and words. What a piece leaves unfinished, the next one goes on with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import NamedTuple

VALUE = "\ufffc"
"""Stands for something of the reader's own, wherever it is printed."""

_TAG = re.compile(
    r"""
    (?P<comment><!--(?:>|->|.*?-->))
  | (?P<declaration><[!?][^>]*>)
  | </(?P<closing>[a-zA-Z][^\s/>]*)[^>]*>
  | <(?P<raw>style|script|title|textarea)(?P<more>(?:\s(?:[^"'>]|"[^"]*"|'[^']*')*)?)>(?P<inside>.*?)</(?P=raw)\s*>
  | <(?P<name>(?!(?:style|script|title|textarea)[\s>])[a-zA-Z][^\s/>]*)
     (?P<attributes>(?:[^"'>]|"[^"]*"|'[^']*')*)>
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    r"""([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""",
)
_BEGINS = re.compile(r"<(?=[a-zA-Z/!?]|$)")


class Opening(NamedTuple):
    """A start tag; one of `style`, `script`, `title` and `textarea` comes whole, with what is inside.

    Attributes:
        name: in lower case, as attributes' names are.
        attributes: their values, references resolved; the first counts where one is repeated.
        written: the tag as it stands in the page.
    """

    name: str
    attributes: Mapping[str, str]
    written: str
    inside: str | None = None


class Closing(NamedTuple):
    """An end tag."""

    name: str


class Words(NamedTuple):
    """What stands between tags."""

    text: str


Token = Opening | Closing | Words


def tokens(html: str) -> tuple[list[Token], str]:
    """What HTML consists of, comments left out, and the rest: a tag or comment that is not at its end."""
    found: list[Token] = []
    done = 0
    while (begins := _BEGINS.search(html, done)) is not None:
        found += _words(html[done : begins.start()])
        tag = _TAG.match(html, begins.start())
        if tag is None:
            return found, html[begins.start() :]
        found += _of_tag(tag)
        done = tag.end()
    return [*found, *_words(html[done:])], ""


def _words(text: str) -> list[Words]:
    return [Words(text)] if text else []


def _of_tag(tag: re.Match[str]) -> Iterator[Token]:
    if tag["closing"]:
        yield Closing(tag["closing"].lower())
    elif tag["raw"]:
        written = tag[0][: tag.start("inside") - tag.start()]
        yield Opening(tag["raw"].lower(), _attributes(tag["more"]), written, tag["inside"])
    elif tag["name"]:
        yield Opening(tag["name"].lower(), _attributes(tag["attributes"]), tag[0])


def _attributes(text: str) -> Mapping[str, str]:
    found = reversed(_ATTRIBUTE.findall(text))
    return {name.lower(): unescape(double or single or bare) for name, double, single, bare in found}
