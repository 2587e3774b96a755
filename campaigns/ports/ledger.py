"""The ledger: who was assigned what, and what became of each delivery. It is committed before bytes leave.

    waiting ──claim──▶ claimed ──submit──▶ submitting ──settle──▶ accepted | rejected | waiting | uncertain
    claimed ──release, or its process died──▶ waiting            (no byte had left: the ledger proves it)
    submitting ──its process died──▶ uncertain ──event, its own late receipt, or resolve──▶ accepted | …
    uncertain ──resolve, by a person──▶ accepted | waiting
    waiting ──suppressed, too late or cancelled──▶ cancelled     waiting ──tried too often──▶ rejected

A claim has an owner, `host/run/worker` or `host/shard/run/worker`, and a lease. Whoever holds claims may move them
only while they are its own: a process that was thought dead and wakes up finds them gone, and sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event
from campaigns.ground.pace import Pace
from campaigns.ground.receipt import Receipt
from campaigns.ground.shard import WHOLE, Shard
from campaigns.ports.entries import (
    Assignment,
    Claim,
    Delivery,
    Enrolment,
    Holding,
    Lease,
    Recorded,
    Recovered,
    Responses,
    Span,
    Standing,
)


class Ledger(Protocol):
    """The promise: at most once, and everybody accounted for. Every method is a transaction of its own.

    May be used by several threads at once, and by as many processes as there are. What a method has written
    outlives the process at once, and a power cut with the next `submit` at the latest, which is synced to the
    disk: what it lets leave is known to have been let, whatever happens.
    """

    def now(self) -> datetime:
        """What time it is where the ledger is kept (UTC): leases and due times are compared over machines.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        ...

    # enrolment

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
        """Whether any delivery of the edition has ever been claimed, and not released since."""
        ...

    # sending

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
        """Take up to `limit` deliveries that are waiting, in plan order, and commit that.

        Those that were tried before go first; the plan is in the order of `due_at`, and of ids among those that
        are due together. The claims are in plan order.

        Those suppressed meanwhile are cancelled on the way and not returned. A halted edition gives none.

        Args:
            edition: whose.
            lease: who takes them.
            limit: how many at most.
            now: the present.
            due: a delivery can be taken when its `due_at` lies in one of them, and its `retry_at` is past.
            ceiling: no more than so many of the edition's deliveries may ever have been taken by anybody
                (a canary); None for no bound.
            shard: the part of the edition that is looked at.
        """
        ...

    def submit(self, edition: Edition, lease: Lease, delivery_ids: Sequence[str], now: datetime) -> frozenset[str]:
        """Note, durably, that these claims are about to be handed over; from here on they may have left.

        Renews the lease of all that the owner has claimed; one that was renewed seconds ago may stay as it is.

        Returns:
            Those that were still the owner's, and whose address was not suppressed since (that one is
            cancelled); nothing else may be handed over. Of a halted edition none.
        """
        ...

    def settle(
        self,
        edition: Edition,
        owner: str,
        receipts: Sequence[Receipt],
        now: datetime,
        retry_at: Mapping[str, datetime],
    ) -> frozenset[str]:
        """Record the receipts of submitted deliveries.

        The tried and deferred wait again until `retry_at`; the untried go back to waiting as if they had never
        been claimed.

        A receipt is taken for a delivery that is `submitting`, or became `uncertain`, in the owner's name.

        Returns:
            The deliveries whose receipts came too late to be taken.
        """
        ...

    def release(self, edition: Edition, owner: str, now: datetime) -> int:
        """Put all of the owner's claims that were not submitted back to waiting, as if never made; how many."""
        ...

    def recover(self, edition: Edition, place: str, now: datetime) -> Recovered:
        """Deal with claims of dead processes: those whose lease has ended, and those made from this place.

        A place is what owners begin with: a `host` with all that ever sent from it, or one `host/shard`. Only
        whoever holds its lock on the edition may call this, before it claims anything.
        """
        ...

    def expire(self, edition: Edition, due_before: datetime, max_attempts: int, now: datetime) -> int:
        """Settle what has waited too long: cancel those due before then, reject those tried too often."""
        ...

    def next_due(self, edition: Edition) -> datetime | None:
        """When the next waiting delivery can be taken (due and past its `retry_at`), or None when none waits."""
        ...

    def pace(self, provider: str, change: Callable[[Pace | None], Pace]) -> Pace:
        """Change what the provider's workers share, alone in a transaction; what it was changed to.

        Args:
            provider: the sender's name.
            change: a pure function of what was there, None at first; it may be called again.
        """
        ...

    # guarding

    def standing(self, edition: Edition) -> Standing:
        """Where the edition's sending stands."""
        ...

    def halt(self, edition: Edition, because: str, at: datetime) -> bool:
        """Let nothing more be claimed. Whether it was not halted already; the first reason stays.

        Raises:
            LedgerError: the edition was never enrolled; so do `resume`, `end_canary`, `end_day` and
                `end_sending`.
        """
        ...

    def resume(self, edition: Edition, at: datetime) -> bool:
        """Let it go on. Whether it was halted."""
        ...

    def end_canary(self, edition: Edition, at: datetime) -> datetime:
        """Note that the first wave is over, once; when it was."""
        ...

    def end_day(self, edition: Edition, day: date) -> bool:
        """Note that a day has no room for more, as far as the edition goes. Whether nobody had noted it yet."""
        ...

    def end_sending(self, edition: Edition, at: datetime) -> bool:
        """Note that nothing of it waits any more. Whether nobody had noted it yet of this plan."""
        ...

    def responses(self, edition: Edition, since: datetime | None = None) -> Responses:
        """How deliveries claimed since then (None: ever) fared."""
        ...

    def taken(self, edition: Edition) -> int:
        """How many of the edition's deliveries were ever taken, and not released since."""
        ...

    # by hand

    def cancel(self, edition: Edition, because: str, now: datetime) -> int:
        """Cancel all that wait and are not claimed; how many."""
        ...

    def resolve(self, edition: Edition, delivery_ids: Collection[str] | None, to: State, now: datetime) -> int:
        """Settle uncertain deliveries by a person's decision; how many were.

        Args:
            edition: whose.
            now: the present.
            delivery_ids: which; None for every uncertain one of the edition.
            to: `accepted` (it left, as far as the person knows) or `waiting` (send it again, knowing that it may
                be the second).
        """
        ...

    # reading

    def tally(self, edition: Edition) -> Tally:
        """The counts, in one consistent read."""
        ...

    def tallies(self, edition: Edition, shards: int) -> Sequence[Tally]:
        """The counts of each of so many shards, the first one first; `planned` is how many deliveries it has."""
        ...

    def holdings(self, edition: Edition) -> Sequence[Holding]:
        """What each worker has in hand, by owner."""
        ...

    def deliveries(self, edition: Edition, state: State | None = None) -> Iterator[Delivery]:
        """The edition's deliveries, all or those in a state, in plan order."""
        ...

    def recent_deliveries(self, campaign: str, since: datetime) -> Iterator[tuple[str, str, datetime]]:
        """`(edition name, user_id, time)` of the campaign's deliveries accepted or uncertain since then."""
        ...

    def events(self, edition: Edition) -> Iterator[Event]:
        """Every event of the edition's deliveries, by time."""
        ...

    # suppressions and events

    def suppress(self, address_keys: Iterable[tuple[str, str]], at: datetime) -> int:
        """Add `(address_key, reason)` suppressions from every campaign; how many were new."""
        ...

    def suppressed(self, campaign: str) -> Iterator[str]:
        """Every address key that the campaign must not write to: suppressed from it, or from all."""
        ...

    def unsubscribe(self, delivery_id: str, at: datetime, *, everything: bool) -> bool:
        """Do as a person wishes who came through a link of a delivery.

        In one transaction the delivery's `unsubscribed` event is recorded, and the address suppressed from the
        delivery's campaign, or from all of them.

        Doing it again changes nothing. Whether the delivery is known. Where it is not, the event and the wish are
        kept, and the address is suppressed as soon as the delivery is enrolled.
        """
        ...

    def record(self, events: Iterable[Event]) -> Recorded:
        """Add events, each once; what they prove is settled on the spot.

        What suppresses (`Event.suppresses`) becomes a suppression from every campaign in the same transaction:
        by the delivery's address key, or by the event's own where the delivery is unknown, and by the delivery's
        again as soon as it is enrolled. A long stream is committed piece by piece: recording it again after a
        failure loses nothing and repeats nothing.

        Opens and clicks that came too fast for a person are marked (`ground.scanning`), those recorded before
        among them, whenever more becomes known of a delivery.

        An uncertain delivery is settled by an event that proves that it left, or was thrown away; one that
        waits for another try and proves to have left is accepted, and not sent again.
        """
        ...
