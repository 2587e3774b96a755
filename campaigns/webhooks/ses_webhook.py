"""The webhook `ses`: SES events that come by SNS over HTTPS."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from campaigns.ports.webhook import Reading
from campaigns.webhooks.fetching import Fetch, https_get
from campaigns.webhooks.ses import translate
from campaigns.webhooks.sns import CONFIRMATION, FAREWELL, Sns, SnsSettings

_LOG = logging.getLogger(__name__)


class SesWebhook:
    """Implements `ports.webhook.Webhook`."""

    name = "ses"

    def __init__(self, settings: SnsSettings, fetch: Fetch = https_get) -> None:
        self._sns = Sns(settings, fetch)

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Reading:
        """See the port. A subscription to a listed topic is confirmed on the way."""
        message = self._sns.verify(headers, body, now)
        if message.type == CONFIRMATION:
            self._sns.confirm(message)
            _LOG.info("the subscription to %s is confirmed", message.topic)
            return Reading()
        if message.type == FAREWELL:  # its link would subscribe again, which is for a person to decide
            _LOG.warning("the subscription to %s has ended: no more events will come from it", message.topic)
            return Reading(ignored=1)
        events = translate(message.text)
        return Reading(events, ignored=0 if events else 1)
