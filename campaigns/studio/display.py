"""How a message is shown: as it is, or as a client shows it that is dark or blocks pictures; and never alive.

The message itself is not touched. What is changed for the eye is what a browser in a frame cannot do by itself:
which colour scheme is asked for, where pictures of this workspace lie, and that nothing counts as opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)")
_BOTH_SCHEMES = re.compile(r"\blight dark\b")
_PICTURE = re.compile(r"""(?P<before>\b(?:src|background)="|url\(\s*['"]?)(?P<url>(?:file|https?):[^"')\s]+)""")
_HEAD = re.compile(r"<head\b[^>]*>")
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


class View(StrEnum):
    """The ways to look at a message, in the order of their tabs."""

    DESKTOP = "desktop"
    PHONE = "phone"
    DARK = "dark"
    IMAGES_OFF = "images-off"
    TEXT = "text"
    INBOX = "inbox"
    SOURCE = "source"


FRAMED = (View.DESKTOP, View.PHONE, View.DARK, View.IMAGES_OFF)
"""Those that show the HTML, in a frame."""
WIDTHS = {View.PHONE: 360}
"""CSS pixels; the others are as wide as there is room."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Where a message's pictures come from.

    Attributes:
        root: the workspace; pictures in it are shown from there.
        base_url: where `winddown serve` is; what it would count is not asked for.
        at: the address under which the studio serves a picture of the workspace, given its path in it.
    """

    root: Path
    base_url: str
    at: Callable[[str], str]


def displayed(html: str, *, dark: bool, shop: Shop) -> str:
    """A message's HTML for a frame: links open elsewhere, which the frame forbids: a click does nothing."""
    html = _SCHEME.sub(lambda found: _ALWAYS if (found[1] == "dark") is dark else _NEVER, html)
    html = _BOTH_SCHEMES.sub("dark" if dark else "light", html)
    html = _PICTURE.sub(lambda found: found["before"] + _from_shop(found["url"], shop), html)
    return _HEAD.sub(lambda found: f'{found[0]}<base target="_blank">', html, count=1)


def _from_shop(written: str, shop: Shop) -> str:
    url = unescape(written)
    if url.startswith(f"{shop.base_url.rstrip('/')}/"):
        return _NOTHING
    path = path_in(url, shop.root)
    return written if path is None else escape(shop.at(quote(path)))


def path_in(url: str, root: Path) -> str | None:
    """The path in the workspace that a `file:` address leads to; None for any other."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        return None
    path = Path(unquote(parts.path))
    inside = path.is_relative_to(root) and ".." not in path.parts
    return path.relative_to(root).as_posix() if inside else None


def picture_path(root: Path, path: str) -> Path | None:
    """The workspace's picture of that path; None where it is none, or leads out of the workspace."""
    found = (root / path).resolve()
    inside = found.is_relative_to(root.resolve()) and found.is_file()
    return found if inside and found.suffix.lower() in PICTURES else None


PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""Kinds that mail clients show, by their files' endings. SVG is none, and could hold scripts."""
