"""Scanning: opens and clicks of one delivery that came too soon, or too fast, for a person.

What software calls itself is judged where it is heard (`webhooks.machines`). These rules look at when things
happened, and at all that is known of the delivery. The ledger asks them anew whenever it learns more, and so a
scanner's first clicks are found out by its last.

- `too_soon`: within `TOO_SOON` of the time at which the provider took the message. Mailgun puts the bound for
  people at 5 s from delivery ("Privacy, automatic engagements, and Mailgun's bot detection",
  https://www.mailgun.com/blog/product/bot-detection/).
- `burst_of_links`: so many different links in so short a time as no hand clicks (three within two seconds, as
  other tools have it).
- `scan_of_links`: as many, slower, but before anybody can have found, opened and read the message: gateways follow
  every link, one after the other, before they let it through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from campaigns.ground.event import Event, EventType

TOO_SOON = timedelta(seconds=10)
"""From acceptance: 5 s for the way there, and 5 s in which nobody finds, opens and reads a new message."""

BURST = timedelta(seconds=2)
SCAN = timedelta(seconds=30)
SEVERAL_LINKS = 3

JUDGED_BY = frozenset({EventType.OPENED, EventType.CLICKED, EventType.ACCEPTED})
"""The events that change what is said of a delivery's others."""


def find_scans(history: Iterable[Event], handed_over_at: datetime | None) -> dict[str, str]:
    """By provider's id, the rule for each open and click that was a machine's, and is not marked so yet.

    Args:
        history: all of one delivery's events, or those of the types `JUDGED_BY`; in any order.
        handed_over_at: when the ledger heard that the provider had taken the message, or began to hand it over;
            None where it did not. The provider's own event goes before it.
    """
    told = sorted(history, key=lambda event: event.at)
    taken = next((event.at for event in told if event.type is EventType.ACCEPTED), handed_over_at)
    clicks = [event for event in told if event.type is EventType.CLICKED]
    hasty = [event for event in told if event.type in {EventType.OPENED, EventType.CLICKED}]
    rules = {
        **dict.fromkeys(_names(_arrival_scan(clicks, taken)), "scan_of_links"),
        **dict.fromkeys(_names(_bursts(clicks)), "burst_of_links"),
        **dict.fromkeys(_names(_within(hasty, taken, TOO_SOON)), "too_soon"),
    }
    marked = {event.provider_event_id for event in told if event.machine}
    return {name: rule for name, rule in rules.items() if name not in marked}


def _within(events: Iterable[Event], taken: datetime | None, time: timedelta) -> list[Event]:
    """Those nearer to acceptance than that: in a batch the ledger may hear of it later than it was."""
    return [] if taken is None else [event for event in events if abs(event.at - taken) < time]


def _arrival_scan(clicks: Sequence[Event], taken: datetime | None) -> list[Event]:
    early = _within(clicks, taken, SCAN)
    return early if len({_link(click) for click in early}) >= SEVERAL_LINKS else []


def _bursts(clicks: Sequence[Event]) -> list[Event]:
    """The clicks, which are in order, that stand in any stretch of `BURST` with enough links."""
    found: list[Event] = []
    links: Counter[str] = Counter()
    first = seen = 0
    for last, click in enumerate(clicks):
        links[_link(click)] += 1
        while click.at - clicks[first].at > BURST:
            links -= Counter([_link(clicks[first])])
            first += 1
        if len(links) >= SEVERAL_LINKS:
            found += clicks[max(first, seen) : last + 1]
            seen = last + 1
    return found


def _link(click: Event) -> str:
    """What tells it from another; where nobody said which link it was, at least the item."""
    return click.link_key or click.item_id or ""


def _names(events: Iterable[Event]) -> list[str]:
    return [event.provider_event_id for event in events]
