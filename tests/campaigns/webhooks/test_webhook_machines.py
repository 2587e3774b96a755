"""Which opens and clicks are a machine's by its own name, and by which rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ses_notifications import FIREFOX

from campaigns.ground.event import EventType
from campaigns.webhooks.machines import machine_rule

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
    assert machine_rule(OPENED, user_agent) == of_open
    assert machine_rule(CLICKED, user_agent) == of_click


@given(
    st.sampled_from(sorted(set(EventType) - {OPENED, CLICKED})), st.sampled_from([GMAIL, "curl/8", "Mozilla/5.0"])
)
def test_only_opens_and_clicks_are_judged(event_type: EventType, user_agent: str) -> None:
    assert machine_rule(event_type, user_agent) == ""
