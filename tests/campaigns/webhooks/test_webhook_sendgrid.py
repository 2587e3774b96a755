"""What is believed of a post that says it is from SendGrid, and what its events are in our terms."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from sendgrid_signer import DELIVERY, HAPPENED, NOW, READER, Entry, body, ec_key, entry, headers, shown
from ses_notifications import FIREFOX
from sns_signer import rsa_key

from campaigns.ground.address import address_key
from campaigns.ground.errors import ConfigurationError, MessageError, UnsignedError
from campaigns.ground.event import Event, EventType, link_key
from campaigns.ports.webhook import Reading
from campaigns.webhooks.sendgrid import SIGNATURE, TIMESTAMP, SendGridWebhook, SendGridWebhookSettings

DAY = timedelta(hours=24)


def webhook(*keys: str, tolerance: timedelta = DAY) -> SendGridWebhook:
    return SendGridWebhook(SendGridWebhookSettings(keys or (shown(ec_key()),), tolerance))


def read(*entries: object) -> Reading:
    posted = body(*entries)
    return webhook().read(headers(posted), posted, NOW)


def event(posted: Entry) -> Event:
    (only,) = read(posted).events
    return only


@pytest.mark.parametrize(
    ("posted", "event_type"),
    [
        (entry("processed", pool={"name": "new", "id": 210}), EventType.ACCEPTED),
        (entry("delivered", response="250 OK"), EventType.DELIVERED),
        (entry("deferred", response="400 try again later", attempt="5"), EventType.DEFERRED),
        (entry("bounce", type="bounce", status="5.0.0"), EventType.BOUNCED),
        (entry("dropped", reason="Bounced Address"), EventType.REJECTED),
        (entry("dropped", reason="Unsubscribed Address"), EventType.REJECTED),
        (entry("open", useragent=FIREFOX, sg_machine_open=False), EventType.OPENED),
        (entry("click", useragent=FIREFOX, url="https://example.org/a"), EventType.CLICKED),
        (entry("spamreport"), EventType.COMPLAINED),
        (entry("unsubscribe"), EventType.UNSUBSCRIBED),
        (entry("group_unsubscribe", asm_group_id=10), EventType.UNSUBSCRIBED),
    ],
    ids=lambda value: value["event"] if isinstance(value, dict) else "",
)
def test_every_type_is_told_of_its_delivery(posted: Entry, event_type: EventType) -> None:
    assert event(posted) == Event(
        provider_event_id=posted["sg_event_id"],
        delivery_id=DELIVERY,
        type=event_type,
        at=datetime.fromtimestamp(HAPPENED, UTC),
        address_key=address_key(READER),
        link_key=link_key(posted.get("url", "")),
    )


@pytest.mark.parametrize("kind", ["group_resubscribe", "account_status_change", "levitated"])
def test_other_types_are_counted_and_passed_over(kind: str) -> None:
    reading = read(entry("delivered"), entry(kind))
    assert (len(reading.events), reading.ignored) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "transient"), [("bounce", False), (None, False), ("blocked", True), ("expired", True)]
)
def test_a_block_says_nothing_of_the_address(kind: str | None, *, transient: bool) -> None:
    told = event(entry("bounce", type=kind))
    assert told.transient is transient
    assert told.suppresses is not transient


def test_what_suppresses_is_what_the_reader_or_the_address_says() -> None:
    told = read(
        *(entry(kind) for kind in ("spamreport", "unsubscribe", "group_unsubscribe", "dropped", "deferred"))
    )
    assert [one.suppresses for one in told.events] == [True, True, True, False, False]


def test_a_machines_open_is_marked_by_sendgrids_word_or_by_its_name() -> None:
    assert event(entry("open", sg_machine_open=True, useragent=FIREFOX)).machine_rule == "sg_machine_open"
    gmail = event(entry("open", useragent="Mozilla/5.0 (via ggpht.com GoogleImageProxy)"))
    assert (gmail.machine, gmail.machine_rule) == (True, "gmail_image_proxy")
    assert not event(entry("click", sg_machine_open=True, useragent=FIREFOX)).machine


def test_links_are_told_apart_and_not_kept() -> None:
    urls = ["https://example.org/1", "https://example.org/2", "https://example.org/1"]
    keys = [event(entry("click", url=url, useragent=FIREFOX)).link_key for url in urls]
    assert keys[0] == keys[2] != keys[1]
    assert not any("example" in str(key) for key in keys)
    assert event(entry("open", useragent=FIREFOX)).link_key is None


def test_an_event_that_is_not_ours_is_kept_under_the_providers_name() -> None:
    told = event({key: value for key, value in entry("spamreport").items() if key != "delivery_id"})
    assert told.delivery_id == "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"
    assert told.address_key == address_key(READER)


def test_an_event_without_an_id_gets_one_of_its_content() -> None:
    unnamed = {key: value for key, value in entry("delivered").items() if key != "sg_event_id"}
    again = dict(reversed(unnamed.items()))
    other = unnamed | {"timestamp": HAPPENED + 1}
    ids = [event(one).provider_event_id for one in (unnamed, again, other)]
    assert ids[0] == ids[1] != ids[2]


def test_an_entry_that_cannot_be_read_does_not_take_the_others_with_it(caplog: pytest.LogCaptureFixture) -> None:
    broken = [7, entry("open", timestamp="now"), entry("open", timestamp=True), entry("open", email=["x"]), {}]
    reading = read(*broken, entry("spamreport"))
    assert [one.type for one in reading.events] == [EventType.COMPLAINED]
    assert reading.ignored == len(broken)
    assert "[1].timestamp is a text" in caplog.text
    assert READER not in caplog.text


def test_a_post_of_which_nothing_can_be_read_is_refused() -> None:
    with pytest.raises(MessageError, match=r"\[0\] is a number"):
        read(7, None)
    assert read() == Reading()


@pytest.mark.parametrize(
    "posted",
    [b"", b"{}", b"null", b'"x"', b"[NaN]", b"[", b"[" * 300_000, b"[" + b"9" * 50_000 + b"]", b'[{"event":1}]',
     b'[{"event":"open","event":"click"}]', b'[{"event":"\\ud800"}]', b'[{"event":"open","timestamp":1e999}]'],
    ids=lambda posted: posted[:20],
)  # fmt: skip
def test_what_is_signed_and_yet_no_list_of_events_is_told_apart(posted: bytes) -> None:
    with pytest.raises(MessageError):
        webhook().read(headers(posted), posted, NOW)


POSTED = body(entry("delivered"), entry("spamreport"))
FORGERIES: dict[str, Callable[[], tuple[dict[str, str], bytes]]] = {
    "another key": lambda: (headers(POSTED, key=ec_key(1)), POSTED),
    "another body": lambda: (headers(POSTED), POSTED.replace(b"delivered", b"processed")),
    "the same JSON laid out anew": lambda: (headers(POSTED), json.dumps(json.loads(POSTED)).encode()),
    "cut off": lambda: (headers(POSTED), POSTED[:-1]),
    "another time": lambda: (headers(POSTED) | {TIMESTAMP: str(int(NOW.timestamp()) + 1)}, POSTED),
    "no time": lambda: ({SIGNATURE: headers(POSTED)[SIGNATURE]}, POSTED),
    "a time that is none": lambda: (headers(POSTED) | {TIMESTAMP: "now"}, POSTED),
    "a time of strange digits": lambda: (headers(POSTED) | {TIMESTAMP: "١٧٩٥٥١٢٠٠٠"}, POSTED),
    "a time beyond all years": lambda: (headers(POSTED) | {TIMESTAMP: "9" * 30}, POSTED),
    "a time in the year 5138": lambda: (headers(POSTED) | {TIMESTAMP: "9" * 11}, POSTED),
    "no signature": lambda: ({TIMESTAMP: headers(POSTED)[TIMESTAMP]}, POSTED),
    "a signature that is none": lambda: (headers(POSTED) | {SIGNATURE: "é!"}, POSTED),
    "half a signature": lambda: (headers(POSTED) | {SIGNATURE: headers(POSTED)[SIGNATURE][:-5]}, POSTED),
    "noughts": lambda: (headers(POSTED) | {SIGNATURE: base64.b64encode(bytes(8)).decode()}, POSTED),
    "not UTF-8": lambda: (headers(b"[\xff]"), b"[\xff]"),
    "too long": lambda: (headers(b" " * 2_000_000), b" " * 2_000_000),
    "no headers": lambda: ({}, POSTED),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name: str) -> None:
    of_post, posted = FORGERIES[name]()
    with pytest.raises(UnsignedError):
        webhook().read(of_post, posted, NOW)


def test_the_digits_between_time_and_body_cannot_be_shifted() -> None:
    """The signature covers both run together, without anything between them."""
    of_post = headers(POSTED)
    shifted = of_post | {TIMESTAMP: of_post[TIMESTAMP][:-1]}
    with pytest.raises(UnsignedError):
        webhook().read(shifted, of_post[TIMESTAMP][-1:].encode() + POSTED, NOW)


@pytest.mark.parametrize("age", [timedelta(hours=25), timedelta(days=30), -timedelta(minutes=6)])
def test_a_stale_post_and_one_from_the_future_are_refused(age: timedelta) -> None:
    with pytest.raises(UnsignedError, match="was signed"):
        webhook().read(headers(POSTED, at=NOW - age), POSTED, NOW)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(hours=23, minutes=59), -timedelta(minutes=4)])
def test_a_post_is_believed_for_as_long_as_sendgrid_tries_again(age: timedelta) -> None:
    assert len(webhook().read(headers(POSTED, at=NOW - age), POSTED, NOW).events) == 2


def test_the_tolerance_can_be_made_narrow() -> None:
    narrow = webhook(tolerance=timedelta(minutes=10))
    assert narrow.read(headers(POSTED, at=NOW - timedelta(minutes=14)), POSTED, NOW).events
    with pytest.raises(UnsignedError):
        narrow.read(headers(POSTED, at=NOW - timedelta(minutes=16)), POSTED, NOW)


def test_two_keys_are_believed_while_one_takes_over_from_the_other() -> None:
    both = webhook(shown(ec_key(0)), shown(ec_key(1)))
    for key in (ec_key(0), ec_key(1)):
        assert both.read(headers(POSTED, key=key), POSTED, NOW).events
    with pytest.raises(UnsignedError):
        both.read(headers(POSTED, key=ec_key(2)), POSTED, NOW)


def test_a_key_may_be_pasted_in_lines() -> None:
    key = shown(ec_key())
    assert webhook(f" {key[:64]}\n{key[64:]}\n").read(headers(POSTED), POSTED, NOW).events


def rsa_shown() -> str:
    der = (
        rsa_key()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return base64.b64encode(der).decode()


@pytest.mark.parametrize("keys", [(), ("",), ("not a key",), ("é",), (rsa_shown(),), (shown(ec_key())[:-8],)])
def test_a_key_that_cannot_be_read_is_found_at_the_start(keys: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="key"):
        SendGridWebhook(SendGridWebhookSettings(keys))


@given(st.integers(0, len(POSTED) - 1), st.integers(1, 255))
def test_a_single_byte_changed_is_refused(place: int, difference: int) -> None:
    changed = POSTED[:place] + bytes([POSTED[place] ^ difference]) + POSTED[place + 1 :]
    with pytest.raises(UnsignedError):
        webhook().read(headers(POSTED), changed, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(["processed", "bounce", "open", "click", "spamreport", "levitated"])
entries = st.builds(
    lambda kind, changes: entry(kind) | changes,
    kinds,
    st.dictionaries(
        st.sampled_from(sorted(entry("open", url="", type="", useragent=""))), json_values, max_size=3
    ),
)


@given(st.lists(entries | json_values, max_size=4))
def test_whatever_sendgrid_signs_nothing_but_a_message_error_comes_of_it(posted: list[Any]) -> None:
    content = json.dumps(posted).encode()
    try:
        first = webhook().read(headers(content), content, NOW)
    except MessageError:
        return
    assert first == webhook().read(headers(content), content, NOW)
    assert len(first.events) + first.ignored == len(posted)


def test_events_whose_id_is_empty_are_told_apart_by_their_content() -> None:
    posts = [entry("open", sg_event_id="", timestamp=1_764_000_000 + n) for n in range(2)]
    first, second = (event.provider_event_id for event in read(*posts).events)
    assert first
    assert second
    assert first != second
