"""The web service and the queue: what providers and people tell us, on its way into the ledger."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from campaigns.ground.event import Event
from campaigns.ingest import Ingested
from campaigns.logs.writing import as_line
from campaigns.ports.webhook import Webhook
from campaigns.wiring.extras import needed_for
from campaigns.wiring.metering import metered
from campaigns.wiring.workspace import Workspace

if TYPE_CHECKING:
    from campaigns.web.settings import WebSettings

_LOG = logging.getLogger(__name__)


def serve_workspace(workspace: Workspace, *, host: str | None, port: int | None) -> None:
    """Serve until told to stop.

    Raises:
        ConfigurationError: an extra is not installed, a secret is missing, or nothing can listen there.
        LedgerError: the ledger cannot be opened.
    """
    with needed_for("serve", "serve"):
        from campaigns.http.server import run_server  # noqa: PLC0415
        from campaigns.web.app import build_app  # noqa: PLC0415 - an extra
        from campaigns.webhooks.machines import machine_rule  # noqa: PLC0415
    serve = workspace.settings.serve
    with workspace.ledger() as ledger:
        app = build_app(
            ledger=ledger,
            links=workspace.links(),
            settings=_web_settings(workspace),
            judge=machine_rule,
            webhooks=tuple(_webhooks(workspace)),
            clock=workspace.clock,
            journal=_journal,
        )
        chosen = serve.port if port is None else port
        run_server(app, host=host or serve.host, port=chosen, journal=_journal)


def _journal(line: Mapping[str, object]) -> None:
    """A line where service managers look for it, in the log's form and with its discretion."""
    sys.stdout.write(as_line({"level": "info", "message": "answered", **line}) + "\n")
    sys.stdout.flush()


def ingest_queue(workspace: Workspace, queue_url: str, stopping: Callable[[], bool], *, once: bool) -> Ingested:
    """Take SES's events from an SQS queue, until told to stop, or until it is empty.

    Raises:
        ConfigurationError: an extra is not installed, or the queue does not let us in.
        DeliveryError: the queue cannot be asked.
    """
    with needed_for("ingest --sqs", "ses"):
        from campaigns.webhooks.sqs import LONG_POLL, poll, sqs_client  # noqa: PLC0415 - an extra
    came = Ingested()
    with metered(workspace.settings.metrics) as meter, workspace.ledger() as ledger:

        def record(events: Sequence[Event]) -> None:
            nonlocal came
            recorded = ledger.record(events)
            meter.recorded(recorded)
            _LOG.debug("events recorded", extra={"events_new": recorded.new, "events_known": recorded.known})
            came += Ingested(
                events_new=recorded.new,
                events_known=recorded.known,
                unknown_deliveries=recorded.unknown,
                suppressed=recorded.suppressed,
            )

        poll(sqs_client(queue_url), queue_url, record, stopping=stopping, once=once, wait=1 if once else LONG_POLL)
    _LOG.info("ingested", extra=asdict(came))
    return came


def _web_settings(workspace: Workspace) -> WebSettings:
    from campaigns.web.settings import LOOPBACK, Limits, WebSettings  # noqa: PLC0415 - an extra

    settings = workspace.settings
    return WebSettings(
        name=settings.identity.from_name,
        mailbox=settings.links.unsubscribe_mailbox,
        trusted_proxies=settings.serve.trusted_proxies,
        metrics_from=settings.serve.metrics_from or LOOPBACK,
        metrics_token=workspace.secrets.metrics_token.get_secret_value(),
        limits=Limits(refusals_per_minute=settings.serve.refusals_per_minute),
    )


def _webhooks(workspace: Workspace) -> Iterator[Webhook]:
    serve = workspace.settings.serve
    if serve.sns_topics:
        from campaigns.webhooks.ses_webhook import SesWebhook  # noqa: PLC0415 - an extra
        from campaigns.webhooks.sns import SnsSettings  # noqa: PLC0415

        yield SesWebhook(SnsSettings(frozenset(serve.sns_topics)))
    if serve.sendgrid_public_keys:
        with needed_for("`sendgrid_public_keys` under [serve]", "sendgrid"):
            from campaigns.webhooks.sendgrid import SendGridWebhook, SendGridWebhookSettings  # noqa: PLC0415
        yield SendGridWebhook(SendGridWebhookSettings(serve.sendgrid_public_keys))
