"""A stand-in for Amazon SNS: its own key and certificate, and messages signed as its documentation has it.

Written from the documentation, not from the code under test: the strings to sign are spelt out line by line.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from campaigns.ground.errors import DeliveryError

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-events"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:666666666666:ses-events"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL = f"{HOST}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
TOKEN = "2336412f37fb687f5d51e6e2425f004aed05"


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    since: datetime = NOW - timedelta(days=30),
    until: datetime = NOW + timedelta(days=30),
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


class Host:
    """What can be fetched, and all that was asked for."""

    def __init__(self, documents: dict[str, bytes] | None = None) -> None:
        self.documents = {CERTIFICATE_URL: certificate(rsa_key())} if documents is None else documents
        self.asked: list[str] = []
        self.failure: DeliveryError | None = None

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.failure:
            raise self.failure
        if url not in self.documents:
            raise DeliveryError("not there", provider="aws", status=404)
        return self.documents[url]


def sns_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def notification(message: str, *, at: datetime = NOW, subject: str | None = None) -> dict[str, str]:
    post = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": message,
        "Timestamp": sns_time(at),
        "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe",
    }
    return post if subject is None else {**post, "Subject": subject}


def confirmation(kind: str = "SubscriptionConfirmation", *, topic: str = TOPIC) -> dict[str, str]:
    return {
        "Type": kind,
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": TOKEN,
        "TopicArn": topic,
        "Message": f"You have chosen to subscribe to the topic {topic}.\nTo confirm, visit the SubscribeURL.",
        "SubscribeURL": f"{HOST}/?Action=ConfirmSubscription&TopicArn={topic}&Token={TOKEN}",
        "Timestamp": sns_time(NOW),
    }


def signed(
    post: dict[str, str],
    *,
    version: str = "2",
    key: rsa.RSAPrivateKey | None = None,
    url: str = CERTIFICATE_URL,
) -> dict[str, str]:
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = (key or rsa_key()).sign(_string(post).encode(), padding.PKCS1v15(), algorithm)
    return {
        **post,
        "SignatureVersion": version,
        "Signature": base64.b64encode(signature).decode(),
        "SigningCertURL": url,
    }


def body(post: object) -> bytes:
    return json.dumps(post).encode()


def _string(post: dict[str, str]) -> str:
    if post["Type"] != "Notification":
        return (
            f"Message\n{post['Message']}\nMessageId\n{post['MessageId']}\nSubscribeURL\n{post['SubscribeURL']}\n"
            f"Timestamp\n{post['Timestamp']}\nToken\n{post['Token']}\nTopicArn\n{post['TopicArn']}\n"
            f"Type\n{post['Type']}\n"
        )
    subject = f"Subject\n{post['Subject']}\n" if "Subject" in post else ""
    return (
        f"Message\n{post['Message']}\nMessageId\n{post['MessageId']}\n{subject}"
        f"Timestamp\n{post['Timestamp']}\nTopicArn\n{post['TopicArn']}\nType\nNotification\n"
    )
