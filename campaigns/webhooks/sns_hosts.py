"""SNS's hosts: a topic's name says which one speaks for it, and no URL in a post may lead anywhere else.

Comparing with the one host of the topic's own region is stricter than a pattern: `sns.s3.amazonaws.com` also looks
like SNS, and is whatever the owner of an S3 bucket named `sns` puts there.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from campaigns.ground.errors import UnsignedError

TOPIC = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2})"
    r":[0-9]{12}:[A-Za-z0-9_-]{1,256}"
)

_CERTIFICATE = re.compile(r"/[A-Za-z0-9_-]{1,128}\.pem")
_URL = re.compile(r"[!-~]{1,2048}")  # printable ASCII: what is odd enough to be read in two ways is refused


def sns_host(topic: str) -> str:
    """The host that signs for a topic and confirms its subscriptions.

    Args:
        topic: an ARN of the form `TOPIC`.
    """
    parts = TOPIC.fullmatch(topic)
    assert parts, "settings hold topics of this form only"
    ending = ".cn" if parts["partition"] == "aws-cn" else ""
    return f"sns.{parts['region']}.amazonaws.com{ending}"


def check_certificate_url(url: str, topic: str) -> None:
    """Let a certificate's URL through only if it is plainly one of the topic's SNS host.

    Raises:
        UnsignedError: it is not.
    """
    prefix = f"https://{sns_host(topic)}"
    if not url.startswith(prefix) or not _CERTIFICATE.fullmatch(url, len(prefix)):
        raise UnsignedError(f"SigningCertURL is not of the form {prefix}/….pem")


def check_subscribe_url(url: str, topic: str, token: str) -> None:
    """Let a confirming URL through only if it asks the topic's SNS host to confirm just this subscription.

    Raises:
        UnsignedError: it does not.
    """
    prefix = f"https://{sns_host(topic)}/?"
    wanted = {"Action": ["ConfirmSubscription"], "TopicArn": [topic], "Token": [token]}
    if not _URL.fullmatch(url) or not url.startswith(prefix) or "#" in url:
        raise UnsignedError(f"SubscribeURL is not of the form {prefix}…")
    if parse_qs(urlsplit(url).query, keep_blank_values=True) != wanted:
        raise UnsignedError("SubscribeURL does not confirm the subscription that the post speaks of")
