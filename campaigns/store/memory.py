"""The ledger in memory: the same promise until the process ends; for tests and rehearsals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError, LedgerError
from campaigns.ground.event import SUPPRESSING, Event
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.ledger import Assignment, Claim, Delivery, Enrolment, Recorded
from campaigns.store.transitions import AFTER_RECEIPT, PROOFS


@dataclass(frozen=True, slots=True)
class _Row:
    """A delivery with what the ledger needs to act on it."""

    edition: Edition
    enrolment: Enrolment
    delivery: Delivery
    claimed_at: datetime | None = None


class MemoryLedger:
    """`ports.ledger.Ledger` on dictionaries, one row a delivery."""

    def __init__(self) -> None:
        self._plans: dict[Edition, str] = {}
        self._rows: dict[str, _Row] = {}
        self._suppressions: dict[str, str] = {}
        self._events: dict[str, Event] = {}

    # enrolment

    def enrol(
        self,
        edition: Edition,
        plan_hash: str,
        deliveries: Iterable[tuple[Enrolment, Assignment]],
        at: datetime,
    ) -> None:
        """Write an edition's assignments and deliveries, all or nothing; see the port."""
        if self._plans.get(edition) == plan_hash:
            return
        if self.has_started(edition):
            raise GuardError(f"{edition} has begun to be sent from another plan, which stays")
        pairs = list(deliveries)
        others = {key: row for key, row in self._rows.items() if row.edition != edition}
        rows = {row.delivery_id: _enrolled(edition, row, at) for row, _ in pairs}
        people = {assignment.user_id for _, assignment in pairs}
        if min(len(rows), len(people)) < len(pairs) or rows.keys() & others.keys():
            raise LedgerError("ledger in memory: a person or a delivery is named twice, and nothing was written")
        self._rows = others | rows
        self._plans[edition] = plan_hash

    def plan_hash(self, edition: Edition) -> str | None:
        """The hash of the plan that was enrolled, or None."""
        return self._plans.get(edition)

    def has_started(self, edition: Edition) -> bool:
        """Whether any delivery was ever claimed, and not released since."""
        return any(
            row.delivery.attempts > 0 or row.delivery.state is not State.WAITING for row in self._of(edition)
        )

    # sending

    def claim(self, edition: Edition, limit: int, now: datetime) -> Sequence[Claim]:
        """Take up to `limit` deliveries that are waiting and due, in plan order."""
        claims: list[Claim] = []
        for row in self._waiting(edition, lambda row: row.delivery.due_at <= now):
            if len(claims) == limit:
                break
            if row.enrolment.address_key in self._suppressions:
                self._move(row, State.CANCELLED, now, "suppressed")
                continue
            attempts = row.delivery.attempts + 1
            self._move(replace(row, claimed_at=now), State.CLAIMED, now, attempts=attempts)
            claims.append(Claim(row.delivery.delivery_id, row.enrolment.position, attempts))
        return claims

    def settle(self, edition: Edition, receipts: Sequence[Receipt], now: datetime, retry_at: datetime) -> None:
        """Record a claimed batch's receipts, all or none."""
        claimed = self._claimed(edition, [receipt.delivery_id for receipt in receipts])
        for row, receipt in zip(claimed, receipts, strict=True):
            due_at = retry_at if receipt.outcome is Outcome.DEFERRED else row.delivery.due_at
            known = replace(row.delivery, provider_id=receipt.provider_id, status=receipt.status, due_at=due_at)
            self._move(replace(row, delivery=known), AFTER_RECEIPT[receipt.outcome], now, receipt.detail)
        self._settle_by_proof({receipt.delivery_id for receipt in receipts})

    def release(self, edition: Edition, delivery_ids: Sequence[str], now: datetime) -> None:
        """Put claims back to waiting of which surely no byte has left, as if they had never been made."""
        for row in self._claimed(edition, delivery_ids):
            self._move(row, State.WAITING, now, attempts=row.delivery.attempts - 1)

    def abandon_claims(self, edition: Edition, now: datetime) -> int:
        """Turn claims left by a dead process into `uncertain`, unless events say more; how many there were."""
        claimed = self._in_flight(edition)
        for row in claimed:
            self._move(row, State.UNCERTAIN, now, "the process that was sending it died")
        self._settle_by_proof({row.delivery.delivery_id for row in claimed})
        return len(claimed)

    def expire(self, edition: Edition, due_before: datetime, max_attempts: int, now: datetime) -> int:
        """Cancel those due before then, reject those tried too often; how many together."""
        late = self._waiting(edition, lambda row: row.delivery.due_at < due_before)
        for row in late:
            self._move(row, State.CANCELLED, now, "waited too long")
        tried = self._waiting(edition, lambda row: row.delivery.attempts >= max_attempts)
        for row in tried:
            self._move(row, State.REJECTED, now, "tried too often")
        return len(late) + len(tried)

    # reading

    def next_due(self, edition: Edition) -> datetime | None:
        """When the next waiting delivery falls due, or None when nothing waits."""
        return min((row.delivery.due_at for row in self._waiting(edition)), default=None)

    def tally(self, edition: Edition) -> Tally:
        """The counts."""
        counts = Counter(row.delivery.state for row in self._of(edition))
        return Tally(
            planned=counts.total(),
            accepted=counts[State.ACCEPTED],
            rejected=counts[State.REJECTED],
            uncertain=counts[State.UNCERTAIN] + counts[State.CLAIMED],
            cancelled=counts[State.CANCELLED],
            waiting=counts[State.WAITING],
            in_flight=counts[State.CLAIMED],
        )

    def deliveries(self, edition: Edition) -> Iterator[Delivery]:
        """Every delivery of the edition, in plan order."""
        return iter([row.delivery for row in self._of(edition)])

    def recent_deliveries(self, campaign: str, since: datetime) -> Iterator[tuple[str, str, datetime]]:
        """`(edition name, user_id, time of claiming)` of what was, or may have been, sent since then."""
        may_have_left = {State.CLAIMED, State.ACCEPTED, State.UNCERTAIN}
        for row in list(self._rows.values()):
            at = row.claimed_at
            if row.edition.campaign == campaign and row.delivery.state in may_have_left and at and at >= since:
                yield row.edition.name, row.delivery.user_id, at

    def suppressed(self) -> Iterator[str]:
        """Every suppressed address key."""
        return iter(list(self._suppressions))

    def events(self, edition: Edition) -> Iterator[Event]:
        """Every event of the edition's deliveries, by time."""
        ids = {row.delivery.delivery_id for row in self._of(edition)}
        told = [event for event in self._events.values() if event.delivery_id in ids]
        return iter(sorted(told, key=lambda event: (event.at, event.provider_event_id)))

    # suppressions and events

    def suppress(self, address_keys: Iterable[tuple[str, str]], at: datetime) -> int:
        """Add `(address_key, reason)` suppressions; how many were new."""
        del at
        before = len(self._suppressions)
        for key, reason in address_keys:
            self._suppressions.setdefault(key, reason)
        return len(self._suppressions) - before

    def record(self, events: Iterable[Event]) -> Recorded:
        """Add events, each once, and act on what they say."""
        recorded = Recorded()
        for event in events:
            recorded = self._record(event, recorded)
        return recorded

    def _record(self, event: Event, so_far: Recorded) -> Recorded:
        if event.provider_event_id in self._events:
            return replace(so_far, known=so_far.known + 1)
        self._events[event.provider_event_id] = event
        row = self._rows.get(event.delivery_id)
        if row is None:
            return replace(so_far, new=so_far.new + 1, unknown=so_far.unknown + 1)
        suppressing = [(row.enrolment.address_key, event.type)] if event.type in SUPPRESSING else []
        suppressed = self.suppress(suppressing, event.at)
        self._settle_by_proof({event.delivery_id})
        return replace(so_far, new=so_far.new + 1, suppressed=so_far.suppressed + suppressed)

    def _settle_by_proof(self, delivery_ids: set[str]) -> None:
        for event_types, state in PROOFS:
            proofs = [event for event in self._events.values() if event.type in event_types]
            for delivery_id in delivery_ids & {event.delivery_id for event in proofs}:
                row = self._rows[delivery_id]
                if row.delivery.state is State.UNCERTAIN:
                    latest = max(event.at for event in proofs if event.delivery_id == delivery_id)
                    self._move(row, state, latest, "settled by the provider's events")

    # rows

    def _of(self, edition: Edition) -> list[_Row]:
        rows = [row for row in self._rows.values() if row.edition == edition]
        return sorted(rows, key=lambda row: row.enrolment.position)

    def _waiting(self, edition: Edition, wanted: Callable[[_Row], bool] = lambda _: True) -> list[_Row]:
        return [row for row in self._of(edition) if row.delivery.state is State.WAITING and wanted(row)]

    def _in_flight(self, edition: Edition) -> list[_Row]:
        return [row for row in self._of(edition) if row.delivery.state is State.CLAIMED]

    def _claimed(self, edition: Edition, delivery_ids: Sequence[str]) -> list[_Row]:
        claimed = {row.delivery.delivery_id: row for row in self._in_flight(edition)}
        wanted = set(delivery_ids)
        if len(wanted) < len(delivery_ids) or not claimed.keys() >= wanted:
            raise LedgerError(
                f"ledger in memory: deliveries of {edition} that were to be settled are not claimed; "
                "none was settled"
            )
        return [claimed[delivery_id] for delivery_id in delivery_ids]

    def _move(self, row: _Row, state: State, now: datetime, detail: str = "", attempts: int | None = None) -> None:
        moved = replace(
            row.delivery,
            state=state,
            detail=detail,
            changed_at=now,
            attempts=row.delivery.attempts if attempts is None else attempts,
        )
        self._rows[moved.delivery_id] = replace(row, delivery=moved)


def _enrolled(edition: Edition, enrolment: Enrolment, at: datetime) -> _Row:
    delivery = Delivery(
        delivery_id=enrolment.delivery_id,
        user_id=enrolment.user_id,
        state=State.WAITING,
        attempts=0,
        provider_id=None,
        status=None,
        detail="",
        due_at=enrolment.due_at,
        changed_at=at,
    )
    return _Row(edition, enrolment, delivery)
