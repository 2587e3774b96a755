"""What each of Amazon SES's notifications is in our terms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import ses_notifications as ses
from hypothesis import given
from hypothesis import strategies as st
from ses_notifications import DELIVERY, LATER, READER, SENT

from campaigns.ground.address import address_key
from campaigns.ground.errors import MessageError
from campaigns.ground.event import Event, EventType
from campaigns.webhooks.ses import translate

AT = datetime(2026, 11, 21, 19, 30, 15, 669_000, tzinfo=UTC)
SENT_AT = datetime(2026, 11, 21, 18, tzinfo=UTC)


def events(notification: ses.Notification) -> list[Event]:
    return list(translate(ses.text(notification)))


def event(notification: ses.Notification) -> Event:
    (only,) = events(notification)
    return only


OPTED_OUT = ses.subscription(ses.preferences(everything=True), ses.preferences(weekly="OptIn"))


@pytest.mark.parametrize(
    ("notification", "event_type", "at"),
    [
        (ses.notified("Send", "send"), EventType.ACCEPTED, SENT_AT),
        (ses.delivery(), EventType.DELIVERED, AT),
        (ses.delayed(), EventType.DEFERRED, AT),
        (ses.bounce(), EventType.BOUNCED, AT),
        (ses.complaint(), EventType.COMPLAINED, AT),
        (ses.notified("Reject", "reject", {"reason": "Bad content"}), EventType.REJECTED, SENT_AT),
        (ses.notified("Rendering Failure", "failure", {"errorMessage": "…"}), EventType.REJECTED, SENT_AT),
        (ses.opened(), EventType.OPENED, AT),
        (ses.clicked(), EventType.CLICKED, AT),
        (OPTED_OUT, EventType.UNSUBSCRIBED, AT),
    ],
    ids=lambda value: value.get("eventType") if isinstance(value, dict) else "",
)
def test_every_type_is_told_of_its_delivery_at_its_own_time(
    notification: ses.Notification, event_type: EventType, at: datetime
) -> None:
    told = event(notification)
    assert (told.type, told.at, told.delivery_id) == (event_type, at, DELIVERY)
    assert told.address_key == address_key(READER)
    assert not told.machine


@pytest.mark.parametrize(
    ("bounce_type", "transient"),
    [("Permanent", False), ("Transient", True), ("Undetermined", True), ("SomethingNew", True)],
)
def test_only_a_permanent_bounce_suppresses(bounce_type: str, *, transient: bool) -> None:
    told = event(ses.bounce(bounce_type))
    assert told.transient is transient
    assert told.suppresses is not transient


@pytest.mark.parametrize("feedback", ["abuse", "fraud", "virus", "other", "auth-failure", None])
def test_every_complaint_but_not_spam_suppresses(feedback: str | None) -> None:
    assert event(ses.complaint(feedback)).suppresses
    assert events(ses.complaint("not-spam")) == []


def test_an_address_on_the_accounts_suppression_list_is_suppressed_here_too() -> None:
    assert event(ses.complaint(None, "OnAccountSuppressionList")).suppresses


def test_the_older_notifications_of_an_identity_are_the_same_events() -> None:
    """Also by id, so that both set up at once count a bounce once."""
    newer = ses.bounce()
    older = {key: value for key, value in newer.items() if key != "eventType"} | {"notificationType": "Bounce"}
    assert event(older) == event(newer)
    untagged: dict[str, Any] = ses.mail(tags={}) | {
        "headers": [{"name": "Message-ID", "value": f"<{DELIVERY}@mail.example.org>"}]
    }
    assert event(older | {"mail": untagged}) == event(newer)


@pytest.mark.parametrize("headers", [[], [{"name": "message-id", "value": "<not one of ours@example.org>"}]])
def test_a_message_that_is_not_ours_is_known_by_the_providers_name(headers: list[dict[str, str]]) -> None:
    """So that its complaint is heeded all the same: the address is known."""
    notification = ses.complaint()
    notification["mail"] = ses.mail(tags={}) | {"headers": headers}
    assert event(notification).delivery_id == notification["mail"]["messageId"]
    del notification["mail"]["tags"], notification["mail"]["headers"]
    assert event(notification).address_key == address_key(READER)


def test_each_recipient_has_an_event_of_its_own() -> None:
    people = ["a@example.com", "b@example.com", "c@example.com"]
    for notification in (ses.bounce("Permanent", *people), ses.delivery(*people)):
        told = events(notification)
        assert [one.address_key for one in told] == [address_key(person) for person in people]
        assert len({one.provider_event_id for one in told}) == 3
    assert len(events(ses.notified("Send", "send", destination=people))) == 3


def test_a_recipient_who_is_named_twice_has_one_event() -> None:
    assert len(events(ses.delivery(READER, READER))) == 1


def test_an_address_is_known_without_the_name_before_it() -> None:
    assert event(ses.delivery("Reader, A. <Reader@Example.com>")).address_key == address_key(READER)


def test_a_click_names_the_item_its_link_is_tagged_with() -> None:
    assert event(ses.clicked(tags={"item_id": ["i9"], "place": ["2"]})).item_id == "i9"
    assert event(ses.clicked(tags={"place": ["2"]})).item_id is None
    assert event(ses.clicked()).item_id is None


def test_a_repeated_notification_has_the_same_id_and_another_click_another() -> None:
    ids = [
        event(notification).provider_event_id
        for notification in (
            ses.clicked(),
            ses.clicked("https://example.org/b"),
            ses.clicked(at="2026-11-21T19:30:15.670Z"),
            ses.opened(),
            ses.clicked(),
        )
    ]
    assert ids[0] == ids[4]
    assert len(set(ids)) == 4
    assert READER not in "".join(ids)


def test_opting_out_of_everything_or_of_one_more_topic_unsubscribes() -> None:
    was = ses.preferences(weekly="OptIn", news="OptOut")
    assert event(ses.subscription(ses.preferences(weekly="OptOut", news="OptOut"), was)).suppresses
    assert event(ses.subscription(ses.preferences(everything=True), was)).suppresses


def test_opting_in_or_changing_nothing_does_not() -> None:
    was = ses.preferences(weekly="OptIn", news="OptOut")
    assert events(ses.subscription(ses.preferences(weekly="OptIn", news="OptIn"), was)) == []
    assert events(ses.subscription(was, was)) == []


def test_a_type_that_is_not_known_is_no_event() -> None:
    assert events(ses.notified("Levitation", "levitation")) == []


WRONG = [
    ("click.timestamp", "yesterday"),
    ("click.timestamp", "9999-12-31T23:59:59-23:00"),
    ("click.timestamp", 7),
    ("mail.messageId", None),
    ("mail.destination", READER),
    ("mail.destination", [7]),
    ("mail.tags", ["delivery_id"]),
    ("mail.headers", [["Message-ID", "x"]]),
    ("click.timestamp", ""),
    ("click.userAgent", {}),
    ("click.linkTags", {"item_id": "i9"}),
    ("click.link", "a\0b"),
    ("click", []),
    ("mail", None),
    ("eventType", 1),
    ("eventType", None),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_field_of_another_kind_is_named_without_its_value(name: str, value: object) -> None:
    notification = ses.clicked()
    *outer, last = name.split(".")
    (notification[outer[0]] if outer else notification)[last] = value
    with pytest.raises(MessageError) as caught:
        translate(ses.text(notification))
    assert name.replace("eventType", "Type") in str(caught.value)
    assert READER not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KINDS = [ses.bounce, ses.complaint, ses.delivery, ses.opened, ses.clicked, ses.delayed, lambda: OPTED_OUT]


@given(data=st.data())
def test_whatever_stands_in_any_field_nothing_but_a_message_error_comes_of_it(data: st.DataObject) -> None:
    notification: Any = ses.Notification(data.draw(st.sampled_from(KINDS))())
    notification["mail"] = ses.mail()
    part = notification
    while True:
        key = data.draw(st.sampled_from(sorted(part)) if isinstance(part, dict) else st.integers(0, len(part) - 1))
        if not isinstance(part[key], dict | list) or not part[key] or data.draw(st.booleans()):
            break
        part = part[key]
    original, part[key] = part[key], data.draw(json_values)
    try:
        first = events(notification)
    except MessageError:
        first = None
    else:
        assert first == events(notification)
        assert len({one.provider_event_id for one in first}) == len(first)
    part[key] = original


times = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(  # noqa: DTZ001 - a zone is put after it
    lambda at: at.isoformat(timespec="milliseconds") + "Z"
)
links = st.sampled_from([f"https://example.org/{name}" for name in "abc"])


@given(st.lists(st.tuples(links, times, st.sampled_from(["Firefox", "Safari"])), max_size=20))
def test_ids_are_one_to_one_with_clicks(clicks: list[tuple[str, str, str]]) -> None:
    ids = {event(ses.clicked(link, at, user_agent=agent)).provider_event_id for link, at, agent in clicks}
    assert len(ids) == len(set(clicks))


def test_the_documentations_times_are_read() -> None:
    assert event(ses.notified("Send", "send")).at.isoformat() == SENT.replace("00.000Z", "00+00:00")
    assert LATER.startswith(event(ses.opened()).at.strftime("%Y-%m-%dT%H:%M:%S"))
