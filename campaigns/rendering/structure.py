"""A check of MJML's structure that names the line; the compiler itself says no more than that it failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.ground.errors import TemplateError
from campaigns.rendering.sources import Origin, Source, suggest
from campaigns.rendering.tags import TAG

_ATTRIBUTE = r"""\s+[^\s"'<>/=]+\s*=\s*(?:"[^"<]*"|'[^'<]*')"""
_ELEMENT = re.compile(
    rf"<(?P<close>/?)(?P<name>[A-Za-z][\w:-]*)(?P<attributes>(?:{_ATTRIBUTE})*)\s*(?P<empty>/?)>"
)
_NOT_ELEMENT = re.compile(
    r"<!--\[if\b[^\]]*\]>(?:<!-->)?|<!\[endif\]-->|<!--<!\[endif\]-->|<!--.*?-->|<!doctype[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_STYLE_BODY = re.compile(r"(?<=>)[^<]*(?=</mj-style>)")
_NOT_LINE_BREAK = re.compile(r"[^\n]")
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
KNOWN = frozenset(
    f"mj-{name}"
    for name in (
        *("accordion", "accordion-element", "accordion-text", "accordion-title", "all", "attributes", "body"),
        *("breakpoint", "button", "carousel", "carousel-image", "class", "column", "divider", "font", "group"),
        *("head", "hero", "html-attribute", "html-attributes", "image", "navbar", "navbar-link", "preview"),
        *("raw", "section", "selector", "social", "social-element", "spacer", "style", "table", "text", "title"),
        "wrapper",
    )
)


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    origin: Origin


def check_structure(source: Source) -> None:
    """Check that every element is known, well-formed and closed in turn.

    Raises:
        TemplateError: the first that is not, with its line.
    """
    opened: list[_Open] = []
    for found, origin in _elements(source):
        name = found["name"]
        if name.startswith("mj-") and name not in KNOWN:
            raise origin.error(f"there is no element <{name}> in MJML{suggest(name, sorted(KNOWN))}")
        if found["close"]:
            _close(opened, name, origin)
        elif not opened and name != "mjml":
            raise origin.error(f"<{name}> stands outside <mjml>, which must hold everything")
        elif not found["empty"] and name.lower() not in _VOID:
            opened.append(_Open(name, origin))
    if opened:
        raise opened[-1].origin.error(f"<{opened[-1].name}> is never closed")


def _close(opened: list[_Open], name: str, origin: Origin) -> None:
    if not opened:
        raise origin.error(f"</{name}> closes nothing")
    last = opened.pop()
    if last.name != name:
        raise origin.error(
            f"</{name}> stands where </{last.name}> is wanted: <{last.name}> opened "
            f"in {last.origin.file}, line {last.origin.line}"
        )


def _elements(source: Source) -> Iterator[tuple[re.Match[str], Origin]]:
    text = _STYLE_BODY.sub(_blank, TAG.sub(_blank, source.text))
    position = text.find("<")
    while position >= 0:
        found = _ELEMENT.match(text, position)
        other = None if found else _NOT_ELEMENT.match(text, position)
        end = found or other
        if end is None:
            raise _malformed(source, position)
        if found:
            yield found, source.origin_at(position)
        position = text.find("<", end.end())


def _blank(found: re.Match[str]) -> str:
    """As long as it was, so that offsets still lead to their lines."""
    return _NOT_LINE_BREAK.sub("x", found[0])


def _malformed(source: Source, position: int) -> TemplateError:
    shown = source.text[position : position + 40].partition("\n")[0]
    return source.origin_at(position).error(
        f"{shown!r} is not a well-formed element: attributes need quotes, and a plain < is written &lt;"
    )
