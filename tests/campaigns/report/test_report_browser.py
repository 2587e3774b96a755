"""The page in a real browser: it asks for nothing, complains of nothing, and fits a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted import DAY, EDITION, HOUR, LATER, SENT, Person, World, delivered, opened, reported
from playwright.sync_api import Browser

from campaigns.ground.edition import Edition
from campaigns.store.memory import MemoryLedger
from recsource.engine import Engine


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two editions and three arms, so that every section is there."""
    ledger, root = MemoryLedger(), tmp_path_factory.mktemp("browser")
    worlds = [
        World(
            root / f"w{week}",
            [
                Person(
                    name,
                    due=SENT + week * 7 * DAY,
                    accepted=SENT + week * 7 * DAY,
                    events=(delivered(), *([opened(SENT + week * 7 * DAY + HOUR)] if n % 3 == 0 else [])),
                    completed=((SENT + week * 7 * DAY + 2 * HOUR, "i2"),) if n % 4 == 0 else (),
                    language="en" if n % 2 else "de",
                )
                for name in ("control", "popularity", "personalised")
                for n in range(40)
            ],
            ledger=ledger,
            edition=Edition(EDITION.campaign, 2026, 47 + week),
        )
        for week in range(2)
    ]
    with Engine(threads=2) as engine:
        names = ("control", "popularity", "personalised")
        return reported(engine, *worlds, now=LATER + 7 * DAY, names=names).html


@pytest.mark.parametrize("width", [390, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_without_a_request_a_complaint_or_sideways_scrolling(
    chromium: Browser, page: Path, width: int, scheme: str
) -> None:
    window = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    window.on("console", lambda message: said.append(message.text))
    window.on("pageerror", lambda error: said.append(str(error)))
    window.on("request", lambda request: asked.append(request.url))
    window.goto(page.as_uri())
    folded = window.evaluate("document.documentElement.scrollWidth")
    window.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    unfolded = window.evaluate("document.documentElement.scrollWidth")
    window.close()
    assert said == []
    assert asked == [page.as_uri()]
    assert (folded, unfolded) == (width, width)


def test_the_verdict_is_what_one_sees_first(chromium: Browser, page: Path) -> None:
    window = chromium.new_page(viewport={"width": 390, "height": 844})
    window.goto(page.as_uri())
    box = window.locator("h1").bounding_box()
    assert box is not None
    assert box["y"] < 400
    assert window.locator("details[open]").count() == 0
    window.close()


def test_print_shows_what_the_screen_folds(chromium: Browser, page: Path) -> None:
    window = chromium.new_page()
    window.goto(page.as_uri())
    window.emulate_media(media="print")
    box = window.get_by_text("Pearson").first.bounding_box()
    assert box is not None
    assert box["height"] > 0
    window.close()
