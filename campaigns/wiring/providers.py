"""Providers: which sender stands behind the name in `winddown.toml`."""

from __future__ import annotations

from pathlib import Path

from campaigns.ground.edition import Edition
from campaigns.ports.sender import Assemble, Sender
from campaigns.rendering.mime import assemble
from campaigns.senders.dkim import DkimSettings, DkimSigner
from campaigns.senders.null import NullSender
from campaigns.senders.outbox import OutboxSender
from campaigns.senders.smtp.connection import Security, SmtpSettings
from campaigns.senders.smtp.sender import SmtpSender
from campaigns.settings.workspace import Secrets, WorkspaceSettings
from campaigns.wiring.extras import needed_for


def sender_of(root: Path, settings: WorkspaceSettings, secrets: Secrets, edition: Edition) -> Sender:
    """The configured provider's sender, not yet connected.

    Raises:
        ConfigurationError: an extra is not installed, or a secret is missing.
    """
    match settings.sender.provider:
        case "outbox":
            folder = root / settings.sender.outbox.folder
            return OutboxSender(folder / edition.campaign / edition.name, assemble)
        case "null":
            return NullSender(assemble)
        case "smtp":
            return _smtp(root, settings, secrets)
        case "ses":
            return _ses(settings, edition)
        case "sendgrid":
            return _sendgrid(settings, secrets, edition)


def _smtp(root: Path, settings: WorkspaceSettings, secrets: Secrets) -> Sender:
    smtp = settings.sender.smtp
    return SmtpSender(
        SmtpSettings(
            host=smtp.host,
            port=smtp.port,
            security=Security(smtp.security),
            user=smtp.username or None,
            password=secrets.smtp_password.get_secret_value() or None,
            ca_file=root / smtp.ca_file if smtp.ca_file else None,
            timeout_s=smtp.timeout_s,
            final_timeout_s=smtp.final_timeout_s,
            connections=smtp.connections,
        ),
        _signing(settings, secrets),
    )


def _signing(settings: WorkspaceSettings, secrets: Secrets) -> Assemble:
    """What assembles messages, and signs them where a selector is named."""
    dkim = settings.sender.smtp.dkim
    if not dkim.selector:
        return assemble
    key = secrets.dkim_private_key.get_secret_value().encode()
    return DkimSigner(DkimSettings(dkim.domain or settings.identity.domain, dkim.selector, key)).signing(assemble)


def _ses(settings: WorkspaceSettings, edition: Edition) -> Sender:
    with needed_for("`provider` under [sender], 'ses'", "ses"):
        from campaigns.senders.ses.connection import SesSettings  # noqa: PLC0415 - an extra
        from campaigns.senders.ses.sender import SesSender  # noqa: PLC0415
    ses = settings.sender.ses
    return SesSender(
        SesSettings(
            region=ses.region,
            configuration_set=ses.configuration_set,
            from_address=settings.identity.from_address,
            template_name=ses.template,
            endpoint_url=ses.endpoint_url or None,
            read_timeout_s=ses.read_timeout_s,
        ),
        edition,
    )


def _sendgrid(settings: WorkspaceSettings, secrets: Secrets, edition: Edition) -> Sender:
    with needed_for("`provider` under [sender], 'sendgrid'", "sendgrid"):
        from campaigns.senders.sendgrid.sender import SendGridSender  # noqa: PLC0415 - an extra
        from campaigns.senders.sendgrid.settings import SendGridSettings  # noqa: PLC0415
    sendgrid = settings.sender.sendgrid
    return SendGridSender(
        SendGridSettings(
            api_key=secrets.sendgrid_api_key.get_secret_value(),
            from_address=settings.identity.from_address,
            host=sendgrid.host,
            batch_size=sendgrid.batch_size,
            timeout_s=sendgrid.timeout_s,
            track_opens=sendgrid.track_opens,
            track_clicks=sendgrid.track_clicks,
        ),
        edition,
    )
