"""What acceptance tests of the studio share: a browser, and a workspace with the studio open on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from command_line import Winddown
from playwright.sync_api import Browser, Page, expect
from previewed import Studio, previewed

expect.set_options(timeout=60_000)  # a machine may be busy, and no test measures time


@pytest.fixture
def studio(winddown: Winddown) -> Iterator[Studio]:
    """The studio, on a workspace of 120 people whose edition is planned."""
    with previewed(winddown) as studio:
        yield studio


@pytest.fixture
def page(chromium: Browser, studio: Studio) -> Iterator[Page]:
    """A fresh browser's page, on the studio's address; whatever its scripts throw fails the test."""
    context = chromium.new_context(base_url=studio.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(90_000)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert thrown == []
