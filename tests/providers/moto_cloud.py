"""SNS and SQS as moto has them, behind real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.sns.models import sns_backends

REGION = "eu-west-1"


class Cloud:
    """A running moto; its clients need credentials in the environment, any will do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sns: Any = boto3.client("sns", endpoint_url=url, region_name=REGION)
        self.sqs: Any = boto3.client("sqs", endpoint_url=url, region_name=REGION)

    def queue(self, name: str, **attributes: str) -> str:
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def arn(self, queue: str) -> str:
        answer = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    def waiting(self, queue: str) -> tuple[int, int]:
        """How many of its messages can be received, and how many are invisible."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def topic(self, name: str) -> str:
        return str(self.sns.create_topic(Name=name)["TopicArn"])

    def feed(self, topic: str, queue: str, *, raw: bool = False) -> None:
        self.sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=self.arn(queue),
            Attributes={"RawMessageDelivery": str(raw).lower()},
        )


@contextmanager
def cloud() -> Iterator[Cloud]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield Cloud(f"http://{host}:{port}")
    finally:
        server.stop()


def published_certificate(url: str) -> bytes:
    """What SNS's host would serve; moto's server finds it by host name only, so it is taken from within."""
    return bytes(sns_backends[DEFAULT_ACCOUNT_ID][REGION]._message_public_keys[url.rpartition("/")[2]])


class _Inbox(BaseHTTPRequestHandler):
    posts: list[dict[str, str]]

    def do_POST(self) -> None:
        self.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def endpoint() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Somewhere that SNS can post, and what it has posted."""
    posts: list[dict[str, str]] = []
    handler = type("Inbox", (_Inbox,), {"posts": posts})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/", posts
        http.shutdown()
        thread.join()
