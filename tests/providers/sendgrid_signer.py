"""A stand-in for SendGrid: its own key, and posts signed as its documentation has it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HAPPENED = 1_795_512_000  # 2026-11-24T08:00:00Z
DELIVERY = "0f3c2a9d8b7e6f5a4c3b2a1908f7e6d5"
READER = "reader@example.com"

Entry = dict[str, Any]


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    del number
    return ec.generate_private_key(ec.SECP256R1())


def shown(key: ec.EllipticCurvePrivateKey) -> str:
    """The public key as SendGrid's settings page shows it."""
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def headers(body: bytes, *, at: datetime = NOW, key: ec.EllipticCurvePrivateKey | None = None) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = (key or ec_key()).sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": timestamp,
    }


def entry(event: str, **more: Any) -> Entry:
    return {
        "email": READER,
        "timestamp": HAPPENED,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": event,
        "delivery_id": DELIVERY,
        "edition": "2026-W47",
        "sg_event_id": f"id-of-{event}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    } | more


def body(*entries: object) -> bytes:
    """Laid out as SendGrid does, a line an entry; the signature covers these very bytes."""
    return ("[" + ",\r\n".join(json.dumps(one) for one in entries) + "]\r\n").encode()
