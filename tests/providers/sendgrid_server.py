"""A fake of SendGrid's API v3 that records what it accepts, and misbehaves if asked to.

    python tests/providers/sendgrid_server.py --port 0 --record FILE --attempts FILE --faults 0.1 --seed 7

prints its port on a line, serves until SIGTERM, and then prints how often it misbehaved. Of the two files
`provider_record` tells. With `--sink` nothing is checked or recorded, for benchmarks.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from random import Random

from http_server import Fault, Reply, let_all_in, serve
from provider_record import Record
from sendgrid_rules import Payload, complaints

KEY = "SG.fake-key.for-tests"
SEND = "/v3/mail/send"
SLOW_S = 0.3

HEALTHY: Mapping[str, object] = {
    "/v3/scopes": {
        "scopes": ["mail.send", "user.credits.read", "user.webhooks.event.settings.read", "whitelabel.read"]
    },
    "/v3/user/credits": {"remain": 90_000, "total": 100_000, "reset_frequency": "monthly"},
    "/v3/whitelabel/domains": [{"domain": "example.org", "subdomain": "em1", "valid": True}],
    "/v3/user/webhooks/event/settings/all": {
        "max_allowed": 5,
        "webhooks": [
            {
                "enabled": True,
                "url": "https://mail.example.org/webhooks/sendgrid",
                "public_key": "MFkw",
                **dict.fromkeys(("processed", "delivered", "deferred", "bounce", "dropped", "spam_report"), True),
            }
        ],
    },
}
"""What an account in good order says when asked."""


@dataclass
class FakeSendGrid:
    """Its handler is `answer`.

    Attributes:
        account: what a GET of a path gets; one that is not there is forbidden.
        script: replies that come in place of the next ones to a send, each before anything is looked at.
        faults: decides what goes wrong with a send, if anything.
        taken: gets a line for every message that is accepted.
        attempts: gets a line for every message.
        payloads: the requests that were accepted.
    """

    account: dict[str, object] = field(default_factory=lambda: dict(HEALTHY))
    script: deque[Reply] = field(default_factory=deque)
    faults: Callable[[Payload], Misfortune | None] = lambda payload: None  # noqa: ARG005  never anything
    taken: Record = field(default_factory=Record)
    attempts: Record = field(default_factory=Record)
    payloads: list[Payload] = field(default_factory=list)

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {KEY}":
            return refusal(401, "The provided authorization grant is invalid, expired, or revoked")
        if (method, path) == ("POST", SEND):
            return self._send(body)
        found = self.account.get(path.partition("?")[0])
        return refusal(403, "access forbidden") if found is None else Reply(200, json.dumps(found).encode())

    def _send(self, body: bytes) -> Reply:
        if self.script:
            return self.script.popleft()
        payload = json.loads(body)
        misfortune = self.faults(payload)
        self.attempts.note(_delivery_ids(payload), misfortune.doubt if misfortune else "")
        if misfortune is not None and not misfortune.accepts:
            return misfortune.reply
        wrong = complaints(payload, len(body))
        if wrong:
            return Reply(400, json.dumps({"errors": wrong}).encode())
        self.taken.note(_delivery_ids(payload))
        self.payloads.append(payload)
        return misfortune.reply if misfortune is not None else taken(len(self.payloads))

    def stranded(self, body: bytes) -> None:
        """A request came when the connection was closed already."""
        if body:
            self.attempts.note(_delivery_ids(json.loads(body)), "closed before it was read")


@dataclass(frozen=True)
class Misfortune:
    """What is answered in place of what should be, and whether the messages were accepted all the same."""

    reply: Reply
    accepts: bool

    @property
    def doubt(self) -> str:
        """What it is, if nobody who meets it can know whether the messages were accepted."""
        if self.reply.fault is None and self.reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return ""
        return f"{self.reply.fault or self.reply.status} {'after' if self.accepts else 'before'} it was accepted"


def _delivery_ids(payload: Payload) -> list[str]:
    return [one["custom_args"]["delivery_id"] for one in payload["personalizations"]]


def taken(number: int) -> Reply:
    return Reply(202, b"", headers={"X-Message-Id": f"fake-{number}"})


def refusal(status: int, message: str, field: str | None = None, **headers: str) -> Reply:
    """An answer as SendGrid words it."""
    body = json.dumps({"errors": [{"message": message, "field": field, "help": None}]}).encode()
    return Reply(status, body, headers={name.replace("_", "-"): value for name, value in headers.items()})


class Misfortunes:
    """Every kind of fault, now and then.

    Attributes:
        struck: how often.
    """

    def __init__(self, rate: float, random: Random) -> None:
        """Set up; `rate` is the share of sends that something happens to."""
        self.struck = 0
        self._rate, self._random = rate, random

    def gate(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Break a connection when a request's head has come, and before its body is read."""
        del method, headers
        return path != SEND or not self._strikes(self._rate / 10)

    def strike(self, payload: Payload) -> Misfortune | None:
        """What happens to a request, if anything."""
        return self._random.choice(_KINDS)(payload, self._random) if self._strikes(self._rate) else None

    def _strikes(self, rate: float) -> bool:
        strikes = self._random.random() < rate
        self.struck += strikes
        return strikes


_KINDS: Sequence[Callable[[Payload, Random], Misfortune]] = (
    lambda *_: Misfortune(Reply(fault=Fault.SILENCE), accepts=True),
    lambda *_: Misfortune(Reply(fault=Fault.SILENCE), accepts=False),
    lambda *_: Misfortune(Reply(fault=Fault.RESET), accepts=True),
    lambda *_: Misfortune(Reply(fault=Fault.RESET), accepts=False),
    lambda *_: Misfortune(Reply(fault=Fault.CLOSE), accepts=True),
    lambda *_: Misfortune(Reply(202, b"", fault=Fault.HALF), accepts=True),
    lambda *_: Misfortune(Reply(202, b"", delay_s=SLOW_S), accepts=True),
    lambda *_: Misfortune(Reply(202, b"", close=True), accepts=True),
    lambda *_: Misfortune(refusal(500, "internal server error"), accepts=True),
    lambda *_: Misfortune(refusal(500, "internal server error"), accepts=False),
    lambda *_: Misfortune(
        refusal(429, "too many requests", X_RateLimit_Reset=str(int(time.time()) + 1)), accepts=False
    ),
    lambda payload, random: Misfortune(_one_is_refused(payload, random), accepts=False),
)


def _one_is_refused(payload: Payload, random: Random) -> Reply:
    number = random.randrange(len(payload["personalizations"]))
    address = payload["personalizations"][number]["to"][0]["email"]
    return refusal(400, f"{address} does not contain a valid address.", f"personalizations.{number}.to.0.email")


async def sink(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """Takes everything, and looks at nothing."""
    del headers, body
    return taken(1) if method == "POST" else Reply(200, json.dumps(HEALTHY[path.partition("?")[0]]).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--attempts", type=Path)
    parser.add_argument(
        "--faults", type=float, default=0.0, help="the share of sends that something goes wrong with"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sink", action="store_true")
    wanted = parser.parse_args()
    if wanted.sink:
        return serve(sink, port=wanted.port)
    misfortunes = Misfortunes(wanted.faults, Random(wanted.seed))
    fake = FakeSendGrid(faults=misfortunes.strike, taken=Record(wanted.record), attempts=Record(wanted.attempts))
    # Whose a message is that was reset unread could not be told.
    gate = let_all_in if fake.attempts.is_kept else misfortunes.gate
    serve(fake.answer, port=wanted.port, gate=gate, stranded=fake.stranded)
    print(misfortunes.struck)  # noqa: T201 - its last word
    return None


if __name__ == "__main__":
    main()
