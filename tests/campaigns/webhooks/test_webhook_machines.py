"""Which opens and clicks are a machine's, and by which rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ses_notifications import FIREFOX

from campaigns.ground.event import Event, EventType
from campaigns.webhooks.machines import TOO_SOON, Told, machine_rule, mark_bursts

SENT = datetime(2026, 11, 21, 18, tzinfo=UTC)
LATER = SENT + timedelta(hours=1)
OPENED, CLICKED = EventType.OPENED, EventType.CLICKED

GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_3 like Mac OS X) AppleWebKit/603.3.8 (KHTML) Mobile/14G60"


@pytest.mark.parametrize(
    ("user_agent", "of_open", "of_click"),
    [
        ("Mozilla/5.0", "apple_privacy_proxy", ""),
        (GMAIL, "gmail_image_proxy", ""),
        (YAHOO, "yahoo_image_proxy", ""),
        (PREFETCH, "gmail_prefetch", ""),
        ("Barracuda Sentinel (EE)", "security_scanner", "security_scanner"),
        ("Microsoft Office Existence Discovery", "security_scanner", "security_scanner"),
        ("Mozilla/5.0 proofpoint-urldefense", "security_scanner", "security_scanner"),
        ("python-requests/2.32.3", "http_library", "http_library"),
        ("curl/8.5.0", "http_library", "http_library"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/129.0.0.0", "http_library", "http_library"),
        (FIREFOX, "", ""),
        (IPHONE, "", ""),
        (OUTLOOK, "", ""),
        ("", "", ""),
    ],
)
def test_software_is_known_by_what_it_calls_itself(user_agent: str, of_open: str, of_click: str) -> None:
    assert machine_rule(OPENED, user_agent, LATER, SENT) == of_open
    assert machine_rule(CLICKED, user_agent, LATER, SENT) == of_click


@pytest.mark.parametrize("event_type", [OPENED, CLICKED])
def test_nobody_opens_or_clicks_within_seconds_of_sending(event_type: EventType) -> None:
    just_before = SENT + TOO_SOON - timedelta(milliseconds=1)
    assert machine_rule(event_type, FIREFOX, just_before, SENT) == "too_soon"
    assert machine_rule(event_type, FIREFOX, SENT + TOO_SOON, SENT) == ""
    assert machine_rule(event_type, FIREFOX, just_before, None) == ""


@given(
    st.sampled_from(sorted(set(EventType) - {OPENED, CLICKED})), st.sampled_from([GMAIL, "curl/8", "Mozilla/5.0"])
)
def test_only_opens_and_clicks_are_judged(event_type: EventType, user_agent: str) -> None:
    assert machine_rule(event_type, user_agent, SENT, SENT) == ""


def click(place: int, link: str, seconds: float, delivery: str = "d1", rule: str = "") -> Told:
    at = LATER + timedelta(seconds=seconds)
    event = Event(f"e{place}", delivery, CLICKED, at, machine=bool(rule), machine_rule=rule)
    return Told(event, link)


def rules(*clicks: Told) -> list[str]:
    return [event.machine_rule for event in mark_bursts(clicks)]


def test_three_links_within_two_seconds_are_a_machines_all_of_them() -> None:
    assert rules(click(1, "a", 0), click(2, "b", 1), click(3, "c", 2)) == ["burst_of_links"] * 3


def test_a_slower_hand_and_a_double_click_are_a_persons() -> None:
    assert rules(click(1, "a", 0), click(2, "b", 1), click(3, "c", 2.1)) == [""] * 3
    assert rules(click(1, "a", 0), click(2, "a", 0.2), click(3, "b", 1)) == [""] * 3
    assert rules(click(1, "a", 0), click(2, "b", 0), click(3, "c", 0, delivery="d2")) == [""] * 3


def test_only_the_clicks_of_the_burst_are_marked_and_an_earlier_rule_stays() -> None:
    marked = rules(click(1, "a", 0), click(2, "b", 0.5, rule="too_soon"), click(3, "c", 1), click(4, "a", 60))
    assert marked == ["burst_of_links", "too_soon", "burst_of_links", ""]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.floats(0, 8), st.sampled_from(["d1", "d2"])), max_size=12
    ).flatmap(lambda clicks: st.tuples(st.just(clicks), st.permutations(range(len(clicks)))))
)
def test_bursts_do_not_depend_on_the_order_of_the_post(
    drawn: tuple[list[tuple[str, float, str]], list[int]],
) -> None:
    """And are those that looking at every stretch of two seconds finds."""
    clicks, order = drawn
    told = [click(place, link, seconds, delivery) for place, (link, seconds, delivery) in enumerate(clicks)]
    marked = {event.provider_event_id for event in mark_bursts([told[place] for place in order]) if event.machine}
    expected = set()
    for start in told:
        stretch = [
            other
            for other in told
            if other.event.delivery_id == start.event.delivery_id
            and timedelta(0) <= other.event.at - start.event.at <= timedelta(seconds=2)
        ]
        if len({other.link for other in stretch}) >= 3:
            expected |= {other.event.provider_event_id for other in stretch}
    assert marked == expected
