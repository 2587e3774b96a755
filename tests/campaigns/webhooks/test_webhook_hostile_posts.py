"""Whatever a stranger posts, nothing is believed, and nothing is raised but what the port names."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
import ses_notifications as ses
from hypothesis import example, given
from hypothesis import strategies as st
from sendgrid_signer import body as sendgrid_body
from sendgrid_signer import ec_key, entry, headers, shown
from sns_signer import CERTIFICATE_URL, NOW, TOPIC, Host, body, confirmation, notification, signed

from campaigns.ground.errors import DeliveryError, MessageError, UnsignedError
from campaigns.ports.webhook import Webhook
from campaigns.webhooks.sendgrid import SendGridWebhook, SendGridWebhookSettings
from campaigns.webhooks.ses_webhook import SesWebhook
from campaigns.webhooks.sns import SnsSettings

SES_POST = signed(notification(ses.text(ses.clicked()), subject="Subject"))
SENDGRID_BODY = sendgrid_body(entry("spamreport"), entry("click", url="https://example.org/a"))
SENDGRID_HEADERS = headers(SENDGRID_BODY)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
odd_texts = st.one_of(
    st.text(),
    st.sampled_from(
        ["\ud800", "\0", "NaN", TOPIC, CERTIFICATE_URL, "2026-11-24T09:30:00.000Z", "9" * 5000, "=" * 9]
    ),
)


def ses_webhook() -> SesWebhook:
    return SesWebhook(SnsSettings(frozenset({TOPIC})), Host())


def webhooks() -> list[Webhook]:
    sendgrid = SendGridWebhook(SendGridWebhookSettings((shown(ec_key()),)))
    return [ses_webhook(), sendgrid]


@given(st.binary(max_size=400) | json_values.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 200_000)
@example(b'{"a":' * 100_000)
def test_no_unsigned_body_is_believed(posted: bytes) -> None:
    for webhook in webhooks():
        with pytest.raises(UnsignedError):
            webhook.read({}, posted, NOW)
        with pytest.raises(UnsignedError):
            webhook.read(SENDGRID_HEADERS, posted, NOW)


@given(
    st.dictionaries(st.sampled_from(sorted(SES_POST)), json_values | odd_texts, min_size=1),
    st.dictionaries(st.sampled_from(["x-amz-sns-message-type", "x-amz-sns-topic-arn"]), odd_texts),
)
def test_no_field_of_a_signed_sns_post_can_be_another(changes: dict[str, Any], of_post: dict[str, str]) -> None:
    """`UnsubscribeURL` is the one field that SNS does not sign, and nothing here reads it."""
    changed = SES_POST | changes
    if {**changed, "UnsubscribeURL": 0} == {**SES_POST, "UnsubscribeURL": 0}:
        return
    with pytest.raises(UnsignedError):
        ses_webhook().read(of_post, json.dumps(changed).encode(), NOW)


@given(st.integers(0, len(body(SES_POST)) - 1), st.integers(1, 255))
def test_a_changed_byte_changes_nothing_that_is_believed_of_sns(place: int, difference: int) -> None:
    whole = body(SES_POST)
    changed = whole[:place] + bytes([whole[place] ^ difference]) + whole[place + 1 :]
    try:
        reading = ses_webhook().read({}, changed, NOW)
    except UnsignedError:
        return
    assert reading == ses_webhook().read({}, whole, NOW)


@given(st.integers(0, len(SENDGRID_BODY) - 1))
def test_a_post_cut_off_is_refused(length: int) -> None:
    sendgrid = webhooks()[1]
    with pytest.raises(UnsignedError):
        sendgrid.read(SENDGRID_HEADERS, SENDGRID_BODY[:length], NOW)
    with pytest.raises(UnsignedError):
        ses_webhook().read({}, body(SES_POST)[:length], NOW)


@given(st.dictionaries(st.sampled_from(sorted(SENDGRID_HEADERS)), odd_texts, min_size=1))
def test_no_header_of_a_signed_sendgrid_post_can_be_another(changes: dict[str, str]) -> None:
    with pytest.raises(UnsignedError):
        webhooks()[1].read(SENDGRID_HEADERS | changes, SENDGRID_BODY, NOW)


@given(json_values | odd_texts)
def test_whatever_sns_signs_only_the_ports_errors_come_of_it(published: object) -> None:
    text = published if isinstance(published, str) else json.dumps(published)
    post = notification("" if "\ud800" in text else text)
    with contextlib.suppress(MessageError, UnsignedError):
        ses_webhook().read({}, body(signed(post)), NOW)


@given(odd_texts, st.sampled_from(["SubscribeURL", "Token", "TopicArn", "SigningCertURL"]))
def test_no_post_makes_us_fetch_anything_but_certificates_and_confirmations(value: str, name: str) -> None:
    """Not even one that AWS itself has signed."""
    host = Host()
    post = signed(confirmation() | ({} if "\ud800" in value else {name: value}))
    with contextlib.suppress(UnsignedError, DeliveryError):
        SesWebhook(SnsSettings(frozenset({TOPIC})), host).read({}, body(post | {name: value}), NOW)
    assert set(host.asked) <= {CERTIFICATE_URL, confirmation()["SubscribeURL"]}


def test_a_replayed_post_is_the_same_events() -> None:
    """The ledger knows them by their ids and passes them over."""
    webhook = ses_webhook()
    assert webhook.read({}, body(SES_POST), NOW) == webhook.read({}, body(SES_POST), NOW)
    sendgrid = webhooks()[1]
    first = sendgrid.read(SENDGRID_HEADERS, SENDGRID_BODY, NOW)
    assert first == sendgrid.read(SENDGRID_HEADERS, SENDGRID_BODY, NOW)
    assert len({event.provider_event_id for event in first.events}) == 2
