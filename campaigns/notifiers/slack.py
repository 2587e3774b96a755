"""Slack: a line into the channel that an incoming webhook leads to."""

from __future__ import annotations

import logging
from http import HTTPStatus

from campaigns.ground.errors import ConfigurationError

_LOG = logging.getLogger("winddown.notifiers.slack")
_TIMEOUT_S = 5
_SILENT = logging.getLogger("winddown.notifiers.slack.sdk")
_SILENT.disabled = True  # the package's own would log the address


class SlackNotifier:
    """Implements `ports.notifier.Notifier` with `slack_sdk`; needs the extra `winddown[slack]`."""

    def __init__(self, webhook: str) -> None:
        """Take the webhook's address, which is a secret: whoever has it may write.

        Raises:
            ConfigurationError: `slack_sdk` is not installed.
        """
        try:
            from slack_sdk.webhook import WebhookClient  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ConfigurationError(
                "WINDDOWN_SLACK_WEBHOOK is set, and Slack's package is not installed: "
                "install winddown[slack], or unset it"
            ) from error
        self._client = WebhookClient(webhook, timeout=_TIMEOUT_S, logger=_SILENT)

    def tell(self, sentence: str) -> None:
        """Post it; the log never has the address."""
        try:
            reply = self._client.send(text=sentence)
        except Exception as failure:  # noqa: BLE001 - whatever it is, sending email must go on
            _LOG.warning("Slack could not be told: %s", type(failure).__name__)
            return
        if reply.status_code != HTTPStatus.OK:
            _LOG.warning("Slack could not be told: it answered %d", reply.status_code)
