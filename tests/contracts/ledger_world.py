"""What the contract of ledgers is tested with: two editions of a campaign, one of another, and two hosts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event, EventType
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ground.shard import KEYS, WHOLE, Shard
from campaigns.ports.entries import Assignment, Claim, Enrolment, Lease, Span
from campaigns.ports.ledger import Ledger
from campaigns.store.tables import METADATA, SCHEMA

NOW = datetime(2026, 11, 28, 18, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
EDITION = Edition("weekly_winddown", 2026, 48)
LAST_WEEK = Edition("weekly_winddown", 2026, 47)
ELSEWHERE = Edition("monthly_letter", 2026, 48)
ANNA, BEN = "anna/1/0", "ben/1/0"
LEASE = timedelta(minutes=15)

_TABLES = (table.name for table in METADATA.sorted_tables if table is not SCHEMA)
EMPTY = f"TRUNCATE {', '.join(_TABLES)}"
"""What makes a ledger's database a new one."""

Rows = list[tuple[Enrolment, Assignment]]


def people(count: int, edition: Edition = EDITION, *, first: int = 0, due_at: datetime = NOW) -> Rows:
    return [
        (
            Enrolment(name(n, edition), n, f"user-{n}", f"address-{n}", due_at),
            Assignment(f"user-{n}", "picks", "treatment", n % 10_000, "salt", "randomised"),
        )
        for n in range(first, first + count)
    ]


def name(number: int, edition: Edition = EDITION) -> str:
    """The delivery that `people` gives the number."""
    return f"{number:08x}{sha256(str(edition).encode()).hexdigest()[:24]}"


def spread(count: int, *, due_at: datetime = NOW, first: int = 0) -> Rows:
    """People whose ids lie as far apart as those of hashes do, in their order."""
    rows = people(count, first=first, due_at=due_at)
    return [
        (replace(enrolment, delivery_id=f"{-(-n * KEYS // count):06x}{enrolment.delivery_id[6:]}"), assignment)
        for n, (enrolment, assignment) in enumerate(rows)
    ]


def enrolled(ledger: Ledger, count: int, edition: Edition = EDITION, *, due_at: datetime = NOW) -> None:
    ledger.enrol(edition, "a plan", people(count, edition, due_at=due_at), NOW)


@dataclass(frozen=True)
class Worker:
    """A process that sends, as far as the ledger sees it."""

    ledger: Ledger
    owner: str = ANNA
    edition: Edition = EDITION

    def claim(
        self,
        limit: int = 100,
        now: datetime = NOW,
        *,
        due: Sequence[Span] | None = None,
        ceiling: int | None = None,
        shard: Shard = WHOLE,
    ) -> list[Claim]:
        spans = [Span(now - timedelta(days=9), now)] if due is None else due
        lease = Lease(self.owner, now + LEASE)
        claims = self.ledger.claim(self.edition, lease, limit, now, due=spans, ceiling=ceiling, shard=shard)
        return list(claims)

    def submit(self, claims: Iterable[Claim], now: datetime = NOW) -> frozenset[str]:
        ids = [claim.delivery_id for claim in claims]
        return self.ledger.submit(self.edition, Lease(self.owner, now + LEASE), ids, now)

    def settle(
        self,
        delivery_ids: Iterable[str],
        outcome: Outcome,
        now: datetime = NOW,
        *,
        retry: datetime | None = None,
        tried: bool = True,
        detail: str = "",
    ) -> frozenset[str]:
        receipts = [Receipt(each, outcome, detail=detail, tried=tried) for each in delivery_ids]
        again = {receipt.delivery_id: retry or now + 10 * MINUTE for receipt in receipts}
        return self.ledger.settle(self.edition, self.owner, receipts, now, again)

    def submitted(self, limit: int = 1, now: datetime = NOW) -> list[str]:
        """Claims and submits; in plan order."""
        claims = self.claim(limit, now)
        allowed = self.submit(claims, now)
        return [claim.delivery_id for claim in claims if claim.delivery_id in allowed]

    def sent(self, outcome: Outcome, limit: int = 1, now: datetime = NOW, detail: str = "") -> list[str]:
        """Claims, submits and settles."""
        submitted = self.submitted(limit, now)
        assert self.settle(submitted, outcome, now, detail=detail) == frozenset()
        return submitted


def positions(claims: Iterable[Claim]) -> list[int]:
    return [claim.position for claim in claims]


def states(ledger: Ledger, edition: Edition = EDITION) -> list[State]:
    return [delivery.state for delivery in ledger.deliveries(edition)]


def event(
    number: int, kind: EventType, delivery: int = 0, at: datetime = LATER, *, transient: bool = False
) -> Event:
    return Event(f"event-{number}", name(delivery), kind, at, transient=transient)
