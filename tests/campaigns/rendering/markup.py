"""HTML as a validator reads it: whether every element is closed in turn, for browsers and for Outlook."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "area", "base", "col", "source", "wbr"})
_FOR_OTHERS = re.compile(r"<!--\[if !mso[^\]]*\]>\s*<!-->(.*?)<!--<!\[endif\]-->", re.DOTALL)
_FOR_OUTLOOK = re.compile(r"<!--\[if [^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)


def as_outlook_reads(html: str) -> str:
    """The page with Outlook's conditional comments opened, and without what it must not see."""
    return _FOR_OUTLOOK.sub(r"\1", _FOR_OTHERS.sub("", html))


class Markup(HTMLParser):
    """A page taken apart.

    Attributes:
        faults: elements that are not closed, or closed out of turn; ids and attributes that are there twice.
        elements: each element's name and attributes, in order.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{name}> is never closed" for name in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.faults += [f"<{tag}> has {name} twice" for name in set(names) if names.count(name) > 1]
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}> closes {self._open[-1:] or 'nothing'}")

    def having(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of every element of this name."""
        return [attributes for tag, attributes in self.elements if tag == name]
