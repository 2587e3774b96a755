"""What providers post to `winddown serve`, a process of its own: believed where it is signed, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import ses_notifications as ses
from amazons_host import amazons_host
from command_line import CAMPAIGN, SUNDAY, Winddown
from received import address, reader
from sendgrid_signer import body as posted
from sendgrid_signer import ec_key, entry, shown
from sendgrid_signer import headers as signed
from served import MONDAY, served
from sns_signer import CERTIFICATE_URL, TOPIC, body, certificate, notification, rsa_key
from sns_signer import signed as sns_signed

from campaigns.ground.event import EventType

TOLD = datetime.fromisoformat(f"{MONDAY}+00:00")


@pytest.fixture
def believed(winddown: Winddown) -> None:
    """The workspace believes SendGrid's key."""
    winddown.patch.setenv("WINDDOWN_SERVE__SENDGRID_PUBLIC_KEYS", json.dumps([shown(ec_key())]))


def complaint(winddown: Winddown) -> tuple[str, bytes]:
    """A delivery, and what SendGrid posts when its reader calls it spam."""
    key, content = min(winddown.emails().items())
    told_at = int(TOLD.timestamp()) - 3600
    return key, posted(entry("spamreport", email=address(content), delivery_id=key, timestamp=told_at))


@pytest.mark.usefixtures("believed")
def test_a_signed_complaint_of_sendgrids_is_recorded_once_and_suppresses(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    key, post = complaint(winddown)
    before = winddown.suppressed()
    with served(winddown) as service:
        for _ in range(2):
            taken = service.ask("POST", "/webhooks/sendgrid", post, signed(post, at=TOLD))
            assert taken.status == 200
    (told,) = winddown.events()
    assert (told.delivery_id, told.type) == (key, EventType.COMPLAINED)
    assert winddown.suppressed() - before == {reader(winddown.emails()[key])}


@pytest.mark.usefixtures("believed")
def test_what_sendgrid_did_not_sign_is_refused(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    _, post = complaint(winddown)
    before = winddown.suppressed()
    with served(winddown) as service:
        for sent, signature in (
            (post, {}),
            (post, signed(post, at=TOLD, key=ec_key(1))),
            (post.replace(b"spamreport", b"unsubscribe"), signed(post, at=TOLD)),
        ):
            refused = service.ask("POST", "/webhooks/sendgrid", sent, signature)
            assert refused.status == 403
    assert (winddown.events(), winddown.suppressed()) == ([], before)


def notification_of(winddown: Winddown) -> tuple[str, bytes, dict[str, str]]:
    """A delivery, its email, and what SNS is to post when SES hears that its reader calls it spam."""
    key, content = min(winddown.emails().items())
    told = ses.complaint(address=address(content), tags={"delivery_id": [key]})
    return key, content, notification(ses.text(told), at=TOLD - timedelta(minutes=1))


@pytest.fixture
def amazon(winddown: Winddown, tmp_path: Path) -> Iterator[list[str]]:
    """A workspace that listens to a topic, and Amazon's host with the certificate that its posts name."""
    winddown.patch.setenv("WINDDOWN_SERVE__SNS_TOPICS", json.dumps([TOPIC]))
    with amazons_host({urlsplit(CERTIFICATE_URL).path: certificate(rsa_key())}, tmp_path) as (environment, asked):
        for name, value in environment.items():
            winddown.patch.setenv(name, value)
        yield asked


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signed_complaint_of_ses_is_recorded_once_and_suppresses(
    winddown: Winddown, amazon: list[str], version: str
) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    key, content, post = notification_of(winddown)
    before = winddown.suppressed()
    with served(winddown) as service:
        for _ in range(2):
            taken = service.ask("POST", "/webhooks/ses", body(sns_signed(post, version=version)))
            assert taken.status == 200
    (told,) = winddown.events()
    assert (told.delivery_id, told.type) == (key, EventType.COMPLAINED)
    assert winddown.suppressed() - before == {reader(content)}
    assert amazon == ["sns.eu-west-1.amazonaws.com:443", urlsplit(CERTIFICATE_URL).path]


def test_what_sns_did_not_sign_is_refused_and_no_other_host_is_asked(
    winddown: Winddown, amazon: list[str]
) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    _, _, post = notification_of(winddown)
    before, good = winddown.suppressed(), sns_signed(post)
    elsewhere = CERTIFICATE_URL.replace("amazonaws.com", "amazonaws.com.example.org")
    with served(winddown) as service:
        for forged in (
            sns_signed(post, key=rsa_key(1)),
            {**good, "Message": good["Message"].replace("abuse", "fraud")},
            sns_signed(post, url=elsewhere),
        ):
            assert service.ask("POST", "/webhooks/ses", body(forged)).status == 403
    assert (winddown.events(), winddown.suppressed()) == ([], before)
    assert {host for host in amazon if ":" in host} == {"sns.eu-west-1.amazonaws.com:443"}


@pytest.mark.parametrize(
    ("topics", "status"), [('["arn:aws:sns:eu-west-1:123456789012:events"]', 403), ("[]", 404)]
)
def test_an_unsigned_post_to_ses_is_refused_and_without_topics_there_is_no_such_webhook(
    winddown: Winddown, topics: str, status: int
) -> None:
    winddown.patch.setenv("WINDDOWN_SERVE__SNS_TOPICS", topics)
    unsigned = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:events",
        "Message": json.dumps({"eventType": "Complaint", "mail": {"tags": {}}}),
        "Timestamp": "2026-11-23T08:59:00.000Z",
    }
    with served(winddown) as service:
        refused = service.ask("POST", "/webhooks/ses", json.dumps(unsigned).encode())
    assert refused.status == status
    assert (winddown.events(), winddown.suppressed()) == ([], set())
