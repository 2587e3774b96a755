"""Sending through providers, and hearing from them, with the real command: preflight, send, and SES's queue."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown
from http_server import HttpServer
from moto_cloud import REGION, Cloud, cloud
from received import address, reader
from sendgrid_rules import expand
from sendgrid_server import KEY, FakeSendGrid
from served import MONDAY
from ses_notifications import bounce
from ses_provider import SesProvider, ses_provider

from campaigns.ground.event import EventType

DOMAIN = "mail.winddown.example"


@pytest.fixture
def ses(winddown: Winddown) -> Iterator[SesProvider]:
    """An SES account that knows the workspace's domain, and the workspace sending through it."""
    with ses_provider() as provider:
        provider.fake.identities[DOMAIN] = provider.fake.identities["example.org"]
        for name, value in {
            "PROVIDER": "ses",
            "SES__CONFIGURATION_SET": "weekly",
            "SES__ENDPOINT_URL": provider.server.url,
        }.items():
            winddown.patch.setenv(f"WINDDOWN_SENDER__{name}", value)
        yield provider


@contextmanager
def sendgrid(winddown: Winddown) -> Iterator[FakeSendGrid]:
    """A SendGrid account in good order, and the workspace sending through it."""
    fake = FakeSendGrid()
    fake.account["/v3/whitelabel/domains"] = [{"domain": DOMAIN, "subdomain": "em1", "valid": True}]
    with HttpServer(fake.answer) as server:
        winddown.patch.setenv("WINDDOWN_SENDER__PROVIDER", "sendgrid")
        winddown.patch.setenv("WINDDOWN_SENDER__SENDGRID__HOST", server.url)
        winddown.patch.setenv("WINDDOWN_SENDGRID_API_KEY", KEY)
        yield fake


@pytest.fixture
def aws(winddown: Winddown) -> Iterator[Cloud]:
    """SQS as moto has it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "no_proxy": "*",
    }.items():
        winddown.patch.setenv(name, value)
    with cloud() as running:
        yield running


def test_a_bounce_from_ses_queue_is_recorded_once_and_suppresses(winddown: Winddown, aws: Cloud) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    key, content = min(winddown.emails().items())
    before = winddown.suppressed()
    queue = aws.queue("ses-events")
    published = bounce("Permanent", address(content), tags={"delivery_id": [key], "edition": [EDITION.name]})
    for _ in range(2):
        aws.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(published))
    ran = winddown("ingest", "--sqs", queue, "--once", "--json", now=MONDAY)
    assert ran.code == 0, ran.stderr
    assert ran.json["events_new"] == 1
    assert (ran.json["unknown_deliveries"], ran.json["suppressed"]) == (0, 1)
    (event,) = winddown.events()
    assert (event.delivery_id, event.type, event.transient) == (key, EventType.BOUNCED, False)
    assert winddown.suppressed() - before == {reader(content)}
    assert aws.waiting(queue) == (0, 0)


def test_a_queue_that_is_not_there_is_one_sentence(winddown: Winddown, aws: Cloud) -> None:
    missing = f"{aws.url}/123456789012/missing"
    ran = winddown("ingest", "--sqs", missing, "--once", now=MONDAY)
    assert ran.code == 2
    assert "fault of Winddown's" not in ran.said
    assert "NonExistentQueue" in ran.said
    assert "check the queue's URL" in ran.said


def test_a_template_that_is_missing_is_said_with_the_command_that_installs_it(
    winddown: Winddown, ses: SesProvider
) -> None:
    ses.fake.templates.clear()
    missing = winddown("preflight", CAMPAIGN)
    assert (missing.code, missing.stdout) == (2, b"")
    assert "template winddown is not there" in missing.said
    assert "winddown preflight --install" in missing.said
    installed = winddown("preflight", CAMPAIGN, "--install")
    assert installed.code == 0, installed.stderr
    planned = winddown.tally()["planned"]
    for ran in (installed, winddown("preflight", CAMPAIGN)):
        assert ran.out == f"{EDITION}: the provider is ready for {planned:,} messages\n"
    assert ses.fake.arrived == []


def test_a_template_of_somebody_elses_is_put_right_by_the_command_that_is_named(
    winddown: Winddown, ses: SesProvider
) -> None:
    ses.fake.templates["winddown"].update(Html="<p>{{html}}</p>")
    other = winddown("preflight", CAMPAIGN)
    assert other.code == 2
    assert "winddown preflight --install" in other.said
    assert winddown("preflight", CAMPAIGN, "--install").code == 0
    assert ses.fake.templates["winddown"]["Html"] == "{{html}}"


def test_a_test_message_through_ses_needs_no_template(winddown: Winddown, ses: SesProvider) -> None:
    ses.fake.templates.clear()
    user = next(iter(winddown.deliveries().values())).user_id
    ran = winddown("test-send", CAMPAIGN, "--user", user, "--to", "me@example.com", now=SUNDAY)
    assert ran.code == 0, ran.stderr
    assert ran.out.startswith("accepted: ")
    (message,) = ses.fake.arrived
    assert message.to_address.endswith("<me@example.com>") or message.to_address == "me@example.com"
    assert message.delivery_id not in winddown.deliveries()


def test_ses_without_a_configuration_set_is_one_sentence(winddown: Winddown, ses: SesProvider) -> None:
    winddown.patch.setenv("WINDDOWN_SENDER__SES__CONFIGURATION_SET", "")
    for command in ("preflight", "send"):
        ran = winddown(command, CAMPAIGN, now=SUNDAY)
        assert ran.code == 2, ran.stderr
        assert "configuration_set" in ran.said
    assert ses.fake.arrived == []


def test_through_ses_everybody_gets_one(winddown: Winddown, ses: SesProvider) -> None:
    sent = winddown.run("send", CAMPAIGN)
    assert sent.code == 0, sent.stderr
    everybody_got_one(winddown, Counter(message.delivery_id for message in ses.fake.arrived))


def test_the_outbox_stores_no_template_and_says_so(winddown: Winddown) -> None:
    refused = winddown("preflight", CAMPAIGN, "--install")
    assert (refused.code, refused.stdout) == (2, b"")
    assert refused.said == "winddown: --install: outbox stores no template of ours; leave it out."
    assert winddown("preflight", CAMPAIGN).code == 0
    assert winddown.emails() == {}


def test_through_sendgrid_everybody_gets_one(winddown: Winddown) -> None:
    with sendgrid(winddown) as fake:
        ready = winddown("preflight", CAMPAIGN)
        assert ready.code == 0, ready.stderr
        assert fake.payloads == []
        for _ in range(2):
            sent = winddown.run("send", CAMPAIGN)
            assert sent.code == 0, sent.stderr
    arrived = [one for payload in fake.payloads for one in expand(payload)]
    everybody_got_one(winddown, Counter(one.custom_args["delivery_id"] for one in arrived))
    assert {one.custom_args["edition"] for one in arrived} == {str(EDITION)}
    assert len({one.to for one in arrived}) == len(arrived)


def everybody_got_one(winddown: Winddown, arrived: Counter[str]) -> None:
    tally = winddown.tally()
    assert tally["accepted"] == tally["planned"] > 50
    assert arrived == Counter(winddown.deliveries().keys())
