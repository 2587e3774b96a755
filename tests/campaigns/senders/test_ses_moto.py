"""The SES sender against moto's SES: a reading of the documentation that is not our own.

Of what we ask, moto 5.2 has SendEmail, GetEmailIdentity and GetConfigurationSet. It lacks SendBulkEmail,
GetAccount, the templates and the event destinations, and answers them 404: those go on to our own fake. Of a
message it keeps sender, recipient, subject and HTML. It verifies no identity and calls every configuration set
paused, so that these are set in its store.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import pytest
from http_server import HttpServer, Reply
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto_cloud import REGION, cloud
from ses_provider import ENVIRONMENT
from ses_server import SINGLE, FakeSes
from test_ses import message

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, DeliveryError
from campaigns.ground.message import Mailbox
from campaigns.ground.receipt import Outcome
from campaigns.senders.ses.connection import SesSettings
from campaigns.senders.ses.sender import SesSender

STORE = ses_backends[DEFAULT_ACCOUNT_ID][REGION]
OF_MOTO = re.compile(rf"{SINGLE}|/v2/email/identities/[^/]+|/v2/email/configuration-sets/[^/]+")


@dataclass(frozen=True)
class Front:
    """Passes on to moto what it has, and to the fake what it has not.

    Attributes:
        asked: what moto answered, by its path.
    """

    moto: str
    fake: FakeSes
    asked: list[str]

    async def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if not OF_MOTO.fullmatch(path):
            return await self.fake.handle(method, path, headers, body)
        self.asked.append(path)
        return await asyncio.to_thread(self._of_moto, method, path, headers, body)

    def _of_moto(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        connection = HTTPConnection(urlsplit(self.moto).netloc, timeout=10)
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower().startswith("x-amzn")}
        reply = Reply(answer.status, answer.read(), headers=kept)
        connection.close()
        return reply


@pytest.fixture
def front() -> Iterator[tuple[Front, SesSettings]]:
    """An account with a verified domain and a configuration set, as far as moto is told."""
    with patch.dict("os.environ", {**ENVIRONMENT, "no_proxy": "*"}), cloud() as aws:
        STORE.reset()
        front = Front(aws.url, FakeSes(configuration_sets={"weekly": {}, "paused": {}}), [])
        client: Any = boto3.client("sesv2", endpoint_url=aws.url, region_name=REGION)
        client.create_email_identity(EmailIdentity="example.org")
        for name in ("weekly", "paused"):
            client.create_configuration_set(ConfigurationSetName=name)
        STORE.config_sets["weekly"].enabled = True
        with HttpServer(front.handle) as server:
            yield front, SesSettings(REGION, "weekly", "hello@example.org", endpoint_url=server.url)


def opened(settings: SesSettings) -> SesSender:
    return SesSender(settings, Edition("weekly_winddown", 2026, 47))


def test_a_test_send_arrives_and_moto_s_own_name_for_it_is_kept(front: tuple[Front, SesSettings]) -> None:
    asked, settings = front
    with opened(settings) as sender:
        receipt = sender.send_one(message(1))
    (kept,) = STORE.sent_messages
    assert asked.asked == [SINGLE]
    assert (receipt.outcome, receipt.provider_id) == (Outcome.ACCEPTED, kept.id)
    assert (kept.source, kept.subject) == ("Weekly Winddown <hello@example.org>", "Good night")
    assert kept.destinations == {"ToAddresses": ["person1@example.com"]}
    assert kept.body == message(1).html


def test_a_sender_that_is_no_verified_identity_is_refused_as_ses_words_it(
    front: tuple[Front, SesSettings],
) -> None:
    _, settings = front
    stranger = replace(message(1), sender=Mailbox("hello@elsewhere.net"))
    with opened(settings) as sender, pytest.raises(DeliveryError, match="MessageRejected") as caught:
        sender.send_one(stranger)
    assert (caught.value.status, "@" in str(caught.value)) == (400, False)
    assert STORE.sent_messages == []


def test_preflight_finds_the_identity_by_its_domain_and_then_the_configuration_set(
    front: tuple[Front, SesSettings],
) -> None:
    asked, settings = front
    STORE.email_identities["example.org"].verified_for_sending_status = True
    with opened(settings) as sender:
        (warning,) = sender.preflight(10)
    assert "identity example.org does not sign with DKIM" in warning
    assert asked.asked == [
        "/v2/email/identities/hello%40example.org",
        "/v2/email/identities/example.org",
        "/v2/email/configuration-sets/weekly",
    ]


@pytest.mark.parametrize(
    ("change", "verified", "sentence"),
    [
        ({"from_address": "hello@elsewhere.net"}, True, "is a verified identity"),
        ({}, False, "identity example.org is not verified for sending"),
        ({"configuration_set": "monthly"}, True, "configuration set monthly is not there"),
        ({"configuration_set": "paused"}, True, "sending is paused for configuration set paused"),
    ],
)
def test_preflight_misses_what_moto_does_not_have(
    front: tuple[Front, SesSettings], change: dict[str, Any], sentence: str, *, verified: bool
) -> None:
    _, settings = front
    STORE.email_identities["example.org"].verified_for_sending_status = verified
    with opened(replace(settings, **change)) as sender, pytest.raises(ConfigurationError, match=sentence):
        sender.preflight(10)
