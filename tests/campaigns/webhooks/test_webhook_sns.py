"""What is believed of a post that says it is from Amazon SNS, and all that is not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import ses_notifications as ses
from sns_signer import (
    CERTIFICATE_URL,
    HOST,
    NOW,
    OTHER_TOPIC,
    TOKEN,
    TOPIC,
    Host,
    body,
    confirmation,
    notification,
    rsa_key,
    signed,
)

from campaigns.ground.errors import ConfigurationError, DeliveryError, MessageError, UnsignedError
from campaigns.ground.event import EventType
from campaigns.ports.webhook import Reading
from campaigns.webhooks.payload import LONGEST_BODY
from campaigns.webhooks.ses_webhook import SesWebhook
from campaigns.webhooks.sns import SnsSettings

Post = dict[str, str]
DELIVERED = ses.text(ses.delivery())


def webhook(host: Host | None = None, **settings: object) -> SesWebhook:
    return SesWebhook(SnsSettings(frozenset({TOPIC}), **settings), host or Host())  # type: ignore[arg-type]


def read(post: Post, host: Host | None = None, headers: dict[str, str] | None = None) -> Reading:
    return webhook(host).read(headers or {}, body(post), NOW)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "Amazon SES Email Event Notification"])
def test_a_signed_notification_is_believed(version: str, subject: str | None) -> None:
    reading = read(signed(notification(DELIVERED, subject=subject), version=version))
    assert [event.type for event in reading.events] == [EventType.DELIVERED]
    assert reading.ignored == 0


def test_what_is_signed_is_the_text_itself_not_its_escapes() -> None:
    message = DELIVERED.replace("250 2.6.0", "línea\\u00e9 \\n ✓ 250")
    assert read(signed(notification(message, subject="Zeile\nzwei ✓"))).events


@pytest.mark.parametrize("name", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"])
def test_a_change_in_any_signed_field_is_refused(name: str) -> None:
    post = signed(notification(DELIVERED, subject="Subject"))
    changes = {
        "Timestamp": "2026-11-24T09:29:59.000Z",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:second",
        "Type": "UnsubscribeConfirmation",
    }
    changed = post | {name: changes.get(name, post[name] + " ")}
    both = SnsSettings(frozenset({TOPIC, changes["TopicArn"]}))
    with pytest.raises(UnsignedError):
        SesWebhook(both, Host()).read({}, body(changed), NOW)


def test_a_subject_added_or_taken_away_is_refused() -> None:
    with pytest.raises(UnsignedError):
        read(signed(notification(DELIVERED)) | {"Subject": "added"})
    with pytest.raises(UnsignedError):
        read({k: v for k, v in signed(notification(DELIVERED, subject="s")).items() if k != "Subject"})


def test_another_key_than_the_certificates_is_refused() -> None:
    with pytest.raises(UnsignedError, match="signature is not that of the post"):
        read(signed(notification(DELIVERED), key=rsa_key(1)))


def test_a_signature_of_the_other_version_is_refused() -> None:
    with pytest.raises(UnsignedError, match="signature is not that of the post"):
        read(signed(notification(DELIVERED), version="2") | {"SignatureVersion": "1"})


def test_sha1_can_be_ruled_out() -> None:
    strict = webhook(versions=frozenset({"2"}))
    with pytest.raises(UnsignedError, match="SignatureVersion"):
        strict.read({}, body(signed(notification(DELIVERED), version="1")), NOW)


def test_another_topic_is_refused_though_aws_signed_it() -> None:
    host = Host()
    with pytest.raises(UnsignedError, match="TopicArn"):
        read(signed(notification(DELIVERED) | {"TopicArn": OTHER_TOPIC}), host)
    assert host.asked == []


@pytest.mark.parametrize(
    "age", [timedelta(0), timedelta(minutes=59), timedelta(minutes=64), timedelta(minutes=-4)]
)
def test_a_post_is_believed_within_an_hour_of_its_time_and_the_clocks_difference(age: timedelta) -> None:
    assert read(signed(notification(DELIVERED, at=NOW - age))).events


@pytest.mark.parametrize("age", [timedelta(minutes=66), timedelta(days=400), timedelta(minutes=-6)])
def test_an_old_post_and_one_from_the_future_are_refused_before_anything_is_fetched(age: timedelta) -> None:
    host = Host()
    with pytest.raises(UnsignedError, match="signed"):
        read(signed(notification(DELIVERED, at=NOW - age)), host)
    assert host.asked == []


HOSTILE_URLS = [
    "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
    "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://user:pass@sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com:443/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem?x=.pem",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem#.pem",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.txt",
    "https://sns.eu-west-1.amazonaws.com/../etc/1.pem",
    "https://sns.eu-west-1.amazonaws.com/a/../1.pem",
    "https://sns.eu-west-1.amazonaws.com//1.pem",
    "https://sns.eu-west-1.amazonaws.com/%2e%2e/1.pem",
    "https://sns.eu-west-1.amazonaws.com\\.evil.example/1.pem",
    "https://sns.eu-west-1.amazonaws.com/1.pem\n",
    "https://sns.eu-west-1.amazonaws.com/1.pem\u2028",
    "https://SNS.eu-west-1.amazonaws.com/1.pem",
    "https://sns.eu-west-1.amazonaws.c\u03bfm/1.pem",
    "https://sns.s3.amazonaws.com/1.pem",
    "https://sns.s3-us-west-2.amazonaws.com/1.pem",
    "https://sns.us-east-1.amazonaws.com/1.pem",
    "https://169.254.169.254/latest/meta-data/1.pem",
    "file:///etc/ssl/1.pem",
    "https://[::1]/1.pem",
    "https://[",
    "",
]


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_no_certificate_is_fetched_from_anywhere_but_the_topics_own_sns_host(url: str) -> None:
    host = Host()
    with pytest.raises(UnsignedError, match=r"SigningCertURL"):
        read(signed(notification(DELIVERED), url=url), host)
    assert host.asked == []


def test_a_chinese_topic_has_its_host_in_china() -> None:
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:ses-events"
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem"
    host = Host({url: Host().documents[CERTIFICATE_URL]})
    china = SesWebhook(SnsSettings(frozenset({topic})), host)
    post = signed(notification(DELIVERED) | {"TopicArn": topic}, url=url)
    assert china.read({}, body(post), NOW).events


def test_a_subscription_to_a_listed_topic_is_confirmed() -> None:
    host = Host()
    post = signed(confirmation())
    host.documents[post["SubscribeURL"]] = b"<ConfirmSubscriptionResponse/>"
    assert read(post, host) == Reading()
    assert host.asked == [CERTIFICATE_URL, post["SubscribeURL"]]


def test_a_subscription_that_sns_does_not_take_is_offered_again() -> None:
    with pytest.raises(DeliveryError):
        read(signed(confirmation()))


def test_a_subscription_to_another_topic_is_not_confirmed() -> None:
    host = Host()
    with pytest.raises(UnsignedError, match="TopicArn"):
        read(signed(confirmation(topic=OTHER_TOPIC)), host)
    assert host.asked == []


HOSTILE_SUBSCRIBE_URLS = [
    f"http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    f"https://evil.example/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    f"{HOST}@evil.example/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    f"{HOST}:22/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    f"{HOST}/path?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    f"{HOST}/?Action=ConfirmSubscription&TopicArn={OTHER_TOPIC}&Token={TOKEN}",
    f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=another",
    f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}&Token={TOKEN}",
    f"{HOST}/?Action=DeleteTopic&TopicArn={TOPIC}&Token={TOKEN}",
    f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}&AuthenticateOnUnsubscribe=true",
    f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}#fragment",
    f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}\r\nHost: evil.example",
    f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN[:9]}\n{TOKEN[9:]}",
    "https://169.254.169.254/?Action=ConfirmSubscription",
    f"{HOST}/?" + "&".join(["a=b"] * 400),
]


@pytest.mark.parametrize("url", HOSTILE_SUBSCRIBE_URLS)
def test_only_the_url_that_confirms_just_this_subscription_is_visited(url: str) -> None:
    """Even where the signature is right: nobody's word makes us call any other URL."""
    host = Host()
    with pytest.raises(UnsignedError, match="SubscribeURL"):
        read(signed(confirmation() | {"SubscribeURL": url}), host)
    assert host.asked == []


def test_a_forged_subscription_is_not_confirmed() -> None:
    host = Host()
    post = signed(confirmation(), key=rsa_key(1))
    with pytest.raises(UnsignedError):
        read(post, host)
    assert host.asked == [CERTIFICATE_URL]


def test_the_end_of_a_subscription_is_noted_and_not_undone(caplog: pytest.LogCaptureFixture) -> None:
    host = Host()
    assert read(signed(confirmation("UnsubscribeConfirmation")), host) == Reading(ignored=1)
    assert host.asked == [CERTIFICATE_URL]
    assert "has ended" in caplog.text


def test_headers_that_say_otherwise_are_refused() -> None:
    post = signed(notification(DELIVERED))
    right = {"x-amz-sns-message-type": "Notification", "x-amz-sns-topic-arn": TOPIC}
    assert read(post, headers=right).events
    with pytest.raises(UnsignedError, match="message-type"):
        read(post, headers=right | {"x-amz-sns-message-type": "SubscriptionConfirmation"})
    with pytest.raises(UnsignedError, match="topic-arn"):
        read(post, headers=right | {"x-amz-sns-topic-arn": OTHER_TOPIC})


def test_raw_delivery_carries_no_signature_and_the_error_says_what_to_do() -> None:
    with pytest.raises(UnsignedError, match="switch it off"):
        webhook().read({"x-amz-sns-rawdelivery": "true"}, DELIVERED.encode(), NOW)


@pytest.mark.parametrize("name", sorted(signed(notification(DELIVERED)).keys() - {"UnsubscribeURL"}))
@pytest.mark.parametrize("value", [None, 7, True, [], {}, ["x"], 1.5, "\ud800", "a\0b"], ids=repr)
def test_a_field_of_another_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(UnsignedError):
        webhook().read({}, json.dumps(signed(notification(DELIVERED)) | {name: value}).encode(), NOW)


BOMBS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "not UTF-8": lambda: b'{"Type":"\xff"}',
    "UTF-16": lambda: '{"Type":"Notification"}'.encode("utf-16"),
    "half": lambda: body(signed(notification(DELIVERED)))[:-1],
    "a list": lambda: body([signed(notification(DELIVERED))]),
    "nested lists": lambda: b"[" * 500_000,
    "nested objects": lambda: b'{"a":' * 150_000,
    "a number of many digits": lambda: b'{"Type":' + b"9" * 100_000 + b"}",
    "NaN": lambda: b'{"Type":NaN}',
    "Infinity": lambda: b'{"Type":-Infinity}',
    "a key twice": lambda: b'{"Type":"SubscriptionConfirmation",' + body(signed(notification(DELIVERED)))[1:],
    "too long": lambda: body(signed(notification("x" * 2_000_000))),
    "a long field": lambda: body(signed(notification("x" * 400_000))),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_no_sound_json_is_refused(name: str) -> None:
    host = Host()
    with pytest.raises(UnsignedError):
        webhook(host).read({}, BOMBS[name](), NOW)
    assert host.asked == []


def test_a_post_longer_than_any_of_snss_is_refused_though_it_is_signed() -> None:
    post = body(signed(notification(DELIVERED)))
    assert webhook().read({}, post.ljust(LONGEST_BODY), NOW).events
    with pytest.raises(UnsignedError, match="longer"):
        webhook().read({}, post.ljust(LONGEST_BODY + 1), NOW)


@pytest.mark.parametrize("signature", ["", "====", "not base64!", "é", base64.b64encode(b"x" * 256).decode()])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    with pytest.raises(UnsignedError):
        read(signed(notification(DELIVERED)) | {"Signature": signature})


def test_what_is_signed_and_yet_no_event_is_told_apart() -> None:
    with pytest.raises(MessageError, match="not JSON"):
        read(signed(notification("Hello from the console")))
    with pytest.raises(MessageError, match=r"mail\.timestamp is nothing"):
        read(signed(notification('{"eventType":"Send","mail":{}}')))


def test_what_ses_says_when_a_topic_becomes_its_destination_is_ignored() -> None:
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."
    assert read(signed(notification(greeting))) == Reading(ignored=1)
    older = json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have…"})
    assert read(signed(notification(older))) == Reading(ignored=1)


@pytest.mark.parametrize(
    "topics", [(), ("",), ("arn:aws:sqs:eu-west-1:123456789012:queue",), (f"{TOPIC}\n",), (f"{TOPIC}.fifo",)]
)
def test_settings_without_a_sound_topic_are_refused(topics: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError):
        SnsSettings(frozenset(topics))


def test_settings_with_an_unknown_version_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="versions"):
        SnsSettings(frozenset({TOPIC}), versions=frozenset({"3"}))
