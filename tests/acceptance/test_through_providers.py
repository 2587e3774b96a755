"""Sending through providers, and hearing from them, with the real command: preflight, send, and SES's queue."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown
from http_server import HttpServer
from moto_cloud import REGION, Cloud, cloud
from sendgrid_rules import Delivered
from sendgrid_server import KEY, FakeSendGrid
from ses_notifications import bounce
from ses_provider import SesProvider, ses_provider

from campaigns.ground.address import address_key
from campaigns.ground.event import Event, EventType
from campaigns.store.opening import open_ledger

DOMAIN = "mail.winddown.example"
MONDAY = "2026-11-23T09:00"


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


def address_of(content: bytes) -> str:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return str(message["To"].addresses[0].addr_spec)


def told(winddown: Winddown) -> tuple[list[Event], set[str]]:
    """The ledger's events, and the addresses that get nothing more."""
    with closing(open_ledger(f"sqlite:///{winddown.ledger}")) as ledger:
        return list(ledger.events(EDITION)), set(ledger.suppressed(CAMPAIGN))


def test_a_bounce_from_ses_queue_is_recorded_once_and_suppresses(winddown: Winddown, aws: Cloud) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    key, content = min(winddown.emails().items())
    address = address_of(content)
    _, before = told(winddown)
    queue = aws.queue("ses-events")
    published = bounce("Permanent", address, tags={"delivery_id": [key], "edition": [EDITION.name]})
    for _ in range(2):
        aws.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(published))
    ran = winddown("ingest", "--sqs", queue, "--once", "--json", now=MONDAY)
    assert ran.code == 0, ran.stderr
    assert ran.json["events_new"] == 1
    assert (ran.json["unknown_deliveries"], ran.json["suppressed"]) == (0, 1)
    (event,), suppressed = told(winddown)
    assert (event.delivery_id, event.type, event.transient) == (key, EventType.BOUNCED, False)
    assert suppressed - before == {address_key(address)}
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
    arrived: list[Delivered] = []
    with sendgrid(winddown) as fake:
        fake.accepted = arrived.extend
        ready = winddown("preflight", CAMPAIGN)
        assert ready.code == 0, ready.stderr
        assert arrived == []
        for _ in range(2):
            sent = winddown.run("send", CAMPAIGN)
            assert sent.code == 0, sent.stderr
    everybody_got_one(winddown, Counter(one.custom_args["delivery_id"] for one in arrived))
    assert {one.custom_args["edition"] for one in arrived} == {str(EDITION)}
    assert len({one.to for one in arrived}) == len(arrived)


def everybody_got_one(winddown: Winddown, arrived: Counter[str]) -> None:
    tally = winddown.tally()
    assert tally["accepted"] == tally["planned"] > 50
    assert arrived == Counter(winddown.deliveries().keys())
