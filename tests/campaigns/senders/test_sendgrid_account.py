"""What the SendGrid sender finds out before it sends anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from http_server import Fault, HttpServer, Reply
from sendgrid_provider import SendGridProvider, sendgrid_provider
from sendgrid_server import HEALTHY

from campaigns.ground.errors import ConfigurationError, DeliveryError
from campaigns.ports.sender import Allowance
from campaigns.senders.sendgrid.settings import SendGridSettings

SCOPES, CREDITS, DOMAINS, WEBHOOKS = HEALTHY
WEBHOOK: Mapping[str, object] = {
    "enabled": True,
    "public_key": "MFkw",
    **dict.fromkeys(("delivered", "bounce", "dropped", "spam_report"), True),
}


@pytest.fixture
def sendgrid() -> Iterator[SendGridProvider]:
    with sendgrid_provider() as provider:
        yield provider


def warnings(
    provider: SendGridProvider, account: Mapping[str, object], recipients: int = 10, **changes: object
) -> str:
    """What preflight says about an account that is healthy but for this."""
    provider.fake.account |= account
    with provider.open(**changes) as sender:
        return "\n".join(sender.preflight(recipients))


def test_an_account_in_good_order_gives_no_warnings(sendgrid: SendGridProvider) -> None:
    assert warnings(sendgrid, {}) == ""


def test_a_key_that_may_not_send_is_an_error(sendgrid: SendGridProvider) -> None:
    sendgrid.fake.account[SCOPES] = {"scopes": ["whitelabel.read"]}
    with pytest.raises(ConfigurationError, match=r"permission mail\.send"):
        sendgrid.open().__enter__()


@pytest.mark.parametrize("scopes", [None, {}, {"scopes": []}, {"scopes": None}, [], "text"])
def test_scopes_that_cannot_be_read_are_an_error(sendgrid: SendGridProvider, scopes: object) -> None:
    sendgrid.fake.account[SCOPES] = scopes
    with pytest.raises(ConfigurationError):
        sendgrid.open().__enter__()


def test_a_key_that_may_only_send_is_enough_and_says_what_it_could_not_see(sendgrid: SendGridProvider) -> None:
    found = warnings(sendgrid, {SCOPES: {"scopes": ["mail.send"]}})
    assert "whitelabel.read" in found
    assert "user.webhooks.event.settings.read" in found


@pytest.mark.parametrize(
    ("domains", "warned"),
    [
        ([{"domain": "example.org", "valid": True}], False),
        ([{"domain": "Example.org", "valid": True}], False),
        ([{"domain": "mail.example.org", "valid": True}], True),
        ([{"domain": "ample.org", "valid": True}], True),
        ([{"domain": "example.org", "valid": False}], True),
        ([], True),
        ({}, True),
        ([1], True),
    ],
)
def test_a_domain_that_sendgrid_does_not_sign_for_is_warned_about(
    sendgrid: SendGridProvider, domains: object, *, warned: bool
) -> None:
    assert ("not authenticated the domain" in warnings(sendgrid, {DOMAINS: domains})) is warned


def test_a_subdomain_of_an_authenticated_domain_is_signed_for(sendgrid: SendGridProvider) -> None:
    assert warnings(sendgrid, {}, from_address="hello@mail.example.org") == ""


@pytest.mark.parametrize(
    ("webhooks", "words"),
    [
        ([], "no event webhook"),
        ([{**WEBHOOK, "enabled": False}], "no event webhook"),
        ([{**WEBHOOK, "public_key": ""}], "switch signing on"),
        ([{**WEBHOOK, "bounce": False, "dropped": False}], "leave out bounce, dropped"),
        (None, "no event webhook"),
    ],
)
def test_events_that_would_not_come_back_are_warned_about(
    sendgrid: SendGridProvider, webhooks: object, words: str
) -> None:
    assert words in warnings(sendgrid, {WEBHOOKS: {"webhooks": webhooks}})


def test_too_few_credits_are_warned_about(sendgrid: SendGridProvider) -> None:
    assert "90,000 monthly credits left for 90,001 recipients" in warnings(sendgrid, {}, 90_001)


@pytest.mark.parametrize(
    ("said", "allowance"),
    [
        ({"remain": 100, "reset_frequency": "daily"}, Allowance(remaining=100)),
        ({"remain": 100, "reset_frequency": "monthly"}, Allowance()),
        ({"remain": None, "reset_frequency": "daily"}, Allowance()),
        ({}, Allowance()),
        ([], Allowance()),
    ],
)
def test_only_daily_credits_bound_what_is_sent(
    sendgrid: SendGridProvider, said: object, allowance: Allowance
) -> None:
    sendgrid.fake.account[CREDITS] = said
    with sendgrid.open() as sender:
        assert sender.allowance == allowance


def test_without_permission_to_see_credits_there_is_no_bound(sendgrid: SendGridProvider) -> None:
    sendgrid.fake.account[SCOPES] = {"scopes": ["mail.send"]}
    with sendgrid.open() as sender:
        assert sender.allowance == Allowance()


def test_a_sendgrid_that_cannot_be_asked_is_an_error() -> None:
    async def silent(*_: object) -> Reply:
        return Reply(fault=Fault.RESET)

    async def broken(*_: object) -> Reply:
        return Reply(503, b"")

    for handler, words in ((silent, "cannot be reached"), (broken, "503 Service Unavailable")):
        with HttpServer(handler) as server, pytest.raises(DeliveryError, match=words):
            SendGridProvider(None, server).open().__enter__()  # type: ignore[arg-type]


def test_the_domain_is_that_of_the_sender_s_address() -> None:
    assert SendGridSettings("SG.key", "Hello@Mail.Example.org").domain == "mail.example.org"
