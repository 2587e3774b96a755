"""SNS messages that somebody else signed: moto.

It signs a notification without a Subject as AWS does. One with a Subject it signs as if it had none, which AWS's
documentation contradicts; that such a post is refused is shown here, and is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import ses_notifications as ses
from moto_cloud import Cloud, cloud, endpoint, published_certificate
from sns_signer import body

from campaigns.ground.errors import UnsignedError
from campaigns.webhooks.ses_webhook import SesWebhook
from campaigns.webhooks.sns import SnsSettings


@pytest.fixture(scope="module")
def aws() -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        environment.setenv("no_proxy", "*")
        with cloud() as running:
            yield running


def posted(aws: Cloud, name: str, **more: str) -> tuple[SesWebhook, dict[str, str]]:
    topic = aws.topic(name)
    with endpoint() as (url, posts):
        aws.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        aws.sns.publish(TopicArn=topic, Message=ses.text(ses.clicked("https://example.org/ü")), **more)
    return SesWebhook(SnsSettings(frozenset({topic})), published_certificate), posts[-1]


def test_a_post_that_moto_signed_is_believed(aws: Cloud) -> None:
    webhook, post = posted(aws, "plain")
    assert len(webhook.read({}, body(post), _now()).events) == 1
    with pytest.raises(UnsignedError):
        webhook.read(
            {}, body(post | {"Message": post["Message"].replace("ü", "u").replace("00fc", "0075")}), _now()
        )


def test_moto_leaves_the_subject_out_of_what_it_signs(aws: Cloud) -> None:
    webhook, post = posted(aws, "with-subject", Subject="Amazon SES Email Event Notification")
    with pytest.raises(UnsignedError, match="signature is not that of the post"):
        webhook.read({}, body(post), _now())
    without = {name: value for name, value in post.items() if name != "Subject"}
    assert webhook.read({}, body(without), _now()).events


def _now() -> datetime:
    return datetime.now(UTC)
