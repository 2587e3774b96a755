"""Amazon SNS over HTTPS: only what AWS signed, for a topic of ours, and not long ago, is believed.

Checked from the cheapest to the dearest, and nothing is fetched before all that can be judged without is right.
The string to sign and the versions: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from campaigns.ground.errors import ConfigurationError, MessageError, UnsignedError
from campaigns.webhooks.certificates import Certificates
from campaigns.webhooks.fetching import Fetch, https_get
from campaigns.webhooks.freshness import check_fresh
from campaigns.webhooks.payload import LONGEST_BODY, Fields, parse_fields
from campaigns.webhooks.sns_hosts import TOPIC, check_certificate_url, check_subscribe_url

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
FAREWELL = "UnsubscribeConfirmation"

_CONFIRMING = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: _CONFIRMING,
    FAREWELL: _CONFIRMING,
}
_HASHES: Mapping[str, type[hashes.SHA1 | hashes.SHA256]] = {"1": hashes.SHA1, "2": hashes.SHA256}


@dataclass(frozen=True, slots=True)
class SnsSettings:
    """Whom to believe.

    Attributes:
        topics: the ARNs of the topics that are ours; nothing of any other is believed or confirmed.
        max_age: how long after its publication a message is still taken. SNS keeps the time of publication when
            it tries again, and tries for 3,600 s at most ("Amazon SNS message delivery retries").
        versions: of the signature: `1` is SHA-1, SNS's default, `2` SHA-256, a topic's setting. Leave `1` out
            once every topic is set to `2`.
    """

    topics: frozenset[str]
    max_age: timedelta = timedelta(hours=1)
    versions: frozenset[str] = frozenset({"1", "2"})

    def __post_init__(self) -> None:
        if not self.topics:
            raise ConfigurationError("no SNS topic is listed; name the ARN of each topic that may post here")
        for topic in self.topics:
            if not TOPIC.fullmatch(topic):
                raise ConfigurationError(
                    f"{topic!r} is no SNS topic; wanted arn:aws:sns:<region>:<account>:<name>, not FIFO"
                )
        if not self.versions or not self.versions <= _HASHES.keys():
            raise ConfigurationError(f"SNS signature versions are 1 and 2; found {sorted(self.versions)}")


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """A verified message.

    Attributes:
        type: `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`.
        text: what was published.
        confirm_url: confirms the subscription; empty for a notification.
    """

    type: str
    topic: str
    text: str
    confirm_url: str = ""


class Sns:
    """Verifies what SNS posts, and confirms subscriptions to listed topics."""

    def __init__(self, settings: SnsSettings, fetch: Fetch = https_get) -> None:
        self._settings = settings
        self._fetch = fetch
        self._certificates = Certificates(fetch)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> SnsMessage:
        """Prove that AWS signed it, for a listed topic, lately.

        Args:
            headers: by lower-case name.
            body: as it came over the wire.
            now: to refuse what is stale.

        Raises:
            UnsignedError: that cannot be proved.
            DeliveryError: the signing certificate cannot be had at present.
        """
        try:
            return self._verify(_post(headers, body), headers, now)
        except MessageError as error:
            raise UnsignedError(f"nothing in the post is signed as SNS signs: {error}") from None

    def confirm(self, message: SnsMessage) -> None:
        """Confirm the subscription that a verified message offers.

        Raises:
            DeliveryError: SNS did not take the confirmation.
        """
        self._fetch(message.confirm_url)

    def _verify(self, post: Fields, headers: Mapping[str, str], now: datetime) -> SnsMessage:
        kind, topic = post.text("Type"), post.text("TopicArn")
        self._check_sender(kind, topic, headers)
        check_fresh(post.time("Timestamp"), now, self._settings.max_age)
        if kind != NOTIFICATION:
            check_subscribe_url(post.text("SubscribeURL"), topic, post.text("Token"))
        self._check_signature(post, kind, topic, now)
        return SnsMessage(kind, topic, post.text("Message"), post.text_or("SubscribeURL", ""))

    def _check_sender(self, kind: str, topic: str, headers: Mapping[str, str]) -> None:
        if kind not in _SIGNED:
            raise UnsignedError(f"Type is none of {', '.join(_SIGNED)}")
        if headers.get("x-amz-sns-message-type", kind) != kind:
            raise UnsignedError("the header x-amz-sns-message-type and the post's Type differ")
        if topic not in self._settings.topics:
            raise UnsignedError("TopicArn is not among the listed topics")
        if headers.get("x-amz-sns-topic-arn", topic) != topic:
            raise UnsignedError("the header x-amz-sns-topic-arn and the post's TopicArn differ")

    def _check_signature(self, post: Fields, kind: str, topic: str, now: datetime) -> None:
        version, url = post.text("SignatureVersion"), post.text("SigningCertURL")
        if version not in self._settings.versions:
            raise UnsignedError(f"SignatureVersion is none of {', '.join(sorted(self._settings.versions))}")
        content, signature = string_to_sign(post, kind), _decoded(post.text("Signature"))
        check_certificate_url(url, topic)
        key = self._certificates.key(url, now)
        try:
            key.verify(signature, content, PKCS1v15(), _HASHES[version]())
        except InvalidSignature:
            raise UnsignedError("the signature is not that of the post") from None


def string_to_sign(post: Fields, kind: str) -> bytes:
    """What the signature covers: names and values in turn, a line each; `Subject` where there is one."""
    names = [name for name in _SIGNED[kind] if name != "Subject" or name in post]
    return "".join(f"{name}\n{post.text(name)}\n" for name in names).encode()


def _post(headers: Mapping[str, str], body: bytes) -> Fields:
    if len(body) > LONGEST_BODY:
        raise UnsignedError(f"the post is longer than {LONGEST_BODY:,} bytes")
    if headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
        raise UnsignedError("raw message delivery leaves the signature out; switch it off for this subscription")
    return parse_fields(body)


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise UnsignedError("Signature is not Base64") from None
