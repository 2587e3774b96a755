"""Events from a queue, on moto's SQS: nothing is deleted before it is recorded, and nothing is lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence

import pytest
import ses_notifications as ses
from moto_cloud import Cloud, cloud

from campaigns.ground.errors import ConfigurationError, DeliveryError, LedgerError
from campaigns.ground.event import Event, EventType
from campaigns.webhooks import sqs
from campaigns.webhooks.sqs import Polled, poll, sqs_client


@pytest.fixture(scope="module")
def aws() -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        environment.setenv("no_proxy", "*")
        with cloud() as running:
            yield running


@pytest.fixture
def queue(aws: Cloud, request: pytest.FixtureRequest) -> str:
    return aws.queue(request.node.name[:80].translate(str.maketrans("[]", "__")))


class Recorder:
    """A ledger's `record`, which can fail."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.failing = False

    def __call__(self, events: Sequence[Event]) -> None:
        if self.failing:
            raise LedgerError("the ledger cannot be written")
        self.events += events


def drain(queue: str, record: Callable[[Sequence[Event]], object]) -> Polled:
    return poll(sqs_client(queue), queue, record, stopping=lambda: False, once=True, wait=0)


def send(aws: Cloud, queue: str, *bodies: str) -> None:
    for body in bodies:
        aws.sqs.send_message(QueueUrl=queue, MessageBody=body)


@pytest.mark.parametrize("raw", [False, True])
def test_what_ses_publishes_through_sns_is_recorded_and_deleted(aws: Cloud, queue: str, *, raw: bool) -> None:
    topic = aws.topic(f"events-{raw}")
    aws.feed(topic, queue, raw=raw)
    published = [ses.delivery(), ses.opened(), ses.bounce("Permanent", "a@example.com", "b@example.com")]
    for notification in published:
        aws.sns.publish(
            TopicArn=topic, Message=ses.text(notification), Subject="Amazon SES Email Event Notification"
        )
    record = Recorder()
    assert drain(queue, record) == Polled(messages=3, events=4)
    types = sorted(event.type for event in record.events)
    assert types == [EventType.BOUNCED, EventType.BOUNCED, EventType.DELIVERED, EventType.OPENED]
    assert aws.waiting(queue) == (0, 0)


def test_more_than_one_batch_is_drained(aws: Cloud, queue: str) -> None:
    send(aws, queue, *(ses.text(ses.clicked(f"https://example.org/{place}")) for place in range(25)))
    record = Recorder()
    assert drain(queue, record) == Polled(messages=25, events=25)
    assert len({event.provider_event_id for event in record.events}) == 25
    assert aws.waiting(queue) == (0, 0)


def test_nothing_is_deleted_when_recording_fails_and_nothing_is_lost(
    aws: Cloud, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqs, "_INVISIBLE", 0)
    send(aws, queue, ses.text(ses.complaint()), ses.text(ses.bounce()))
    record = Recorder()
    record.failing = True
    with pytest.raises(LedgerError):
        drain(queue, record)
    record.failing = False
    assert drain(queue, record).events == 2
    assert {event.type for event in record.events} == {EventType.COMPLAINED, EventType.BOUNCED}


def test_a_process_that_dies_before_deleting_records_the_same_ids_again(
    aws: Cloud, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(aws, queue, ses.text(ses.clicked()))
    record = Recorder()
    with monkeypatch.context() as dying:
        dying.setattr(sqs, "_INVISIBLE", 0)
        dying.setattr(sqs, "_delete", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            drain(queue, record)
    drain(queue, record)
    first, second = record.events
    assert first == second


def test_what_cannot_be_read_is_left_and_does_not_hold_up_the_rest(
    aws: Cloud, queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    unreadable = ["hello", "[]", '{"eventType":"Open"}', '{"TopicArn":"t","Message":7}', "[" * 50_000]
    send(aws, queue, *unreadable, ses.text(ses.delivery()))
    record = Recorder()
    assert drain(queue, record) == Polled(messages=6, events=1, unreadable=5)
    assert aws.waiting(queue) == (0, 5)
    assert caplog.text.count("is left in the queue") == 5


def test_what_cannot_be_read_ends_in_the_dead_letter_queue(
    aws: Cloud, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where messages become visible again at once, draining comes to an end."""
    monkeypatch.setattr(sqs, "_INVISIBLE", 0)
    dead = aws.queue("dead-letters")
    redrive = json.dumps({"deadLetterTargetArn": aws.arn(dead), "maxReceiveCount": "3"})
    aws.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": redrive})
    send(aws, queue, "hello")
    assert drain(queue, Recorder()) == Polled(messages=3, unreadable=3)
    assert aws.waiting(dead)[0] == 1


def test_other_kinds_of_messages_are_counted_and_deleted(aws: Cloud, queue: str) -> None:
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."
    send(aws, queue, greeting, ses.text(ses.complaint("not-spam")), ses.text(ses.notified("Levitation")))
    record = Recorder()
    assert drain(queue, record) == Polled(messages=3, ignored=3)
    assert record.events == []
    assert aws.waiting(queue) == (0, 0)


def test_it_goes_on_until_it_is_told_to_stop(aws: Cloud, queue: str) -> None:
    send(aws, queue, ses.text(ses.delivery()))
    asked: list[bool] = []

    def stopping() -> bool:
        asked.append(True)
        return len(asked) > 3

    polled = poll(sqs_client(queue), queue, Recorder(), stopping=stopping, wait=0)
    assert polled == Polled(messages=1, events=1)
    assert len(asked) == 4


def test_a_message_that_cannot_be_deleted_is_said(
    aws: Cloud, queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its receipt is no longer good, because somebody else has emptied the queue meanwhile."""
    send(aws, queue, ses.text(ses.delivery()))
    with caplog.at_level(logging.WARNING):
        drain(queue, lambda _: aws.sqs.purge_queue(QueueUrl=queue))
    assert "could not be deleted" in caplog.text


def test_a_queue_that_is_not_there_is_a_mistake_in_the_settings(aws: Cloud) -> None:
    missing = f"{aws.url}/123456789012/missing"
    with pytest.raises(ConfigurationError, match="NonExistentQueue"):
        drain(missing, Recorder())


def test_a_queue_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch, aws: Cloud) -> None:
    del aws
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(DeliveryError, match="EndpointConnectionError"):
        drain("http://127.0.0.1:1/123456789012/queue", Recorder())


@pytest.mark.parametrize("url", ["", "queue", "arn:aws:sqs:eu-west-1:1:q", "http://evil.example/123456789012/q"])
def test_a_url_that_is_no_queues_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no SQS queue"):
        sqs_client(url)


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.ap-southeast-2.amazonaws.com/123456789012/events", "ap-southeast-2"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/events", "cn-north-1"),
        ("https://vpce-1.sqs.us-west-2.vpce.amazonaws.com/123456789012/events", "us-west-2"),
    ],
)
def test_the_region_is_the_queues(url: str, region: str, aws: Cloud) -> None:
    del aws
    client = sqs_client(url)
    assert client.meta.region_name == region
    assert url.startswith(client.meta.endpoint_url + "/")
