"""Amazon SQS: the same SES events, fetched from a queue instead of posted.

A message is deleted only after `record` has committed its events: a crash at any instant brings it again, and
events that are known by their id are kept once. A message that cannot be read is left. It comes back when its time
of invisibility is over, and the queue's redrive policy at last moves it to the dead-letter queue. The queue's own
access policy vouches for what is in it; no signature is looked at.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from campaigns.ground.errors import ConfigurationError, DeliveryError, MessageError
from campaigns.ground.event import Event
from campaigns.webhooks.payload import parse_fields
from campaigns.webhooks.ses import translate

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_LOG = logging.getLogger(__name__)

_BATCH = 10  # messages a call: SQS's limit
LONG_POLL = 20  # seconds: SQS's limit
_INVISIBLE = 120  # seconds in which `record` must be done, and after which what could not be read comes again
_PATIENCE = 10  # seconds beyond the long poll

_QUEUE = re.compile(
    r"https://[A-Za-z0-9.-]+/[0-9]{12}/[A-Za-z0-9_-]{1,80}|http://(localhost|127\.0\.0\.1):\d+/\S+"
)
_REGION = re.compile(r"[/.]sqs\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com")
_THROTTLED = 429
_REFUSED = range(400, 500)


@dataclass(frozen=True, slots=True)
class Polled:
    """What came from the queue.

    Attributes:
        messages: received; one that comes again counts again.
        events: handed to `record`, which knows those that are new.
        ignored: messages of a kind that is no event of ours; deleted.
        unreadable: messages left in the queue.
    """

    messages: int = 0
    events: int = 0
    ignored: int = 0
    unreadable: int = 0

    def __add__(self, other: Polled) -> Polled:
        return Polled(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def sqs_client(queue_url: str) -> SQSClient:
    """A client for the queue's region, with credentials from boto3's own chain.

    Receiving twice and deleting twice are harmless, so that here, unlike in sending, the client may try again.

    Raises:
        ConfigurationError: it is no queue's URL, or its region is not known.
    """
    if not _QUEUE.fullmatch(queue_url):
        raise ConfigurationError(
            f"{queue_url!r} is no SQS queue; wanted https://sqs.<region>.amazonaws.com/<account>/<name>"
        )
    region = _REGION.search(queue_url)
    address = urlsplit(queue_url)
    with _failing():
        return boto3.client(
            "sqs",
            region_name=region[1] if region else None,
            endpoint_url=f"{address.scheme}://{address.netloc}",
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 5},
                connect_timeout=5,
                read_timeout=LONG_POLL + _PATIENCE,
            ),
        )


def poll(
    client: SQSClient,
    queue_url: str,
    record: Callable[[Sequence[Event]], object],
    *,
    stopping: Callable[[], bool],
    once: bool = False,
    wait: int = LONG_POLL,
) -> Polled:
    """Take messages from the queue until told to stop.

    Args:
        client: of the queue's region.
        queue_url: the queue.
        record: commits events, each once; whatever it raises ends the polling, and nothing of that batch is
            deleted.
        stopping: asked before each call, which may last `wait` seconds.
        once: end when the queue has nothing more.
        wait: seconds that a call waits for a first message, 0 to 20.

    Raises:
        ConfigurationError: there is no such queue, or no permission to read it.
        DeliveryError: SQS cannot be reached.
    """
    polled = Polled()
    while not stopping():
        messages = _receive(client, queue_url, wait)
        if once and not messages:
            break
        polled += _take(client, queue_url, messages, record)
    return polled


def _receive(client: SQSClient, queue_url: str, wait: int) -> Sequence[MessageTypeDef]:
    with _failing():
        return client.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=wait, VisibilityTimeout=_INVISIBLE
        ).get("Messages", [])


def _take(
    client: SQSClient,
    queue_url: str,
    messages: Sequence[MessageTypeDef],
    record: Callable[[Sequence[Event]], object],
) -> Polled:
    """One batch: read, record, and only then delete."""
    events: list[Event] = []
    done: list[MessageTypeDef] = []
    ignored = 0
    for message in messages:
        try:
            found = translate(_notification(message.get("Body", "")))
        except MessageError as error:
            _LOG.warning("message %s is left in the queue: %s", message.get("MessageId", ""), error)
            continue
        events += found
        done.append(message)
        ignored += not found
    if events:
        record(events)
    _delete(client, queue_url, done)
    return Polled(len(messages), len(events), ignored, len(messages) - len(done))


def _notification(body: str) -> str:
    """What SES published: within SNS's envelope, or bare where raw message delivery is on."""
    if not body.lstrip().startswith("{"):
        return body
    fields = parse_fields(body)
    return fields.text("Message") if "TopicArn" in fields else body


def _delete(client: SQSClient, queue_url: str, messages: Sequence[MessageTypeDef]) -> None:
    if not messages:
        return
    with _failing():
        answer = client.delete_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(place), "ReceiptHandle": message.get("ReceiptHandle", "")}
                for place, message in enumerate(messages)
            ],
        )
    for failure in answer.get("Failed", []):
        _LOG.warning("a message could not be deleted and will come again: %s", failure["Code"])


@contextmanager
def _failing() -> Iterator[None]:
    """Botocore's errors in our terms."""
    try:
        yield
    except (NoCredentialsError, NoRegionError) as error:
        raise ConfigurationError(f"sqs: {error}") from error
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status in _REFUSED and status != _THROTTLED and "Throttl" not in code:
            raise ConfigurationError(f"sqs: refused ({code}); check the queue's URL and the permission") from error
        raise DeliveryError(f"sqs: it failed ({code}); try again later", provider="sqs", status=status) from error
    except BotoCoreError as error:
        raise DeliveryError(f"sqs: no answer ({type(error).__name__})", provider="sqs") from error
