"""Notifications as Amazon SES publishes them, after the examples of its documentation."""

from __future__ import annotations

import json
from typing import Any

SENT = "2026-11-21T18:00:00.000Z"
LATER = "2026-11-21T19:30:15.669Z"
DELIVERY = "0f3c2a9d8b7e6f5a4c3b2a1908f7e6d5"
READER = "reader@example.com"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

Notification = dict[str, Any]


def mail(*, destination: list[str] | None = None, tags: dict[str, list[str]] | None = None) -> Notification:
    return {
        "timestamp": SENT,
        "source": "hello@example.org",
        "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/example.org",
        "sendingAccountId": "123456789012",
        "messageId": "0102019abc7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
        "destination": destination or [READER],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "hello@example.org"}, {"name": "Subject", "value": "New"}],
        "commonHeaders": {"from": ["hello@example.org"], "to": destination or [READER]},
        "tags": {"delivery_id": [DELIVERY], "edition": ["2026-W47"], "ses:configuration-set": ["set"]}
        if tags is None
        else tags,
    }


def notified(event_type: str, key: str = "", part: Notification | None = None, **of_mail: Any) -> Notification:
    return {"eventType": event_type, "mail": mail(**of_mail), **({key: part or {}} if key else {})}


def bounce(bounce_type: str = "Permanent", *addresses: str, **of_mail: Any) -> Notification:
    recipients = [
        {"emailAddress": address, "action": "failed", "status": "5.1.1"} for address in addresses or (READER,)
    ]
    part = {
        "bounceType": bounce_type,
        "bounceSubType": "General",
        "bouncedRecipients": recipients,
        "timestamp": LATER,
        "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
        "reportingMTA": "dsn; mta.example.com",
    }
    return notified("Bounce", "bounce", part, **of_mail)


def complaint(
    feedback: str | None = "abuse", subtype: str | None = None, address: str = READER, **of_mail: Any
) -> Notification:
    part: Notification = {
        "complainedRecipients": [{"emailAddress": address}],
        "timestamp": LATER,
        "feedbackId": "feedback-1",
        "complaintSubType": subtype,
    }
    kind = {"complaintFeedbackType": feedback} if feedback else {}
    return notified("Complaint", "complaint", part | kind, **of_mail)


def delivery(*addresses: str) -> Notification:
    part = {
        "timestamp": LATER,
        "processingTimeMillis": 11893,
        "recipients": list(addresses or (READER,)),
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.example.com",
    }
    return notified("Delivery", "delivery", part)


def opened(user_agent: str = FIREFOX, at: str = LATER) -> Notification:
    return notified("Open", "open", {"ipAddress": "192.0.2.1", "timestamp": at, "userAgent": user_agent})


def clicked(
    link: str = "https://example.org/a",
    at: str = LATER,
    *,
    user_agent: str = FIREFOX,
    tags: dict[str, list[str]] | None = None,
) -> Notification:
    part = {"ipAddress": "192.0.2.1", "timestamp": at, "userAgent": user_agent, "link": link, "linkTags": tags}
    return notified("Click", "click", part)


def delayed() -> Notification:
    part = {
        "delayType": "TransientCommunicationFailure",
        "delayedRecipients": [{"emailAddress": READER, "status": "4.4.1"}],
        "timestamp": LATER,
        "expirationTime": "2026-11-22T18:00:00.000Z",
    }
    return notified("DeliveryDelay", "deliveryDelay", part)


def preferences(*, everything: bool = False, **topics: str) -> Notification:
    return {
        "unsubscribeAll": everything,
        "topicSubscriptionStatus": [
            {"topicName": name, "subscriptionStatus": status} for name, status in topics.items()
        ],
        "topicDefaultSubscriptionStatus": [],
    }


def subscription(new: Notification, old: Notification) -> Notification:
    part = {
        "contactList": "members",
        "timestamp": LATER,
        "source": "UnsubscribeHeader",
        "newTopicPreferences": new,
        "oldTopicPreferences": old,
    }
    return notified("Subscription", "subscription", part)


def text(notification: Notification) -> str:
    return json.dumps(notification)
