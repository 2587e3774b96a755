"""Clicks and opens: people get where the signed token says, and what they tell is recorded behind their backs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from web_service import CLICK, LINKS, NOW, OPEN, SENT, SETTINGS, UNSUBSCRIBE, URL, WHOSE, Service, path_of

from campaigns.ground.event import EventType
from campaigns.ports.ledger import Ledger
from campaigns.web.following import GIF
from campaigns.web.settings import Limits
from campaigns.webhooks.machines import machine_rule


@pytest.fixture
def few(ledger: Ledger) -> Iterator[Service]:
    service = Service(ledger, replace(SETTINGS, limits=Limits(refusals_per_minute=5, uses_per_minute=5)))
    yield service
    service.close()


def test_a_click_leads_where_the_token_says_without_telling_it_on(service: Service) -> None:
    answer = service.get(CLICK)
    assert (answer.status, answer.headers["location"]) == (302, URL)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body == b""


def test_a_click_is_recorded_with_its_item(service: Service) -> None:
    service.get(CLICK)
    (event,) = service.events()
    assert (event.type, event.delivery_id, event.item_id, event.at) == (EventType.CLICKED, WHOSE, "train", NOW)
    assert not event.machine


def test_an_open_is_recorded_and_answered_by_a_picture_of_one_pixel(service: Service) -> None:
    answer = service.get(OPEN)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/gif", GIF)
    assert GIF[:6] == b"GIF89a"
    assert GIF[6:10] == b"\x01\x00\x01\x00"
    assert [event.type for event in service.events()] == [EventType.OPENED]


@pytest.mark.parametrize("path", [CLICK, OPEN])
def test_head_is_answered_and_not_recorded(service: Service, path: str) -> None:
    assert service.ask("HEAD", path).status == service.get(path).status
    assert len(service.events()) == 1


@pytest.mark.parametrize("path", [CLICK, OPEN])
def test_the_same_again_within_ten_seconds_is_one_event(service: Service, path: str) -> None:
    for _ in range(3):
        service.get(path)
    assert len(service.events()) == 1
    service.now = NOW + timedelta(seconds=10)
    service.get(path)
    assert len(service.events()) == 2


def test_two_links_are_two_clicks(service: Service) -> None:
    service.get(CLICK)
    service.get(
        path_of(LINKS.click_to("https://app.winddown.example/series/calm", None) + LINKS.click_by(WHOSE, SENT))
    )
    assert {event.item_id for event in service.events()} == {"train", None}


def test_a_scanner_s_click_is_marked_by_its_rule_and_hides_no_person_s(ledger: Ledger) -> None:
    service = Service(ledger, judge=machine_rule)
    service.get(CLICK, user_agent="Barracuda Sentinel")
    service.get(CLICK, user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0")
    assert sorted((event.machine, event.machine_rule) for event in service.events()) == [
        (False, ""),
        (True, "security_scanner"),
    ]
    service.close()


def test_the_judge_is_told_what_the_software_calls_itself_within_bounds(ledger: Ledger) -> None:
    asked: list[object] = []
    service = Service(ledger, judge=lambda *args: asked.append(args) or "a rule")
    service.get(OPEN, user_agent="x" * 5_000)
    assert asked == [(EventType.OPENED, "x" * 512)]
    service.close()


def test_a_scanner_that_follows_every_link_is_found_out_by_its_last(service: Service) -> None:
    """Its first clicks were recorded, each on its own, before anybody could know."""
    for place in range(4):
        service.now = NOW + timedelta(seconds=place / 2)
        service.get(
            path_of(LINKS.click_to(f"https://app.winddown.example/{place}", None) + LINKS.click_by(WHOSE, SENT))
        )
        rules = [event.machine_rule for event in service.events()]
        assert rules == (["burst_of_links"] * (place + 1) if place > 1 else [""] * (place + 1))
    service.now = NOW + timedelta(minutes=5)
    service.get(CLICK)
    assert not service.events()[-1].machine


def test_a_broken_ledger_keeps_nobody_from_where_they_go(broken: Service) -> None:
    assert broken.get(CLICK).headers["location"] == URL
    assert broken.get(OPEN).body == GIF
    lost = [line for line in broken.journal if line.get("level") == "error"]
    assert [line["type"] for line in lost] == ["clicked", "opened"]


def test_a_link_followed_without_end_still_leads_on_and_is_no_longer_recorded(few: Service) -> None:
    for minute in range(8):
        few.now = NOW + timedelta(minutes=minute)
        assert few.get(CLICK).status == 302
    assert len(few.events()) == 5


@pytest.mark.parametrize(
    "path",
    [
        "/c/https://evil.example",
        "/c/evil.example",
        CLICK.replace("/c/", "/o/") + ".gif",
        OPEN.removesuffix(".gif").replace("/o/", "/c/"),
        UNSUBSCRIBE.replace("/u/", "/o/") + ".gif",
        CLICK.partition("~")[0],
        CLICK.partition("~")[0] + "~",
        "/c/~" + CLICK.partition("~")[2],
        CLICK.partition("~")[0] + "~" + UNSUBSCRIBE.removeprefix("/u/"),
        CLICK + "~" + CLICK.partition("~")[2],
        OPEN.removesuffix(".gif"),
    ],
)
def test_no_other_token_leads_anywhere(service: Service, path: str) -> None:
    answer = service.get(path)
    assert answer.status == 404
    assert "location" not in answer.headers
    assert service.events() == []


@pytest.mark.parametrize("path", [CLICK, OPEN])
def test_an_old_token_is_410(service: Service, path: str) -> None:
    service.now = SENT + timedelta(days=401)
    assert service.get(path).status == 410
    assert service.events() == []


def test_letters_beyond_ascii_leave_as_an_address_may_have_them(service: Service) -> None:
    url = "https://app.winddown.example/m\u00fcde?x=\u2028"
    answer = service.get(
        path_of(LINKS.click_to("https://app.winddown.example/m\u00fcde", None) + LINKS.click_by(WHOSE, SENT))
    )
    assert answer.headers["location"] == "https://app.winddown.example/m%C3%BCde"
    assert url not in answer.text
