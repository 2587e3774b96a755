"""The service as the tests ask it: every byte of a request is theirs, and a real ledger stands behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from own_loop import OwnLoop

from campaigns.ground.edition import Edition
from campaigns.ground.errors import DeliveryError, LedgerError, MessageError, UnsignedError
from campaigns.ground.event import Event, EventType
from campaigns.links import SignedLinks, delivery_id
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.ports.ledger import Ledger
from campaigns.ports.webhook import Reading
from campaigns.store.opening import open_ledger
from campaigns.web.app import build_app
from campaigns.web.settings import Limits, WebSettings

EDITION = Edition("weekly_winddown", 2026, 48)
SENT = datetime(2026, 11, 28, 18, tzinfo=UTC)
NOW = datetime(2026, 11, 29, 8, 30, 20, tzinfo=UTC)
WHOSE = delivery_id(EDITION, "user-0")
STRANGER = delivery_id(EDITION, "nobody")
LINKS = SignedLinks.of(["the key"], base_url="https://mail.winddown.example", mailbox="bye@winddown.example")
URL = "https://app.winddown.example/items/train?utm_source=winddown&q=%C3%A9#top"
SETTINGS = WebSettings(name="Winddown", mailbox="bye@winddown.example", limits=Limits(unsubscribe_pauses=()))


def path_of(address: str) -> str:
    """The path of one of our links."""
    return address.removeprefix(LINKS.base_url)


UNSUBSCRIBE = path_of(LINKS.unsubscribe(WHOSE, SENT))
CLICK = path_of(LINKS.click_to(URL, "train") + LINKS.click_by(WHOSE, SENT))
OPEN = path_of(LINKS.open(WHOSE, SENT))

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@contextmanager
def ledger_of(path: Path, people: int = 3) -> Iterator[Ledger]:
    """A ledger on SQLite that knows the first few deliveries of the edition."""
    rows = [
        (
            Enrolment(delivery_id(EDITION, f"user-{n}"), n, f"user-{n}", f"key-{n}", SENT),
            Assignment(f"user-{n}", "picks", "treatment", n, "salt", "randomised"),
        )
        for n in range(people)
    ]
    with open_ledger(f"sqlite:///{path / 'ledger.sqlite'}") as ledger:
        ledger.enrol(EDITION, "a plan", rows, SENT)
        yield ledger


class BrokenLedger:
    """A ledger that cannot be reached, for so many calls."""

    def __init__(self, ledger: Ledger | None = None, failures: int = 10**9) -> None:
        self._ledger = ledger
        self.failures = failures

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            if self.failures > 0:
                self.failures -= 1
                raise LedgerError("ledger.sqlite: cannot be written")
            return getattr(self._ledger, name)(*args, **more)

        return call


class Shop:
    """A webhook whose signature is a header, and whose body says what is to happen."""

    name = "shop"

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Reading:
        if headers.get("x-signature") != "good":
            raise UnsignedError("x-signature is not good")
        if body == b"unreadable":
            raise MessageError("the post is not what it should be")
        if body == b"of no use":
            return Reading(ignored=3)
        if body == b"no certificate":
            raise DeliveryError("the certificate cannot be had", provider="shop")
        event = Event(body.decode(), WHOSE, EventType.DELIVERED, now)
        return Reading([event, event])


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Service:
    """The app, asked without a network: paths, methods and headers can be anything at all."""

    ledger: Ledger
    settings: WebSettings = SETTINGS
    judge: Callable[..., str] = lambda *_: ""
    now: datetime = NOW
    journal: list[Mapping[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = build_app(
            ledger=self.ledger,
            links=LINKS,
            settings=self.settings,
            judge=self.judge,
            webhooks=[Shop()],
            clock=lambda: self.now,
            journal=self.journal.append,
        )
        self._loop = OwnLoop()

    def close(self) -> None:
        self._loop.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, _named(headers))

    def post(self, path: str, body: bytes = b"", **headers: str) -> Answer:
        return self.ask("POST", path, _named(headers), [body])

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        chunks: Sequence[bytes] | None = None,
        client: tuple[str, int] | None = ("203.0.113.9", 40_000),
        *,
        ends: Literal["whole", "stalls", "breaks off"] = "whole",
    ) -> Answer:
        """Ask, and wait until all that is done afterwards is done, too."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode("utf-8", "surrogatepass"),
            "query_string": b"secret=query",
            "root_path": "",
            "headers": [
                (b"host", b"evil.example"),
                *(
                    (name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in (headers or {}).items()
                ),
            ],
            "client": client,
            "server": ("127.0.0.1", 8400),
            "state": {},
        }
        return self._loop.run(self._asked(scope, list(chunks or [b""]), ends))

    async def _asked(self, scope: dict[str, Any], chunks: list[bytes], ends: str) -> Answer:
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not chunks:
                if ends == "stalls":
                    await asyncio.sleep(60)
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks) or ends != "whole"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))

    def events(self) -> list[Event]:
        """What the ledger has of the edition."""
        return list(self.ledger.events(EDITION))

    def suppressed(self, campaign: str = EDITION.campaign) -> set[str]:
        return set(self.ledger.suppressed(campaign))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
