"""Tracking, from an email that the real command has sent to what the service records of its links and picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from time import monotonic, sleep

import duckdb
import pytest
from command_line import CAMPAIGN, FRIDAY, SUNDAY, Winddown, copied, free_of_settings
from received import list_headers, part
from served import BASE_URL, served

from campaigns.ground.event import EventType

_HREF = re.compile(r'href="([^"]+)"')
_PICTURE = re.compile(r'<img src="(https://[^"]+/o/[^"]+\.gif)" width="1" height="1"')
_EVENTUALLY_S = 5.0


def eventually(holds: Callable[[], bool]) -> bool:
    """Clicks are recorded once the answer is on its way, and so a moment later."""
    deadline = monotonic() + _EVENTUALLY_S
    while not holds() and monotonic() < deadline:
        sleep(0.02)
    return holds()


def item_urls(winddown: Winddown) -> set[str]:
    found = duckdb.sql(f"SELECT url FROM '{winddown.root}/data/items.parquet'").fetchall()
    return {str(url) for (url,) in found}


@pytest.fixture
def tracked(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    """A workspace whose edition was planned, checked and sent with tracking."""
    free_of_settings(monkeypatch)
    monkeypatch.setenv("WINDDOWN_LINKS__TRACK", "true")
    winddown = Winddown(copied(sample, tmp_path / "tracked"), monkeypatch)
    for command, now in (("plan", FRIDAY), ("check", FRIDAY), ("send", SUNDAY)):
        ran = winddown(command, CAMPAIGN, now=now)
        assert ran.code == 0, ran.stderr
    return winddown


def test_tracked_links_lead_through_us_to_the_item_and_the_click_is_recorded(tracked: Winddown) -> None:
    delivery_id, content = min(tracked.emails().items())
    links = [unescape(link) for link in _HREF.findall(part(content, "html"))]
    clicks = [link for link in links if link.startswith(f"{BASE_URL}/c/")]
    items = item_urls(tracked)
    assert clicks
    assert not [link for link in links if link.partition("?")[0] in items]
    with served(tracked) as service:
        ways = [service.get(link) for link in clicks]
        assert {way.status for way in ways} == {302}
        targets = {way.headers["location"] for way in ways}
        assert all(target.startswith("https://") for target in targets)
        assert {target.partition("?")[0] for target in targets} & items
        assert eventually(lambda: {event.type for event in tracked.events()} == {EventType.CLICKED})
        assert {event.delivery_id for event in tracked.events()} == {delivery_id}
        assert {event.item_id for event in tracked.events()} - {None}


def test_the_picture_is_in_the_html_and_tells_of_an_open(tracked: Winddown) -> None:
    delivery_id, content = min(tracked.emails().items())
    (picture,) = _PICTURE.findall(part(content, "html"))
    with served(tracked) as service:
        seen = service.get(unescape(picture))
        assert (seen.status, seen.headers["content-type"], seen.content[:4]) == (200, "image/gif", b"GIF8")
        assert eventually(lambda: bool(tracked.events()))
        assert [(event.type, event.delivery_id) for event in tracked.events()] == [(EventType.OPENED, delivery_id)]


def test_tracking_leaves_text_and_list_headers_as_they_are(tracked: Winddown, winddown: Winddown) -> None:
    sent = tracked.emails()
    winddown.patch.delenv("WINDDOWN_LINKS__TRACK", raising=False)
    for key, delivery in sorted(tracked.deliveries().items())[:5]:
        untracked = winddown.rendered(delivery.user_id)
        assert part(sent[key], "html") != part(untracked, "html")
        assert "/c/" not in part(untracked, "html")
        assert part(sent[key], "plain") == part(untracked, "plain")
        assert list_headers(sent[key]) == list_headers(untracked) != {}
