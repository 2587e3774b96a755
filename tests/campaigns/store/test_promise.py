"""Whatever happens in whatever order: the counts balance, nobody gets two, and both ledgers agree."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event, EventType
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.ledger import Assignment, Claim, Enrolment
from campaigns.store.memory import MemoryLedger
from campaigns.store.opening import open_ledger
from campaigns.store.transitions import FOLLOWERS

EDITION = Edition("weekly_winddown", 2026, 48)
START = datetime(2026, 11, 28, tzinfo=UTC)
PEOPLE = 5

people = st.integers(0, PEOPLE - 1)
minutes = st.sampled_from([0, 10, 20])  # few, so that they meet


class Promise(RuleBasedStateMachine):
    """The same commands to the SQL ledger and to the one in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.sql = open_ledger(f"sqlite:///{Path(self.folder.name) / 'ledger.db'}")
        self.memory = MemoryLedger()
        self.both = (self.sql, self.memory)
        self.now = START
        self.held: list[Claim] = []
        self.left: set[str] = set()
        self.before = {f"id-{n}": State.WAITING for n in range(PEOPLE)}
        self.events = 0

    def teardown(self) -> None:
        self.sql.close()
        self.folder.cleanup()

    @initialize(dues=st.lists(minutes, min_size=PEOPLE, max_size=PEOPLE))
    def enrol(self, dues: list[int]) -> None:
        rows = [
            (
                Enrolment(f"id-{n}", n, f"user-{n}", f"address-{n % 4}", START + timedelta(minutes=due)),
                Assignment(f"user-{n}", "picks", "treatment", n, "salt", "randomised"),
            )
            for n, due in enumerate(dues)
        ]
        for ledger in self.both:
            ledger.enrol(EDITION, "a plan", rows, START)

    @rule(by=st.sampled_from([-10, 10, 20]))
    def clock_moves(self, by: int) -> None:
        self.now += timedelta(minutes=by)

    @rule(limit=st.integers(1, 5))
    def claim(self, limit: int) -> None:
        mine, other = (ledger.claim(EDITION, limit, self.now) for ledger in self.both)
        assert list(mine) == list(other)
        assert not {claim.delivery_id for claim in mine} & self.left
        self.held += mine

    @rule(outcomes=st.lists(st.sampled_from(Outcome), min_size=PEOPLE, max_size=PEOPLE), delay=minutes)
    def settle(self, outcomes: list[Outcome], delay: int) -> None:
        receipts = [Receipt(c.delivery_id, o) for c, o in zip(self.held, outcomes, strict=False)]
        for ledger in self.both:
            ledger.settle(EDITION, receipts, self.now, self.now + timedelta(minutes=delay))
        self.left |= {r.delivery_id for r in receipts if r.outcome in {Outcome.ACCEPTED, Outcome.UNCERTAIN}}
        self.held = []

    @rule()
    def release(self) -> None:
        for ledger in self.both:
            ledger.release(EDITION, [claim.delivery_id for claim in self.held], self.now)
        self.held = []

    @rule()
    def die_and_start_again(self) -> None:
        assert {ledger.abandon_claims(EDITION, self.now) for ledger in self.both} == {len(self.held)}
        self.left |= {claim.delivery_id for claim in self.held}
        self.held = []

    @rule(person=people)
    def suppress(self, person: int) -> None:
        assert len({ledger.suppress([(f"address-{person}", "complained")], self.now) for ledger in self.both}) == 1

    @rule(person=st.integers(0, PEOPLE), kind=st.sampled_from(EventType), again=st.booleans())
    def event(self, person: int, kind: EventType, again: bool) -> None:  # noqa: FBT001 - drawn
        self.events += not again
        event = Event(f"event-{self.events}", f"id-{person}", kind, self.now)
        mine, other = (ledger.record([event]) for ledger in self.both)
        assert mine == other

    @rule(age=minutes, attempts=st.integers(1, 4))
    def expire(self, age: int, attempts: int) -> None:
        due_before = self.now - timedelta(minutes=age)
        assert len({ledger.expire(EDITION, due_before, attempts, self.now) for ledger in self.both}) == 1

    @invariant()
    def the_counts_balance(self) -> None:
        tally = self.sql.tally(EDITION)
        assert tally.balanced
        assert tally.in_flight == len(self.held)
        assert tally == self.memory.tally(EDITION)

    @invariant()
    def the_ledgers_agree(self) -> None:
        assert list(self.sql.deliveries(EDITION)) == list(self.memory.deliveries(EDITION))
        assert list(self.sql.events(EDITION)) == list(self.memory.events(EDITION))
        assert self.sql.next_due(EDITION) == self.memory.next_due(EDITION)
        assert self.sql.has_started(EDITION) == self.memory.has_started(EDITION)
        assert sorted(self.sql.suppressed()) == sorted(self.memory.suppressed())
        recent = [sorted(ledger.recent_deliveries(EDITION.campaign, START)) for ledger in self.both]
        assert recent[0] == recent[1]

    @invariant()
    def states_follow_each_other_as_the_machine_says(self) -> None:
        for delivery in self.sql.deliveries(EDITION):
            was = self.before[delivery.delivery_id]
            assert delivery.state == was or delivery.state in FOLLOWERS[was]
            self.before[delivery.delivery_id] = delivery.state


TestPromise = Promise.TestCase
TestPromise.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
