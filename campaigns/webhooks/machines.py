"""Machines: opens and clicks that software made, each with the name of the rule that decided.

Rules that look at one event:

- `apple_privacy_proxy`: an open by Apple's Mail Privacy Protection, which fetches every picture of a delivered
  message and calls itself just `Mozilla/5.0` (Mailgun, "Privacy, automatic engagements, and Mailgun's bot
  detection", https://www.mailgun.com/blog/product/bot-detection/).
- `gmail_image_proxy`, `yahoo_image_proxy`: an open through a mailbox provider's image proxy, which names itself
  (Gmail's in the same article, Yahoo's by its help page SLN28749). Often a person is behind it, but the proxy also
  fetches again and ahead of time, and one cannot be told from the other.
- `gmail_prefetch`: Gmail loading pictures before anybody looks, known by a browser that never was (Bird, "Gmail is
  prefetching images", https://bird.com/blog/gmail-prefetching-images).
- `security_scanner`: a gateway that names itself (Barracuda, Proofpoint, Cisco; the list of
  https://check.live-direct-marketing.online/blog/bot-clicks-security-scanners-detect) or Office's link probe.
- `http_library`: a program's own name where a browser's should be (RFC 9110, 10.1.5).
- `too_soon`: within `TOO_SOON` of sending. The article above puts the bound for people at 5 s from delivery.

One that looks at several: `burst_of_links`, so many different links of one message in so short a time as no hand
clicks (three within two seconds, as other tools have it). It sees only the events that came together: those of
one SendGrid post or one batch from SQS. SNS posts one event at a time, so there it never applies.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from campaigns.ground.event import Event, EventType

TOO_SOON = timedelta(seconds=10)
"""From sending: 5 s for the way there, and 5 s in which nobody finds, opens and reads a new message."""

BURST = timedelta(seconds=2)
BURST_LINKS = 3

_OPENS = frozenset({EventType.OPENED})
_OPENS_AND_CLICKS = frozenset({EventType.OPENED, EventType.CLICKED})


@dataclass(frozen=True, slots=True)
class UserAgentRule:
    """Software that is known by what it calls itself.

    Attributes:
        names: found anywhere in the `User-Agent`.
        types: of which events it says anything; what fetches pictures follows no links.
    """

    name: str
    names: re.Pattern[str]
    types: frozenset[EventType] = _OPENS_AND_CLICKS


USER_AGENT_RULES = (
    UserAgentRule("apple_privacy_proxy", re.compile(r"\AMozilla/5\.0\s*\Z"), _OPENS),
    UserAgentRule("gmail_image_proxy", re.compile(r"GoogleImageProxy"), _OPENS),
    UserAgentRule("yahoo_image_proxy", re.compile(r"YahooMailProxy"), _OPENS),
    UserAgentRule("gmail_prefetch", re.compile(r"Edge/12\.246 Mozilla/5\.0\s*\Z"), _OPENS),
    UserAgentRule(
        "security_scanner",
        re.compile(r"barracuda|proofpoint|ciscosecureemail|microsoft office existence discovery", re.IGNORECASE),
    ),
    UserAgentRule(
        "http_library",
        re.compile(
            r"\A(curl|wget|python-requests|python-urllib|python-httpx|aiohttp|go-http-client|java|okhttp"
            r"|apache-httpclient|libwww-perl|node-fetch|axios)/|headlesschrome",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """An event as its provider told it.

    Attributes:
        link: of a click, where it led; told apart here, and never kept.
    """

    event: Event
    link: str = ""


def machine_rule(event_type: EventType, user_agent: str, at: datetime, sent_at: datetime | None) -> str:
    """The rule by which one open or click was a machine's; empty where none says so.

    Args:
        event_type: of any other type than an open or a click, nothing is said.
        user_agent: what the software called itself; empty where that is not known.
        at: when it happened.
        sent_at: when the provider took the message; None where it does not tell.
    """
    if event_type not in _OPENS_AND_CLICKS:
        return ""
    for rule in USER_AGENT_RULES:
        if event_type in rule.types and rule.names.search(user_agent):
            return rule.name
    return "too_soon" if sent_at is not None and at - sent_at < TOO_SOON else ""


def mark_bursts(told: Sequence[Told]) -> Sequence[Event]:
    """The events, in order, with the clicks of a burst marked; a rule that decided already stays."""
    bursts = _bursts(told)
    return tuple(
        replace(entry.event, machine=True, machine_rule="burst_of_links")
        if entry.event.provider_event_id in bursts and not entry.event.machine
        else entry.event
        for entry in told
    )


def _bursts(told: Sequence[Told]) -> frozenset[str]:
    clicks: dict[str, list[Told]] = defaultdict(list)
    for entry in told:
        if entry.event.type is EventType.CLICKED:
            clicks[entry.event.delivery_id].append(entry)
    return frozenset(name for of_one in clicks.values() for name in _burst_of(of_one))


def _burst_of(clicks: list[Told]) -> set[str]:
    """The provider ids of one delivery's clicks that stand in any stretch of `BURST` with enough links."""
    clicks.sort(key=lambda entry: entry.event.at)
    found: set[str] = set()
    links: Counter[str] = Counter()
    first = seen = 0
    for last, click in enumerate(clicks):
        links[click.link] += 1
        while click.event.at - clicks[first].event.at > BURST:
            links -= Counter([clicks[first].link])
            first += 1
        if len(links) >= BURST_LINKS:
            found.update(entry.event.provider_event_id for entry in clicks[max(first, seen) : last + 1])
            seen = last + 1
    return found
