"""SendGrid: what its Event Webhook tells about messages, as events of ours.

The types are those of https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event. A bounce of the
type `blocked` or `expired` says nothing of the address itself, and is transient. `dropped` is a message that
SendGrid took and threw away, because the address bounced, complained or unsubscribed before, or was never one.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping

from campaigns.ground.address import address_key
from campaigns.ground.errors import MessageError
from campaigns.ground.event import Event, EventType, event_id, link_key
from campaigns.ground.message import DELIVERY_TAG
from campaigns.ports.webhook import Reading
from campaigns.webhooks.machines import machine_rule
from campaigns.webhooks.payload import Fields, as_fields, parse

_LOG = logging.getLogger(__name__)
_TYPES: Mapping[str, EventType] = {
    "processed": EventType.ACCEPTED,
    "delivered": EventType.DELIVERED,
    "deferred": EventType.DEFERRED,
    "bounce": EventType.BOUNCED,
    "dropped": EventType.REJECTED,
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
    "spamreport": EventType.COMPLAINED,
    "unsubscribe": EventType.UNSUBSCRIBED,
    "group_unsubscribe": EventType.UNSUBSCRIBED,
}
_DELIVERY_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


def translate(body: bytes) -> Reading:
    """The events of a verified post.

    An entry that cannot be read is logged and counted as ignored: refusing the post for it would lose all the
    others, once SendGrid gives up.

    Raises:
        MessageError: it is no list, or not one entry of it can be read.
    """
    entries = parse(body)
    if not isinstance(entries, list):
        raise MessageError("SendGrid's post is no list; wanted a list of events")
    events: list[Event] = []
    faults: list[MessageError] = []
    for place, entry in enumerate(entries):
        try:
            events += _events(as_fields(entry, f"[{place}]"))
        except MessageError as error:
            faults.append(error)
    if faults and len(faults) == len(entries):
        raise faults[0]
    for fault in faults:
        _LOG.warning("an event of SendGrid's was passed over: %s", fault)
    return Reading(tuple(events), ignored=len(entries) - len(events))


def _events(entry: Fields) -> list[Event]:
    """One event, or none where it is of no kind of ours."""
    event_type = _TYPES.get(entry.text("event"))
    if event_type is None:
        return []
    rule = _machine_rule(entry, event_type)
    event = Event(
        provider_event_id=_event_id(entry),
        delivery_id=_delivery_id(entry),
        type=event_type,
        at=entry.unix_time("timestamp"),
        machine=bool(rule),
        transient=event_type is EventType.BOUNCED and entry.text_or("type", "bounce") != "bounce",
        machine_rule=rule,
        address_key=address_key(entry.text("email")) if "email" in entry else None,
        link_key=link_key(entry.text_or("url", "")),
    )
    return [event]


def _machine_rule(entry: Fields, event_type: EventType) -> str:
    """SendGrid's own word first."""
    if event_type is EventType.OPENED and entry.flag("sg_machine_open"):
        return "sg_machine_open"
    return machine_rule(event_type, entry.text_or("useragent", ""))


def _event_id(entry: Fields) -> str:
    """`sg_event_id`; where an old event has none, a name made of its content."""
    if named := entry.text_or("sg_event_id", ""):
        return named
    return event_id("sendgrid", json.dumps(entry.values, sort_keys=True))


def _delivery_id(entry: Fields) -> str:
    """From its custom argument; SendGrid's own name for a message that is not one of ours."""
    named = entry.text_or(DELIVERY_TAG, "")
    return named if _DELIVERY_ID.fullmatch(named) else entry.text_or("sg_message_id", "unknown")
