"""The account: what the key may do, and whether SendGrid is ready for an edition.

What the key may not read is no error: a key that can only send is a good one to give to a program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from campaigns.ground.errors import ConfigurationError, DeliveryError
from campaigns.ports.sender import Allowance
from campaigns.senders.sendgrid.answers import PROVIDER, summary
from campaigns.senders.sendgrid.connection import Answer, Client, NotSentError, UnansweredError
from campaigns.senders.sendgrid.settings import SendGridSettings

_SEND = "mail.send"
_WANTED_EVENTS = ("delivered", "bounce", "dropped", "spam_report")


@dataclass(frozen=True, slots=True)
class Account:
    """What SendGrid said on entering.

    Attributes:
        scopes: the key's permissions.
        credits: how many messages are left, and how often they are renewed; None where that is not known.
    """

    scopes: frozenset[str]
    credits: tuple[int, str] | None

    @property
    def allowance(self) -> Allowance:
        """SendGrid names no rate. Daily credits end sending (a trial's do); monthly ones may be overdrawn."""
        if self.credits is None or self.credits[1] != "daily":
            return Allowance()
        return Allowance(remaining=self.credits[0])


def open_account(client: Client) -> Account:
    """Ask what the key may do.

    Raises:
        ConfigurationError: the key is not known, or may not send.
        DeliveryError: SendGrid cannot be reached.
    """
    answer = ask(client, "scopes")
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise ConfigurationError(
            f"SendGrid does not take the API key ({answer.status} {summary(answer)}); make another"
        )
    if answer.status != HTTPStatus.OK:
        raise DeliveryError(
            f"SendGrid does not say what the API key may do ({answer.status} {summary(answer)})",
            provider=PROVIDER,
            status=answer.status,
            body=summary(answer),
        )
    scopes = frozenset(map(str, _listed(_json(answer), "scopes")))
    if _SEND not in scopes:
        raise ConfigurationError(f"SendGrid's API key may not send; give it the permission {_SEND}")
    return Account(scopes, _credits(client, scopes))


def look(client: Client, settings: SendGridSettings, account: Account, recipients: int) -> Iterator[str]:
    """Warnings about what is not as it should be."""
    yield from _look_at_credits(account, recipients)
    yield from _look_at_domain(client, settings, account)
    yield from _look_at_webhook(client, account)


def ask(client: Client, *path: str, **query: str) -> Answer:
    """A GET below /v3.

    Raises:
        DeliveryError: SendGrid cannot be reached.
    """
    for name in path:
        client = client._(name)
    try:
        response = client.get(query_params=query)
    except (NotSentError, UnansweredError) as failure:
        raise DeliveryError(f"SendGrid cannot be reached: {failure}", provider=PROVIDER) from failure
    return Answer(response.status_code, response.body, response.headers)


def _look_at_credits(account: Account, recipients: int) -> Iterator[str]:
    if account.credits is not None and account.credits[0] < recipients:
        left, renewed = account.credits
        yield f"SendGrid's account has {left:,} {renewed} credits left for {recipients:,} recipients"


def _look_at_domain(client: Client, settings: SendGridSettings, account: Account) -> Iterator[str]:
    if "whitelabel.read" not in account.scopes:
        yield f"the key may not read whether SendGrid signs for {settings.domain} (permission whitelabel.read)"
        return
    domains = _objects(_json(ask(client, "whitelabel", "domains", domain=settings.domain)))
    names = {str(one.get("domain", "")).lower() for one in domains if one.get("valid")}
    if not any(settings.domain == name or settings.domain.endswith(f".{name}") for name in names if name):
        yield f"SendGrid has not authenticated the domain {settings.domain}: its mail will not be signed for it"


def _look_at_webhook(client: Client, account: Account) -> Iterator[str]:
    if "user.webhooks.event.settings.read" not in account.scopes:
        yield "the key may not read whether events come back (permission user.webhooks.event.settings.read)"
        return
    hooks = _objects(_json(ask(client, "user", "webhooks", "event", "settings", "all")), "webhooks")
    enabled = [hook for hook in hooks if hook.get("enabled")]
    if not enabled:
        yield "SendGrid's account has no event webhook: bounces and complaints will not become known"
    elif not any(hook.get("public_key") for hook in enabled):
        yield "no event webhook of SendGrid's is signed, and unsigned events are not believed: switch signing on"
    elif missing := [event for event in _WANTED_EVENTS if not any(hook.get(event) for hook in enabled)]:
        yield f"SendGrid's event webhooks leave out {', '.join(missing)}"


def _credits(client: Client, scopes: frozenset[str]) -> tuple[int, str] | None:
    if "user.credits.read" not in scopes:
        return None
    found = _json(ask(client, "user", "credits"))
    try:
        return int(found["remain"]), str(found["reset_frequency"])
    except (KeyError, TypeError, ValueError):
        return None


def _objects(found: Any, name: str = "") -> Sequence[Mapping[str, Any]]:  # noqa: ANN401  whatever SendGrid says
    return [one for one in _listed(found, name) if isinstance(one, dict)]


def _listed(found: Any, name: str = "") -> Sequence[Any]:  # noqa: ANN401  whatever SendGrid says
    """A list, by itself or under a name; whatever else comes is none."""
    listed = found.get(name) if name and isinstance(found, dict) else found
    return listed if isinstance(listed, list) else []


def _json(answer: Answer) -> Any:  # noqa: ANN401  whatever SendGrid says
    """What an answer says; an empty object where it says nothing that can be read."""
    try:
        return json.loads(answer.content) if answer.status == HTTPStatus.OK else {}
    except ValueError:
        return {}
