"""A fake Amazon Personalize over HTTP, for real boto3 clients pointed at it.

It speaks botocore's protocol (JSON 1.1), checks every request against botocore's description of the service,
lengths, patterns and enumerations too, and behaves as the developer guide says: names are taken once, resources
take their time to come into being and to go, quotas hold, and what depends on something waits for it.

    fake = FakePersonalize(Books(work=RealWork(s3)))
    with HttpServer(fake.answer) as server:
        client = boto3.client("personalize", endpoint_url=server.url, …)

`fake.books` is what there is; `fake.requests` is what was asked; `fake.mishaps` is what goes wrong next.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from http_server import Fault, Reply
from personalize_books import Books
from personalize_entries import RefusedError
from service_model import asked, faults, service

MODEL = service("personalize")
Next = TypeVar("Next")
_TARGET = "AmazonPersonalize."


class Mishap(StrEnum):
    """What goes wrong with a request. `…_AFTER`: what it asked for has been done before."""

    THROTTLED = "throttled"
    BROKEN = "broken"
    BROKEN_AFTER = "broken_after"
    RESET_AFTER = "reset_after"


_INSTEAD = {
    Mishap.THROTTLED: (400, "ThrottlingException", "Rate exceeded"),
    Mishap.BROKEN: (500, "InternalServerError", "something broke"),
    Mishap.BROKEN_AFTER: (500, "InternalServerError", "something broke"),
}


@dataclass
class FakePersonalize:
    """One account in one region.

    Attributes:
        books: its resources.
        mishaps: what goes wrong with the next requests of an operation, in order.
        refusals: `(code, message)` for the next requests of an operation, in order.
        requests: every operation that was asked for, and with what.
        answers: every operation that was carried out, and what was answered.
    """

    books: Books
    mishaps: dict[str, deque[Mishap]] = field(default_factory=dict)
    refusals: dict[str, deque[tuple[str, str]]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request."""
        target = headers.get("x-amz-target", "")
        if (method, path) != ("POST", "/") or headers.get("content-type") != "application/x-amz-json-1.1":
            return _error(404, "UnknownOperationException", f"{method} {path}")
        operation = target.removeprefix(_TARGET)
        if not target.startswith(_TARGET) or operation not in MODEL.operation_names:
            return _error(400, "UnknownOperationException", target)
        wanted = json.loads(body)
        self.requests.append((operation, wanted))
        mishap = _next(self.mishaps, operation)
        if mishap in {Mishap.THROTTLED, Mishap.BROKEN}:
            return _error(*_INSTEAD[mishap])
        reply = self._carry_out(operation, wanted)
        if mishap is Mishap.BROKEN_AFTER:
            return _error(*_INSTEAD[mishap])
        return Reply(fault=Fault.RESET) if mishap is Mishap.RESET_AFTER else reply

    def created(self, operation: str) -> int:
        """How often something was asked to be made."""
        return sum(name == operation for name, _ in self.requests)

    def _carry_out(self, operation: str, wanted: dict[str, Any]) -> Reply:
        if refusal := _next(self.refusals, operation):
            return _error(400, *refusal)
        if wrong := faults(asked(MODEL, operation), wanted):
            return _error(400, "InvalidInputException", "; ".join(wrong))
        try:
            answer = self.books.carry_out(operation, wanted)
        except RefusedError as refused:
            return _error(400, refused.code, refused.message)
        self.answers.append((operation, answer))
        return _json(answer)


def _next(waiting: dict[str, deque[Next]], operation: str) -> Next | None:
    return waiting[operation].popleft() if waiting.get(operation) else None


def _json(content: Mapping[str, Any]) -> Reply:
    return Reply(body=json.dumps(content).encode(), content_type="application/x-amz-json-1.1")


def _error(status: int, code: str, message: str) -> Reply:
    body = json.dumps({"__type": code, "message": message}).encode()
    return Reply(status, body, content_type="application/x-amz-json-1.1")
