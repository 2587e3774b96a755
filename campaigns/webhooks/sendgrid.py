"""The webhook `sendgrid`: SendGrid's signed Event Webhook.

ECDSA over the timestamp and the body's very bytes, verified by SendGrid's own library; see "Getting Started with
the Event Webhook Security Features" in its documentation.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from sendgrid.helpers.eventwebhook import EventWebhook

from campaigns.ground.errors import ConfigurationError, UnsignedError
from campaigns.ports.webhook import Reading
from campaigns.webhooks.freshness import check_fresh
from campaigns.webhooks.payload import LONGEST_BODY
from campaigns.webhooks.sendgrid_events import translate

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

_SECONDS = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class SendGridWebhookSettings:
    """Whom to believe.

    Attributes:
        public_keys: verification keys as SendGrid shows them, Base64 without PEM's lines; several while one
            takes over from another.
        tolerance: how old a post's timestamp may be. SendGrid tries again for 24 hours after an event and does
            not say whether it signs anew each time. A shorter span would then refuse, after an outage, complaints
            that come no second time, while a repeated post changes nothing: events are known by `sg_event_id`.
    """

    public_keys: tuple[str, ...]
    tolerance: timedelta = timedelta(hours=24)


class SendGridWebhook:
    """Implements `ports.webhook.Webhook`.

    Raises:
        ConfigurationError: there is no key, or one cannot be read.
    """

    name = "sendgrid"

    def __init__(self, settings: SendGridWebhookSettings) -> None:
        if not settings.public_keys:
            raise ConfigurationError("SendGrid's webhook needs a verification key, and none is given")
        self._verifiers = [_verifier(key, number) for number, key in enumerate(settings.public_keys, start=1)]
        self._tolerance = settings.tolerance

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Reading:
        """See the port."""
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        if not signature or not _SECONDS.fullmatch(timestamp):
            raise UnsignedError(f"the post lacks {SIGNATURE}, or seconds in {TIMESTAMP}")
        check_fresh(datetime.fromtimestamp(int(timestamp), UTC), now, self._tolerance)
        if not self._signed(_text(body), signature, timestamp):
            raise UnsignedError("the signature is not that of the post, by any of the keys")
        return translate(body)

    def _signed(self, payload: str, signature: str, timestamp: str) -> bool:
        try:
            return any(verifier.verify_signature(payload, signature, timestamp) for verifier in self._verifiers)
        except (binascii.Error, ValueError):
            raise UnsignedError("the signature is not Base64") from None


def _verifier(public_key: str, number: int) -> EventWebhook:
    try:
        verifier = EventWebhook("".join(public_key.split()))
    except (ValueError, UnsupportedAlgorithm):
        verifier = None
    if verifier is None or not isinstance(verifier.public_key, EllipticCurvePublicKey):
        raise ConfigurationError(
            f"SendGrid's verification key number {number} cannot be read; wanted the Base64 of its settings page"
        )
    return verifier


def _text(body: bytes) -> str:
    """The library signs text; what is no UTF-8 would not become the same bytes again."""
    if len(body) > LONGEST_BODY:
        raise UnsignedError(f"the post is longer than {LONGEST_BODY:,} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise UnsignedError("the post is not UTF-8") from None
