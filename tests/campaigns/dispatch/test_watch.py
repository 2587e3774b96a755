"""The watch halts an edition when a guard trips, at once where a template is at fault, and says so once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from campaigns.dispatch.guards import Canary, Guards
from campaigns.dispatch.order import Ended
from campaigns.dispatch.watch import Watch
from campaigns.ground.edition import Edition
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.clock import Stopwatch
from campaigns.ports.entries import UNRENDERED, Assignment, Enrolment, Lease, Span
from campaigns.store.memory import MemoryLedger

EDITION = Edition("weekly_winddown", 2026, 47)
NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
LEASE = Lease("here/1/1", NOW + timedelta(hours=9))


class Loud:
    """A notifier that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)


class World:
    """An edition of ten, a clock that is set by hand, and real time that stands still."""

    def __init__(self) -> None:
        self.ledger, self.loud, self.now = MemoryLedger(), Loud(), NOW
        people = [
            (
                Enrolment(f"d{n}", n, f"u{n}", f"key-{n}", NOW),
                Assignment(f"u{n}", "picks", "treatment", 1, "salt", "randomised"),
            )
            for n in range(10)
        ]
        self.ledger.enrol(EDITION, "hash", people, NOW)

    def watch(self, guards: Guards) -> Watch:
        return Watch(EDITION, guards, self.ledger, self.loud, lambda: self.now, Stopwatch(lambda: NOW))

    def settle(self, details: Sequence[str]) -> None:
        """Reject the next of the plan, each with its detail; the others of as many are accepted."""
        due = [Span(NOW - timedelta(hours=1), NOW)]
        claims = self.ledger.claim(EDITION, LEASE, len(details), self.now, due=due)
        ids = [claim.delivery_id for claim in claims]
        self.ledger.submit(EDITION, LEASE, ids, self.now)
        receipts = [
            Receipt(delivery_id, Outcome.REJECTED if detail else Outcome.ACCEPTED, detail=detail)
            for delivery_id, detail in zip(ids, details, strict=True)
        ]
        self.ledger.settle(EDITION, LEASE.owner, receipts, self.now, {})


def unrendered(why: str) -> str:
    return f"{UNRENDERED}{why}"


def test_a_single_message_that_cannot_be_rendered_halts_at_once_where_none_may() -> None:
    world = World()
    watch = world.watch(Guards())
    watch.look()
    world.settle(["", unrendered("body.mjml, line 3: `narrator` is undefined"), unrendered("another")])
    watch.look()
    assert watch.why_not() is None  # it had looked a moment ago
    watch.judge()
    assert watch.why_not() is Ended.HALTED
    assert watch.standing.halted_because == (
        "weekly_winddown/2026-W47 halted: 2 of 3 messages could not be rendered, and 0 are allowed "
        "(the first: delivery d1, body.mjml, line 3: `narrator` is undefined); "
        "look into it, then `winddown resume` or `winddown cancel`"
    )


def test_people_are_told_of_a_halt_once_whoever_else_finds_it() -> None:
    world = World()
    watches = [world.watch(Guards()) for _ in range(2)]
    world.settle([unrendered("no")])
    for watch in watches:
        watch.judge()
    assert world.loud.told == [watches[1].standing.halted_because]


def test_the_first_named_is_of_those_since_it_was_resumed() -> None:
    world = World()
    world.settle([unrendered("an old fault")])
    world.watch(Guards()).judge()
    world.now += timedelta(minutes=5)
    world.ledger.resume(EDITION, world.now)
    world.settle(["", "550 no such mailbox", unrendered("a new fault")])
    watch = world.watch(Guards())
    watch.judge()
    assert "1 of 3 messages could not be rendered" in watch.standing.halted_because
    assert "(the first: delivery d3, a new fault)" in watch.standing.halted_because


def test_as_many_as_are_allowed_may_fail_to_be_rendered() -> None:
    world = World()
    world.settle([unrendered("no"), unrendered("no"), ""])
    watch = world.watch(Guards(max_unrendered=2))
    watch.judge()
    assert watch.why_not() is None


def test_while_the_canary_is_looked_at_nothing_may_be_sent_and_afterwards_it_may() -> None:
    world = World()
    world.ledger.end_canary(EDITION, NOW)
    watch = world.watch(Guards(canary=Canary(3, timedelta(hours=1))))
    watch.judge()
    assert watch.why_not() is Ended.CANARY
    world.now += timedelta(hours=1)
    assert watch.why_not() is None
