"""What SES needs to have before the first message leaves: found out at once, not by a million refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from campaigns.ground.address import wire_address
from campaigns.ground.errors import ConfigurationError
from campaigns.ports.sender import Allowance
from campaigns.senders.ses.connection import SesSettings
from campaigns.senders.ses.probe import altered
from campaigns.senders.ses.template import PARTS, fingerprint, stored

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import GetAccountResponseTypeDef, GetEmailIdentityResponseTypeDef

_NEEDED_EVENTS = ("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE")
"""Without them an uncertain message is never settled, or an address that complains is written to again."""

_UNLIMITED = -1


def look(
    client: SESV2Client, settings: SesSettings, account: GetAccountResponseTypeDef, recipients: int
) -> Iterator[str]:
    """Warnings, a sentence each.

    Raises:
        ConfigurationError: something is missing that every message needs.
    """
    yield from _account(account, recipients)
    yield from _identity(client, settings.from_address)
    yield from _template(client, settings.template_name)
    yield from _configuration_set(client, settings.configuration_set)


def allowance(account: GetAccountResponseTypeDef) -> Allowance:
    """The account's rate and what is left of its 24 hours, both in recipients."""
    quota = account.get("SendQuota", {})
    rate, most = quota.get("MaxSendRate", _UNLIMITED), quota.get("Max24HourSend", _UNLIMITED)
    return Allowance(
        per_second=None if rate == _UNLIMITED else rate,
        remaining=None if most == _UNLIMITED else max(0, int(most - quota.get("SentLast24Hours", 0))),
    )


def _account(account: GetAccountResponseTypeDef, recipients: int) -> Iterator[str]:
    if not account.get("SendingEnabled", True) or account.get("EnforcementStatus") == "SHUTDOWN":
        raise ConfigurationError("ses: sending is paused for this account; have it enabled again in SES")
    if account.get("EnforcementStatus") == "PROBATION":
        yield "ses: the account is under review by AWS; look at its reputation in SES before more is sent"
    if not account.get("ProductionAccessEnabled", True):
        yield (
            "ses: the account is in the sandbox, and rejects whatever goes to an address that is not verified; "
            "ask AWS for production access"
        )
    left = allowance(account).remaining
    if left is not None and left < recipients:
        yield (
            f"ses: the quota of 24 hours has {left:,} left for {recipients:,} recipients; "
            "the rest waits until it has more"
        )


def _identity(client: SESV2Client, from_address: str) -> Iterator[str]:
    """The address's own identity, or its domain's, or that of a domain above, which speaks for those below it."""
    address = wire_address(from_address)
    for name in (address, *_domains(address.partition("@")[2])):
        identity = _find(client, name)
        if identity is None:
            continue
        if not identity.get("VerifiedForSendingStatus", False):
            raise ConfigurationError(f"ses: identity {name} is not verified for sending; verify it in SES")
        if identity.get("DkimAttributes", {}).get("Status") != "SUCCESS":
            yield f"ses: identity {name} does not sign with DKIM, which large mailbox providers ask for"
        return
    raise ConfigurationError(
        f"ses: neither {address} nor its domain is a verified identity in this region; verify it in SES"
    )


def _domains(domain: str) -> Iterator[str]:
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


def _find(client: SESV2Client, name: str) -> GetEmailIdentityResponseTypeDef | None:
    try:
        return client.get_email_identity(EmailIdentity=name)
    except client.exceptions.NotFoundException:
        return None


def _template(client: SESV2Client, name: str) -> Iterator[str]:
    found = stored(client, name)
    if found is None:
        raise ConfigurationError(f"ses: template {name} is not there; `winddown preflight --install` stores it")
    if fingerprint(found) != fingerprint(PARTS):
        raise ConfigurationError(
            f"ses: template {name} is not Winddown's (its hash is {fingerprint(found)[:12]}, "
            f"wanted {fingerprint(PARTS)[:12]}); `winddown preflight --install` puts it right, or name another "
            "as `template` under [sender.ses]"
        )
    if parts := altered(client, name):
        yield f"ses: template {name} changed the {', '.join(parts)} of a trial message; send a test and look at it"


def _configuration_set(client: SESV2Client, name: str) -> Iterator[str]:
    if not name:
        raise ConfigurationError(
            "ses: `configuration_set` under [sender.ses] names none, so that bounces and complaints would go "
            "unheard; make one in SES, and name it"
        )
    try:
        found = client.get_configuration_set(ConfigurationSetName=name)
        destinations = client.get_configuration_set_event_destinations(ConfigurationSetName=name)
    except client.exceptions.NotFoundException:
        raise ConfigurationError(f"ses: configuration set {name} is not there; make it in SES") from None
    if not found.get("SendingOptions", {}).get("SendingEnabled", True):
        raise ConfigurationError(f"ses: sending is paused for configuration set {name}; enable it in SES")
    enabled = [each for each in destinations.get("EventDestinations", []) if each.get("Enabled", False)]
    if not enabled:
        raise ConfigurationError(
            f"ses: configuration set {name} has no enabled event destination, so that bounces and complaints "
            "would go unheard; add one in SES"
        )
    published = {str(event) for each in enabled for event in each["MatchingEventTypes"]}
    if missing := [event for event in _NEEDED_EVENTS if event not in published]:
        yield f"ses: configuration set {name} publishes no {', '.join(missing)} events; add them to a destination"
