"""Chromium as a mail client: it shows a message at a width, in the light or the dark, with or without pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chromium import browser
from playwright.sync_api import Browser, Page, Route

from recsource.sample.pictures import draw_picture, picture_names

_LOOKS = Path(__file__).with_name("looks.js").read_text("utf-8")
_PICTURES = {
    "train": "mountains-dusk",
    "day": "hills-dawn",
    "roof": "rain-night",
    "piano": "waves-dusk",
    "cat": "moon-night",
    "calm": "stars-dusk",
    "bath": "fireside-night",
}


@dataclass(frozen=True)
class View:
    """One way of looking at a message."""

    width: int
    dark: bool = False
    images: bool = True

    def __str__(self) -> str:
        return f"{self.width}-{'dark' if self.dark else 'light'}{'' if self.images else '-no-images'}"


class MailClient:
    """Shows messages."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def showing(self, html: str, view: View, *, scale: float = 1) -> Iterator[Page]:
        """A page with the message, its pictures loaded."""
        page = self._browser.new_page(
            viewport={"width": view.width, "height": 900},
            color_scheme="dark" if view.dark else "light",
            device_scale_factor=scale,
        )
        page.route("**/*", _fulfil if view.images else lambda route: route.abort())
        try:
            page.set_content(html, wait_until="load")
            yield page
        finally:
            page.close()


@contextmanager
def mail_client() -> Iterator[MailClient]:
    """A mail client as long as it is needed."""
    with browser() as chromium:
        yield MailClient(chromium)


def unreadable(page: Page) -> list[str]:
    """What a reader could not read: cut off, outside the window, too small, or too pale."""
    found: list[str] = page.evaluate(_LOOKS)
    return found


def colours(page: Page) -> list[tuple[str, str, str]]:
    """Each visible element's name, the colour of its words if it has any, and of its background."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(one => one.checkVisibility()).map(element => {
          const { color, backgroundColor } = getComputedStyle(element);
          const speaks = [...element.childNodes].some(node => node.nodeName === "#text" && node.data.trim());
          return [`${element.tagName} ${element.className}`, speaks ? color : "", backgroundColor];
        })"""
    )
    return [(name, words, behind) for name, words, behind in found]


def _fulfil(route: Route) -> None:
    route.fulfill(content_type="image/png", body=_picture(Path(route.request.url).stem))


@cache
def _picture(item_id: str) -> bytes:
    file = io.BytesIO()
    name = f"{_PICTURES.get(item_id, 'stars-night')}.png"
    assert name in picture_names()
    draw_picture(name).save(file, "PNG")
    return file.getvalue()
