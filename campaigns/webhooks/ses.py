"""Amazon SES: what it publishes about a message, as events of ours.

Reads event publishing (`eventType`) and the older notifications of an identity (`notificationType`), as
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html describes them. Where the
translation is a decision:

- Only a bounce that SES calls `Permanent` says that the address is dead. `Undetermined` counts as transient: SES
  found no reason, its own suppression list takes hard bounces alone, and a suppression of ours is for ever.
- A complaint whose feedback is `not-spam` takes a message out of the spam folder, and is no complaint (RFC 6430).
- `Reject` (a virus) and `Rendering Failure` both mean that SES took the message and then threw it away.
- `Subscription` is an unsubscription when it opts out of everything, or of a topic not opted out of before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.ground.address import address_key
from campaigns.ground.event import Event, EventType, event_id, link_key
from campaigns.ground.message import DELIVERY_TAG
from campaigns.webhooks.machines import machine_rule
from campaigns.webhooks.payload import Fields, parse_fields

ITEM_TAG = "item_id"

_GREETING = "Successfully validated SNS topic"  # plain text, sent once when a topic becomes a destination
_DELIVERY_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class _Happening:
    """What happened to a message, before it is told of each recipient."""

    type: EventType
    at: datetime
    recipients: Sequence[str]
    transient: bool = False
    feedback_id: str = ""
    user_agent: str = ""
    ip_address: str = ""
    link: str = ""
    item_id: str | None = None


def translate(notification: str) -> Sequence[Event]:
    """The events of one notification, one a recipient; none where it is of a kind that is no event of ours.

    Args:
        notification: JSON, as SES publishes it.

    Raises:
        MessageError: it cannot be read; names what was found.
    """
    if notification.startswith(_GREETING):
        return ()
    said = parse_fields(notification)
    read = _READERS.get(said.text("eventType" if "eventType" in said else "notificationType"))
    happening = read(said) if read else None
    if happening is None:
        return ()
    return [_event(said.fields("mail"), happening, recipient) for recipient in dict.fromkeys(happening.recipients)]


def _event(mail: Fields, happening: _Happening, recipient: str) -> Event:
    rule = machine_rule(happening.type, happening.user_agent)
    return Event(
        provider_event_id=_event_id(mail.text("messageId"), happening, recipient),
        delivery_id=_delivery_id(mail),
        type=happening.type,
        at=happening.at,
        machine=bool(rule),
        item_id=happening.item_id,
        transient=happening.transient,
        machine_rule=rule,
        address_key=address_key(_address(recipient)),
        link_key=link_key(happening.link),
    )


def _event_id(message_id: str, happening: _Happening, recipient: str) -> str:
    """SES gives most events none."""
    return event_id(
        "ses",
        message_id,
        happening.type.value,
        recipient,
        happening.at.isoformat(),
        happening.feedback_id,
        happening.link,
        happening.item_id or "",
        happening.ip_address,
        happening.user_agent,
    )


def _delivery_id(mail: Fields) -> str:
    """From its tag, or the Message-ID it was given; SES's own name for a message that is not one of ours."""
    tags = mail.fields_or_none("tags")
    named = [*(tags.texts(DELIVERY_TAG) if tags and DELIVERY_TAG in tags else ()), *_message_id(mail)]
    return next((name for name in named if _DELIVERY_ID.fullmatch(name)), mail.text("messageId"))


def _message_id(mail: Fields) -> Sequence[str]:
    headers = mail.each("headers") if "headers" in mail else ()
    values = [header.text("value") for header in headers if header.text("name").lower() == "message-id"]
    return [value.strip().removeprefix("<").partition("@")[0] for value in values]


def _address(recipient: str) -> str:
    """Without the name that may stand before it."""
    return recipient.rpartition("<")[2].removesuffix(">")


def _sent(said: Fields) -> _Happening:
    return _to_all(said, EventType.ACCEPTED)


def _rejected(said: Fields) -> _Happening:
    return _to_all(said, EventType.REJECTED)


def _to_all(said: Fields, event_type: EventType) -> _Happening:
    """Of a message as a whole: SES tells no other time than when it took it."""
    mail = said.fields("mail")
    return _Happening(event_type, mail.time("timestamp"), mail.texts("destination"))


def _delivered(said: Fields) -> _Happening:
    delivery = said.fields("delivery")
    return _Happening(EventType.DELIVERED, delivery.time("timestamp"), delivery.texts("recipients"))


def _deferred(said: Fields) -> _Happening:
    delay = said.fields("deliveryDelay")
    return _Happening(EventType.DEFERRED, delay.time("timestamp"), _addresses(delay, "delayedRecipients"))


def _bounced(said: Fields) -> _Happening:
    bounce = said.fields("bounce")
    return _Happening(
        EventType.BOUNCED,
        bounce.time("timestamp"),
        _addresses(bounce, "bouncedRecipients"),
        transient=bounce.text("bounceType") != "Permanent",
        feedback_id=bounce.text_or("feedbackId", ""),
    )


def _complained(said: Fields) -> _Happening | None:
    complaint = said.fields("complaint")
    if complaint.text_or("complaintFeedbackType", "") == "not-spam":
        return None
    return _Happening(
        EventType.COMPLAINED,
        complaint.time("timestamp"),
        _addresses(complaint, "complainedRecipients"),
        feedback_id=complaint.text_or("feedbackId", ""),
    )


def _opened(said: Fields) -> _Happening:
    return _engaged(said, EventType.OPENED, said.fields("open"))


def _clicked(said: Fields) -> _Happening:
    return _engaged(said, EventType.CLICKED, said.fields("click"))


def _engaged(said: Fields, event_type: EventType, engagement: Fields) -> _Happening:
    tags = engagement.fields_or_none("linkTags")
    items = tags.texts(ITEM_TAG) if tags and ITEM_TAG in tags else ()
    return _Happening(
        event_type,
        engagement.time("timestamp"),
        said.fields("mail").texts("destination"),
        user_agent=engagement.text_or("userAgent", ""),
        ip_address=engagement.text_or("ipAddress", ""),
        link=engagement.text_or("link", ""),
        item_id=items[0] if items else None,
    )


def _unsubscribed(said: Fields) -> _Happening | None:
    subscription = said.fields("subscription")
    new = subscription.fields("newTopicPreferences")
    old = subscription.fields_or_none("oldTopicPreferences")
    if not new.flag("unsubscribeAll") and not _opted_out(new) - (_opted_out(old) if old else frozenset()):
        return None
    at = subscription.time("timestamp")
    return _Happening(EventType.UNSUBSCRIBED, at, said.fields("mail").texts("destination"))


def _opted_out(preferences: Fields) -> frozenset[str]:
    key = "topicSubscriptionStatus"
    topics = preferences.each(key) if key in preferences else ()
    return frozenset(topic.text("topicName") for topic in topics if topic.text("subscriptionStatus") == "OptOut")


def _addresses(part: Fields, key: str) -> Sequence[str]:
    return [recipient.text("emailAddress") for recipient in part.each(key)]


_READERS: Mapping[str, Callable[[Fields], _Happening | None]] = {
    "Send": _sent,
    "Delivery": _delivered,
    "DeliveryDelay": _deferred,
    "Bounce": _bounced,
    "Complaint": _complained,
    "Reject": _rejected,
    "Rendering Failure": _rejected,
    "Open": _opened,
    "Click": _clicked,
    "Subscription": _unsubscribed,
}
