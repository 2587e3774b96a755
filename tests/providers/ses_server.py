"""A fake Amazon SES (API version 2) over HTTP: takes mail as SES documents it, and misbehaves when told to.

As a process, for benchmarks and for tests that kill senders; it prints its port, serves until SIGTERM, and then
prints how often something went wrong:

    python tests/providers/ses_server.py --port 0 --record FILE --attempts FILE --faults 0.1 --seed 7 [--sink]

Of the two files `provider_record` tells. With `--sink` it reads no more than it must to count; without, it checks
requests and renders every message.
In a test: `fake = FakeSes()`, `HttpServer(fake.handle, gate=fake.gate)`; `fake.arrived` is what recipients get.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import unquote

from http_server import Fault, Reply, serve
from provider_record import Record
from ses_mail import MOST_ENTRIES, PASS_THROUGH, Arrived, InvalidEntryError, bulk, preview, single

BULK: Final = "/v2/email/outbound-bulk-emails"
SINGLE: Final = "/v2/email/outbound-emails"

_DELIVERY = re.compile(rb'"Name": ?"delivery_id", ?"Value": ?"([^"]*)"')
_FAILED_ENTRY: Final = ("TRANSIENT_FAILURE", "FAILED", "MESSAGE_REJECTED", "ACCOUNT_THROTTLED")
_SLOW_S: Final = (0.05, 0.4)


class Mishap(StrEnum):
    """What goes wrong with a request to send. `…_AFTER`: all of it has been accepted before."""

    RESET_UNREAD = "reset_unread"
    RESET_BEFORE = "reset_before"
    THROTTLED = "throttled"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    SILENCE_AFTER = "silence_after"
    RESET_AFTER = "reset_after"
    HALF_AFTER = "half_after"
    GARBAGE_AFTER = "garbage_after"
    CLOSE_AFTER = "close_after"
    ENTRIES = "entries"  # some entries fail, the others go
    SLOW = "slow"
    IDLED_OUT = "idled_out"  # all is well, and then the connection is closed


def refusal(status: int, code: str, message: str) -> Reply:
    """An error as SES words it."""
    return Reply(status, json.dumps({"message": message}).encode(), headers={"x-amzn-ErrorType": code})


_INSTEAD: Final = {
    Mishap.RESET_BEFORE: Reply(fault=Fault.RESET),
    Mishap.THROTTLED: refusal(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    Mishap.ERROR_BEFORE: refusal(500, "InternalServiceErrorException", "something broke"),
}
_AFTERWARDS: Final = {
    Mishap.ERROR_AFTER: Reply(500, b'{"message":"something broke"}'),
    Mishap.SILENCE_AFTER: Reply(fault=Fault.SILENCE),
    Mishap.RESET_AFTER: Reply(fault=Fault.RESET),
    Mishap.HALF_AFTER: Reply(body=b'{"BulkEmailEntryResults":[]}', fault=Fault.HALF),
    Mishap.GARBAGE_AFTER: Reply(body=b"<html>hello</html>"),
    Mishap.CLOSE_AFTER: Reply(fault=Fault.CLOSE),
}


_DOUBTFUL: Final = {Mishap.RESET_BEFORE, Mishap.ERROR_BEFORE, *_AFTERWARDS}
_UNREAD: Final = "closed before it was read"


def sound_account() -> dict[str, Any]:
    """An account that may send."""
    return {
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": {"MaxSendRate": 500.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 1_000.0},
    }


def sound_destination() -> dict[str, Any]:
    """An event destination that is told all that matters."""
    return {
        "Name": "events",
        "Enabled": True,
        "MatchingEventTypes": ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE"],
    }


def sound_identities() -> dict[str, dict[str, Any]]:
    """A verified domain."""
    return {"example.org": {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "SUCCESS"}}}


@dataclass
class FakeSes:
    """One account, and how it behaves.

    Attributes:
        mishaps: what goes wrong with the next requests to send, in order; afterwards chance decides.
        faults: the share of requests to send with which something goes wrong by chance.
        statuses: `(status, error)` for the next bulk entries, in order; afterwards SUCCESS.
        refusals: `(HTTP status, code, message)` for the next requests of any kind, in order.
        unfit: for these deliveries' sake a whole call is refused.
        sink: whether to read no more than delivery ids.
        taken: gets a line for every accepted recipient.
        attempts: gets a line for every recipient; while it is kept, nothing is reset unread by chance, because
            whose message that was could not be told.
        requests: method and path of every request that was read.
        bodies: what was posted to send, unless it is a sink.
        accepted: how many recipients.
        unlucky: how many requests something went wrong with by chance.
    """

    account: dict[str, Any] = field(default_factory=sound_account)
    identities: dict[str, dict[str, Any]] = field(default_factory=sound_identities)
    templates: dict[str, dict[str, str]] = field(default_factory=lambda: {"winddown": dict(PASS_THROUGH)})
    configuration_sets: dict[str, dict[str, Any]] = field(default_factory=lambda: {"weekly": {}})
    destinations: list[dict[str, Any]] = field(default_factory=lambda: [sound_destination()])
    mishaps: deque[Mishap] = field(default_factory=deque)
    faults: float = 0.0
    random: Random = field(default_factory=lambda: Random(0))
    statuses: deque[tuple[str, str]] = field(default_factory=deque)
    refusals: deque[tuple[int, str, str]] = field(default_factory=deque)
    unfit: frozenset[str] = frozenset()
    sink: bool = False
    taken: Record = field(default_factory=Record)
    attempts: Record = field(default_factory=Record)
    requests: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    accepted: int = 0
    unlucky: int = 0

    def gate(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Whether the body is read at all."""
        del method, headers
        if path not in {BULK, SINGLE}:
            return True
        if self.mishaps:
            resets = self.mishaps[0] is Mishap.RESET_UNREAD
            return not (resets and self.mishaps.popleft())
        return self.attempts.is_kept or not self._chance(self.faults / len(Mishap))

    def stranded(self, body: bytes) -> None:
        """A request to send came when the connection was closed already."""
        self.attempts.note(_delivery_ids(body), _UNREAD)

    async def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request."""
        del headers
        if not self.sink:
            self.requests.append((method, path))
        if self.refusals:
            return refusal(*self.refusals.popleft())
        if path in {BULK, SINGLE}:
            return self._send(path, body)
        return self._answer(method, unquote(path).removeprefix("/v2/email/").split("/"), body)

    # sending

    def _send(self, path: str, body: bytes) -> Reply:
        if self.unfit and self.unfit.intersection(_delivery_ids(body)):
            return refusal(400, "BadRequestException", "Invalid parameter value.")
        mishap = self._mishap()
        if self.attempts.is_kept:
            self.attempts.note(_delivery_ids(body), mishap if mishap in _DOUBTFUL else "")
        if mishap in _INSTEAD:
            return _INSTEAD[mishap]
        if self.sink:
            reply = self._count(path, body, mishap)
        else:
            self.bodies.append(body)
            reply = (self._bulk if path == BULK else self._single)(json.loads(body), mishap)
        if mishap is Mishap.SLOW:
            return replace(reply, delay_s=self.random.uniform(*_SLOW_S))
        return replace(_AFTERWARDS.get(mishap, reply), close=mishap is Mishap.IDLED_OUT) if mishap else reply

    def _mishap(self) -> Mishap | None:
        if self.mishaps:
            return self.mishaps.popleft()
        others = len(Mishap) - 1
        if not self._chance(self.faults * others / len(Mishap)):
            return None
        return self.random.choice([mishap for mishap in Mishap if mishap is not Mishap.RESET_UNREAD])

    def _chance(self, share: float) -> bool:
        struck = self.random.random() < share
        self.unlucky += struck
        return struck

    def _count(self, path: str, body: bytes, mishap: Mishap | None) -> Reply:
        """A sink's way: the delivery ids are all that is looked at."""
        if path == SINGLE:
            self._accept(_delivery_ids(body) or ["untagged"])
            return _json({"MessageId": self._message_id(0)})
        delivery_ids = _delivery_ids(body)
        statuses = [self._status(mishap) for _ in delivery_ids]
        return self._results(delivery_ids, statuses)

    def _bulk(self, request: Mapping[str, Any], mishap: Mishap | None) -> Reply:
        entries, name = request["BulkEmailEntries"], request["DefaultContent"]["Template"]["TemplateName"]
        if not 1 <= len(entries) <= MOST_ENTRIES:
            return refusal(400, "BadRequestException", f"{len(entries)} destinations")
        if name not in self.templates:
            return refusal(404, "NotFoundException", f"Template {name} does not exist")
        if request.get("ConfigurationSetName") not in self.configuration_sets:
            return refusal(404, "NotFoundException", "Configuration set does not exist")
        messages = list(bulk(request, self.templates[name]))
        statuses = [
            ("INVALID_PARAMETER", str(message)) if isinstance(message, InvalidEntryError) else self._status(mishap)
            for message in messages
        ]
        self.arrived += [
            message
            for message, (status, _) in zip(messages, statuses, strict=True)
            if isinstance(message, Arrived) and status == "SUCCESS"
        ]
        ids = [message.delivery_id if isinstance(message, Arrived) else "" for message in messages]
        return self._results(ids, statuses)

    def _single(self, request: Mapping[str, Any], mishap: Mishap | None) -> Reply:
        del mishap
        try:
            message = single(request)
        except InvalidEntryError as error:
            return refusal(400, "BadRequestException", str(error))
        self.arrived.append(message)
        self._accept([message.tags.get("delivery_id", "untagged")])
        return _json({"MessageId": self._message_id(0)})

    def _status(self, mishap: Mishap | None) -> tuple[str, str]:
        if self.statuses:
            return self.statuses.popleft()
        if mishap is Mishap.ENTRIES and self.random.random() < 1 / 3:
            return self.random.choice(_FAILED_ENTRY), "somebody@example.com: not this one"
        return "SUCCESS", ""

    def _results(self, delivery_ids: Sequence[str], statuses: Sequence[tuple[str, str]]) -> Reply:
        went = [name for name, (status, _) in zip(delivery_ids, statuses, strict=True) if status == "SUCCESS"]
        self._accept(went)
        results = [
            {"Status": status, "MessageId": self._message_id(n)}
            if status == "SUCCESS"
            else {"Status": status, "Error": error}
            for n, (status, error) in enumerate(statuses)
        ]
        return _json({"BulkEmailEntryResults": results})

    def _accept(self, delivery_ids: Sequence[str]) -> None:
        self.accepted += len(delivery_ids)
        self.taken.note(delivery_ids)

    def _message_id(self, n: int) -> str:
        return f"0102-{self.accepted:08x}-{n:04x}-000000"

    # answering questions

    def _answer(self, method: str, path: Sequence[str], body: bytes) -> Reply:  # noqa: PLR0911 - a line a path
        match method, *path:
            case "GET", "account":
                return _json(self.account)
            case "GET", "identities", name:
                return _found(self.identities.get(name))
            case "GET", "configuration-sets", name:
                return _found(self.configuration_sets.get(name))
            case "GET", "configuration-sets", name, "event-destinations":
                return _found(
                    {"EventDestinations": self.destinations} if name in self.configuration_sets else None
                )
            case "GET", "templates", name:
                content = self.templates.get(name)
                return _found(content and {"TemplateName": name, "TemplateContent": content})
            case "POST", "templates":
                asked = json.loads(body)
                return self._keep(asked["TemplateName"], asked["TemplateContent"])
            case "POST", "templates", name, "render":
                data = json.loads(json.loads(body)["TemplateData"])
                return _json({"RenderedTemplate": preview(self.templates[name], data)})
            case "PUT", "templates", name:
                return self._keep(name, json.loads(body)["TemplateContent"])
        return refusal(404, "NotFoundException", f"nothing at {method} {'/'.join(path)}")

    def _keep(self, name: str, content: dict[str, str]) -> Reply:
        self.templates[name] = content
        return _json({})


def _delivery_ids(body: bytes) -> list[str]:
    return [found.decode() for found in _DELIVERY.findall(body)]


def _json(content: Mapping[str, Any]) -> Reply:
    return Reply(body=json.dumps(content).encode())


def _found(content: Mapping[str, Any] | None) -> Reply:
    return refusal(404, "NotFoundException", "it does not exist") if content is None else _json(content)


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--attempts", type=Path)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    reading = parser.add_mutually_exclusive_group()
    reading.add_argument("--sink", action="store_true")
    reading.add_argument("--parse", action="store_false", dest="sink")
    asked = parser.parse_args()
    fake = FakeSes(
        faults=asked.faults,
        random=Random(asked.seed),
        sink=asked.sink,
        taken=Record(asked.record),
        attempts=Record(asked.attempts),
    )
    fake.account["SendQuota"] = {"MaxSendRate": -1.0, "Max24HourSend": -1.0, "SentLast24Hours": 0.0}
    serve(fake.handle, port=asked.port, host=asked.host, gate=fake.gate, stranded=fake.stranded)
    print(fake.unlucky)  # noqa: T201 - its last word


if __name__ == "__main__":
    main()
