"""Pictures of pages, taken by a Chromium that is installed: by Playwright's hand (`winddown[pictures]`)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it is optional
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HEIGHT = 900


class Chromium:
    """A browser, ready (implements `export.Photographer`)."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def take(self, page: Path, picture: Path, width: int) -> None:
        """See the protocol."""
        context = self._browser.new_context(
            viewport={"width": width, "height": _HEIGHT}, java_script_enabled=False
        )
        try:
            shown = context.new_page()
            shown.goto(page.resolve().as_uri())
            shown.screenshot(path=picture, full_page=True)
        finally:
            context.close()


@contextmanager
def chromium() -> Iterator[Chromium | None]:
    """A browser as long as it is needed; None where there is none, or nobody to drive it."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional
    except ImportError:
        program = None
    if program is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield Chromium(browser)
        finally:
            browser.close()
