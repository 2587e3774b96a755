"""The ledger in memory: the same promise until the process ends; for tests and rehearsals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError, LedgerError
from campaigns.ground.pace import Pace
from campaigns.ground.receipt import Receipt
from campaigns.ground.shard import WHOLE, Shard
from campaigns.ports.entries import (
    UNRENDERED,
    Assignment,
    Claim,
    Enrolment,
    Lease,
    Recovered,
    Responses,
    Span,
    Standing,
)
from campaigns.store import transitions
from campaigns.store.memory_records import MemoryRecords, alone
from campaigns.store.memory_row import Row, claimed, moved, never_claimed, settled, waiting_until


class MemoryLedger(MemoryRecords):
    """`ports.ledger.Ledger` on dictionaries, one row a delivery."""

    def now(self) -> datetime:
        """See the port."""
        return datetime.now(UTC)

    @alone
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
        enrolments: list[Enrolment] = []
        for enrolment, assignment in deliveries:
            if enrolment.user_id != assignment.user_id:
                raise LedgerError(f"ledger in memory: {edition} has an assignment of another person")
            enrolments.append(enrolment)
        others = {key: row for key, row in self._rows.items() if row.edition != edition}
        rows = {enrolment.delivery_id: Row(edition, enrolment, at) for enrolment in enrolments}
        people, places = {row.user_id for row in enrolments}, {row.position for row in enrolments}
        if min(len(rows), len(people), len(places)) < len(enrolments) or rows.keys() & others.keys():
            raise LedgerError("ledger in memory: a person or a delivery is named twice, and nothing was written")
        self._rows = others | rows
        self._plans[edition] = plan_hash
        self._sent.discard(edition)
        self._standings.setdefault(edition, Standing())
        self._heed_strays()

    @alone
    def plan_hash(self, edition: Edition) -> str | None:
        """The hash of the plan that was enrolled, or None."""
        return self._plans.get(edition)

    @alone
    def has_started(self, edition: Edition) -> bool:
        """Whether any delivery was ever claimed, and not released since."""
        return any(row.attempts > 0 or row.state is not State.WAITING for row in self._of(edition))

    # sending

    @alone
    def claim(
        self,
        edition: Edition,
        lease: Lease,
        limit: int,
        now: datetime,
        *,
        due: Sequence[Span],
        ceiling: int | None = None,
        shard: Shard = WHOLE,
    ) -> Sequence[Claim]:
        """Take up to `limit` deliveries that are waiting and due; see the port."""
        if self.standing(edition).halted_at is not None:
            return []
        spans = sorted(due, key=lambda span: span.after)
        waiting = [row for row in self._of(edition, State.WAITING) if shard.has(row.delivery_id)]
        again = self._take(_again(waiting, spans, now), lease, limit, now)
        room = limit - len(again)
        if ceiling is not None:
            room = min(room, ceiling - self.taken(edition))
        claims = again + self._take(_anew(waiting, spans), lease, room, now)
        return sorted(claims, key=lambda claim: claim.position)

    def _take(self, rows: Iterator[Row], lease: Lease, at_most: int, now: datetime) -> list[Claim]:
        claims: list[Claim] = []
        while len(claims) < at_most and (row := next(rows, None)):
            mine = claimed(row, lease, now)
            if self._is_suppressed(row):
                self._keep(never_claimed(mine, State.CANCELLED, now, transitions.SUPPRESSED))
            else:
                self._keep(mine)
                claims.append(Claim(row.delivery_id, row.enrolment.position, mine.attempts))
        return claims

    @alone
    def submit(self, edition: Edition, lease: Lease, delivery_ids: Sequence[str], now: datetime) -> frozenset[str]:
        """Note that these claims are about to be handed over; which may be."""
        asked, submitted = set(delivery_ids), set()
        if self.standing(edition).halted_at is not None:
            asked.clear()
        for row in self._of(edition, State.CLAIMED, owner=lease.owner):
            renewed = replace(row, lease_until=lease.until)
            if row.delivery_id not in asked:
                self._keep(renewed)
            elif self._is_suppressed(row):
                self._keep(never_claimed(row, State.CANCELLED, now, transitions.SUPPRESSED))
            else:
                self._keep(replace(renewed, state=State.SUBMITTING, changed_at=now))
                submitted.add(row.delivery_id)
        return frozenset(submitted)

    @alone
    def settle(
        self,
        edition: Edition,
        owner: str,
        receipts: Sequence[Receipt],
        now: datetime,
        retry_at: Mapping[str, datetime],
    ) -> frozenset[str]:
        """Record the receipts of submitted deliveries; those of which came too late."""
        first = {receipt.delivery_id: receipt for receipt in reversed(receipts)}
        open_ = self._of(edition, State.SUBMITTING, State.UNCERTAIN, owner=owner)
        taken = {row.delivery_id: row for row in open_ if row.delivery_id in first}
        for delivery_id, row in taken.items():
            self._keep(settled(row, first[delivery_id], now, retry_at.get(delivery_id)))
        self._settle_by_proof(taken)
        return frozenset(first.keys() - taken.keys())

    @alone
    def release(self, edition: Edition, owner: str, now: datetime) -> int:
        """Put all of the owner's claims that were not submitted back to waiting; how many."""
        rows = self._of(edition, State.CLAIMED, owner=owner)
        return self._keep(*(never_claimed(row, State.WAITING, now) for row in rows))

    @alone
    def recover(self, edition: Edition, place: str, now: datetime) -> Recovered:
        """Deal with claims of dead processes: those whose lease has ended, and those made from this place."""
        dead = [
            row
            for row in self._of(edition, State.CLAIMED, State.SUBMITTING)
            if (row.lease_until and row.lease_until < now) or (row.owner or "").startswith(f"{place}/")
        ]
        for row in dead:
            if row.state is State.CLAIMED:
                self._keep(never_claimed(row, State.WAITING, now))
            else:
                self._keep(moved(row, State.UNCERTAIN, now, transitions.DIED))
        self._settle_by_proof(row.delivery_id for row in dead)
        left = Counter(self._rows[row.delivery_id].state for row in dead)
        return Recovered(waiting=left[State.WAITING], uncertain=left[State.UNCERTAIN])

    @alone
    def expire(self, edition: Edition, due_before: datetime, max_attempts: int, now: datetime) -> int:
        """Cancel those due before then, reject those tried too often; how many together."""
        late = [row for row in self._of(edition, State.WAITING) if row.due_at < due_before]
        cancelled = self._keep(*(moved(row, State.CANCELLED, now, transitions.TOO_LATE) for row in late))
        tried = [row for row in self._of(edition, State.WAITING) if 0 < row.attempts >= max_attempts]
        return cancelled + self._keep(*(moved(row, State.REJECTED, now, transitions.TOO_OFTEN) for row in tried))

    @alone
    def next_due(self, edition: Edition) -> datetime | None:
        """When the next waiting delivery can be taken, or None when none waits."""
        return min((row.ready_at for row in self._of(edition, State.WAITING)), default=None)

    @alone
    def pace(self, provider: str, change: Callable[[Pace | None], Pace]) -> Pace:
        """Change what the provider's workers share; what it was changed to."""
        self._paces[provider] = change(self._paces.get(provider))
        return self._paces[provider]

    # guarding

    @alone
    def standing(self, edition: Edition) -> Standing:
        """Where the edition's sending stands."""
        return self._standings.get(edition, Standing())

    @alone
    def halt(self, edition: Edition, because: str, at: datetime) -> bool:
        """Let nothing more be claimed. Whether it was not halted already; the first reason stays."""
        known = self._known(edition)
        if known.halted_at is None:
            self._standings[edition] = replace(known, halted_at=at, halted_because=because)
        return known.halted_at is None

    @alone
    def resume(self, edition: Edition, at: datetime) -> bool:
        """Let it go on. Whether it was halted."""
        known = self._known(edition)
        if known.halted_at is not None:
            self._standings[edition] = replace(known, halted_at=None, halted_because="", resumed_at=at)
        return known.halted_at is not None

    @alone
    def end_canary(self, edition: Edition, at: datetime) -> datetime:
        """Note that the first wave is over, once; when it was."""
        known = self._known(edition)
        ended = known.canary_ended_at or at
        self._standings[edition] = replace(known, canary_ended_at=ended)
        return ended

    @alone
    def end_day(self, edition: Edition, day: date) -> bool:
        """Note that a day has no room for more. Whether nobody had noted it yet."""
        self._known(edition)
        noted = self._days_ended.get(edition, date.min)
        self._days_ended[edition] = max(day, noted)
        return day > noted

    @alone
    def end_sending(self, edition: Edition, at: datetime) -> bool:  # noqa: ARG002 - only the first counts
        """Note that nothing of it waits any more. Whether nobody had noted it yet."""
        self._known(edition)
        new = edition not in self._sent
        self._sent.add(edition)
        return new

    @alone
    def responses(self, edition: Edition, since: datetime | None = None) -> Responses:
        """How deliveries claimed since then (None: ever) fared."""
        rows = [row for row in self._of(edition) if row.claimed_since(since)]
        rejected = [row for row in rows if row.state is State.REJECTED]
        return Responses(
            accepted=sum(row.state is State.ACCEPTED for row in rows),
            rejected=len(rejected),
            unrendered=sum(row.detail.startswith(UNRENDERED) for row in rejected),
            bounced=sum(row.bounced for row in rows),
            complained=sum(row.complained for row in rows),
        )

    @alone
    def taken(self, edition: Edition) -> int:
        """How many of the edition's deliveries were ever taken, and not released since."""
        return sum(row.attempts > 0 for row in self._of(edition))

    # by hand

    @alone
    def cancel(self, edition: Edition, because: str, now: datetime) -> int:
        """Cancel all that wait and are not claimed; how many."""
        rows = self._of(edition, State.WAITING)
        return self._keep(*(moved(row, State.CANCELLED, now, because) for row in rows))

    @alone
    def resolve(self, edition: Edition, delivery_ids: Collection[str] | None, to: State, now: datetime) -> int:
        """Settle uncertain deliveries by a person's decision; how many were."""
        if to not in transitions.DECISIONS:
            raise ValueError(f"what is uncertain is resolved to accepted or waiting, not to {to}")
        rows = [
            moved(row, to, now, transitions.RESOLVED)
            for row in self._of(edition, State.UNCERTAIN)
            if delivery_ids is None or row.delivery_id in delivery_ids
        ]
        return self._keep(*(waiting_until(row, now) if to is State.WAITING else row for row in rows))


def _again(waiting: Sequence[Row], spans: Sequence[Span], now: datetime) -> Iterator[Row]:
    rows = [row for row in waiting if row.attempts > 0 and row.ready_at <= now]
    rows.sort(key=lambda row: (row.ready_at, row.enrolment.position))
    return (row for span in spans for row in rows if row.due_in(span))


def _anew(waiting: Sequence[Row], spans: Sequence[Span]) -> Iterator[Row]:
    rows = [row for row in waiting if row.attempts == 0]
    rows.sort(key=lambda row: (row.due_at, row.enrolment.position))
    return (row for span in spans for row in rows if row.due_in(span))
