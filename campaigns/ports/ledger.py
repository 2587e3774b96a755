"""The ledger: who was assigned what, and what became of each delivery. It is committed before bytes leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event
from campaigns.ground.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Assignment:
    """A row of `assignments`: which variant a person was given, and how it came about.

    Attributes:
        bucket: the shard, 0 to 9,999.
        method: `randomised`, `forced` (a cohort) or `outside_traffic`; only the first is analysed.
    """

    user_id: str
    experiment: str
    variant: str
    bucket: int
    salt: str
    method: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A delivery that is to be: the ledger's row before anything has happened to it.

    Attributes:
        address_key: the address's hash (`links.address_key`); the ledger holds no addresses.
    """

    delivery_id: str
    position: int
    user_id: str
    address_key: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery taken for sending by this process, durably."""

    delivery_id: str
    position: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the ledger knows of one delivery."""

    delivery_id: str
    user_id: str
    state: State
    attempts: int
    provider_id: str | None
    status: int | None
    detail: str
    due_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a load of events.

    Attributes:
        new: not seen before, and kept.
        known: seen before, and passed over; webhooks repeat themselves.
        unknown: of the new ones, those whose delivery this ledger does not know; kept all the same.
        suppressed: addresses that get nothing more from now on.
    """

    new: int = 0
    known: int = 0
    unknown: int = 0
    suppressed: int = 0


class Ledger(Protocol):
    """The promise: at most once, and everybody accounted for."""

    def enrol(
        self,
        edition: Edition,
        plan_hash: str,
        deliveries: Iterable[tuple[Enrolment, Assignment]],
        at: datetime,
    ) -> None:
        """Write an edition's assignments and deliveries in one transaction, all or nothing.

        Enrolling again with the same `plan_hash` changes nothing; with another it replaces the edition,
        as long as none of its deliveries has left `waiting`.

        Raises:
            GuardError: the plan differs and a message has already gone out.
            LedgerError: the ledger cannot be written.
        """
        ...

    def plan_hash(self, edition: Edition) -> str | None:
        """The hash of the plan that was enrolled, or None."""
        ...

    def has_started(self, edition: Edition) -> bool:
        """Whether any delivery of the edition has ever been claimed."""
        ...

    def claim(self, edition: Edition, limit: int, now: datetime) -> Sequence[Claim]:
        """Take up to `limit` deliveries that are waiting and due, in plan order, and commit that.

        Those suppressed meanwhile are cancelled on the way and not returned.
        """
        ...

    def settle(self, edition: Edition, receipts: Sequence[Receipt], now: datetime, retry_at: datetime) -> None:
        """Record a claimed batch's receipts; the deferred ones wait again until `retry_at`."""
        ...

    def release(self, edition: Edition, delivery_ids: Sequence[str], now: datetime) -> None:
        """Put claims back to waiting of which surely no byte has left."""
        ...

    def abandon_claims(self, edition: Edition, now: datetime) -> int:
        """Turn claims left by a dead process into `uncertain`; how many there were.

        Only whoever holds the edition's lock may call this.
        """
        ...

    def expire(self, edition: Edition, due_before: datetime, max_attempts: int, now: datetime) -> int:
        """Settle what has waited too long: cancel those due before then, reject those tried too often."""
        ...

    def next_due(self, edition: Edition) -> datetime | None:
        """When the next waiting delivery falls due, or None when nothing waits."""
        ...

    def tally(self, edition: Edition) -> Tally:
        """The counts, in one consistent read."""
        ...

    def deliveries(self, edition: Edition) -> Iterator[Delivery]:
        """Every delivery of the edition, in plan order."""
        ...

    def recent_deliveries(self, campaign: str, since: datetime) -> Iterator[tuple[str, str, datetime]]:
        """`(edition name, user_id, time)` of the campaign's deliveries accepted or uncertain since then."""
        ...

    def suppress(self, address_keys: Iterable[tuple[str, str]], at: datetime) -> int:
        """Add `(address_key, reason)` suppressions; how many were new."""
        ...

    def suppressed(self) -> Iterator[str]:
        """Every suppressed address key."""
        ...

    def record(self, events: Iterable[Event]) -> Recorded:
        """Add events, each once; what they prove about uncertain deliveries is settled on the spot.

        Bounces, complaints and unsubscribes become suppressions in the same transaction. A long stream is
        committed piece by piece: recording it again after a failure loses nothing and repeats nothing.
        """
        ...

    def events(self, edition: Edition) -> Iterator[Event]:
        """Every event of the edition's deliveries, by time."""
        ...
