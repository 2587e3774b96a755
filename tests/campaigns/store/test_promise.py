"""Whatever happens in whatever order: every ledger does what the model does, and nobody gets two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from contracts.ledger_world import EMPTY
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from ledger_model import Model
from providers.postgres import PostgresServer
from sqlalchemy import make_url

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event, EventType
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Assignment, Enrolment, Lease, Span
from campaigns.ports.ledger import Ledger
from campaigns.store.memory import MemoryLedger
from campaigns.store.opening import open_ledger
from campaigns.store.transitions import FOLLOWERS

EDITION = Edition("weekly_winddown", 2026, 48)
START = datetime(2026, 11, 28, tzinfo=UTC)
PEOPLE, ADDRESSES = 6, 5
OWNERS = ("anna/1/0", "anna/1/1", "ben/1/0")

Opened = Callable[[], AbstractContextManager[Ledger]]

owners = st.sampled_from(OWNERS)
numbers = st.integers(0, PEOPLE - 1)
several = st.lists(numbers, min_size=1, unique=True)
minutes = st.sampled_from([0, 10, 20])  # few, so that they meet
kinds = st.sampled_from(EventType)
outcomes = st.sampled_from([*(outcome.value for outcome in Outcome), "untried"])


def name(number: int) -> str:
    return f"{number:032x}"


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


class Promise(RuleBasedStateMachine):
    """The same commands to a ledger and to the model."""

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self.opening = opened()
        self.ledger = self.opening.__enter__()
        self.now = 100
        self.left: set[int] = set()
        self.before = dict.fromkeys(range(PEOPLE), State.WAITING)
        self.events = 0

    def teardown(self) -> None:
        self.opening.__exit__(None, None, None)

    @initialize(dues=st.lists(minutes, min_size=PEOPLE, max_size=PEOPLE))
    def enrol(self, dues: list[int]) -> None:
        dues = [80 + due for due in sorted(dues)]  # as plans are
        self.model = Model(dues, ADDRESSES)
        rows = [
            (
                Enrolment(name(n), n, f"user-{n}", f"address-{n % ADDRESSES}", at(due)),
                Assignment(f"user-{n}", "picks", "treatment", n, "salt", "randomised"),
            )
            for n, due in enumerate(dues)
        ]
        self.ledger.enrol(EDITION, "a plan", rows, START)

    @rule(by=st.sampled_from([-10, 10, 20]))
    def clock_moves(self, by: int) -> None:
        self.now += by

    @rule(
        owner=owners,
        limit=st.integers(1, 5),
        lasts=minutes,
        reach=st.sampled_from([(0, 20), (0, 40), (10, 40), (0, 10)]),
        ceiling=st.sampled_from([None, None, 2, 4]),
        both=st.booleans(),
    )
    def claim(
        self,
        owner: str,
        limit: int,
        lasts: int,
        reach: tuple[int, int],
        ceiling: int | None,
        both: bool,  # noqa: FBT001 - drawn
    ) -> None:
        spans = [(self.now - reach[1], self.now - reach[0])]
        if both:
            spans = [(self.now - reach[0], self.now), *spans]
        claims = self.ledger.claim(
            EDITION,
            Lease(owner, at(self.now + lasts)),
            limit,
            at(self.now),
            due=[Span(at(after), at(until)) for after, until in spans],
            ceiling=ceiling,
        )
        claimed = [claim.position for claim in claims]
        assert claimed == self.model.claim(owner, self.now + lasts, limit, self.now, spans, ceiling)
        assert [claim.delivery_id for claim in claims] == [name(n) for n in claimed]
        assert [claim.attempts for claim in claims] == [self.model.people[n].tries for n in claimed]
        assert self.left.isdisjoint(claimed), "what may have left is sent again"

    @rule(owner=owners, lasts=minutes, which=several)
    def submit(self, owner: str, lasts: int, which: list[int]) -> None:
        lease = Lease(owner, at(self.now + lasts))
        submitted = self.ledger.submit(EDITION, lease, [name(n) for n in which], at(self.now))
        expected = self.model.submit(owner, self.now + lasts, which)
        assert submitted == {name(n) for n in expected}
        assert self.left.isdisjoint(expected), "what may have left is sent again"
        self.left |= expected

    @rule(owner=owners, limit=st.integers(1, 5))
    def hand_over(self, owner: str, limit: int) -> None:
        """As a worker does it; the other rules do it as badly as can be."""
        self.claim(owner, limit, lasts=20, reach=(0, 90), ceiling=None, both=False)
        self.states_follow_each_other_as_the_machine_says()
        claimed = [person.number for person in self.model.having("claimed", owner=owner)]
        self.submit(owner, lasts=20, which=claimed)

    @rule(owner=owners, words=st.lists(outcomes, min_size=PEOPLE, max_size=PEOPLE), wait=minutes)
    def answer(self, owner: str, words: list[str], wait: int) -> None:
        submitted = [person.number for person in self.model.having("submitting", owner=owner)]
        self.settle(owner, dict(zip(submitted, words, strict=False)), wait)

    @rule(owner=owners, said=st.dictionaries(numbers, outcomes, min_size=1), wait=minutes)
    def settle(self, owner: str, said: dict[int, str], wait: int) -> None:
        receipts = [
            Receipt(name(n), Outcome.DEFERRED if word == "untried" else Outcome(word), tried=word != "untried")
            for n, word in said.items()
        ]
        again = {name(n): at(self.now + wait) for n in said}
        late = self.ledger.settle(EDITION, owner, receipts, at(self.now), again)
        expected = self.model.settle(owner, said, self.now + wait)
        assert late == {name(n) for n in expected}
        self.left -= {n for n, word in said.items() if n not in expected and word in {"deferred", "untried"}}

    @rule(owner=owners)
    def release(self, owner: str) -> None:
        assert self.ledger.release(EDITION, owner, at(self.now)) == self.model.release(owner)

    @rule(host=st.sampled_from(["anna", "ben", "ann"]))
    def recover(self, host: str) -> None:
        recovered = self.ledger.recover(EDITION, host, at(self.now))
        assert (recovered.waiting, recovered.uncertain) == self.model.recover(host, self.now)

    @rule(age=st.sampled_from([30, 50, 80]), tries=st.integers(1, 4))
    def expire(self, age: int, tries: int) -> None:
        expired = self.ledger.expire(EDITION, at(self.now - age), tries, at(self.now))
        assert expired == self.model.expire(self.now - age, tries)

    @rule(sure=st.integers(0, 19))
    def cancel(self, sure: int) -> None:
        if sure == 19:  # it leaves little to do
            assert self.ledger.cancel(EDITION, "enough", at(self.now)) == self.model.cancel()

    @rule(which=st.none() | several, to=st.sampled_from([State.ACCEPTED, State.WAITING]))
    def resolve(self, which: list[int] | None, to: State) -> None:
        uncertain = {person.number for person in self.model.having("uncertain")}
        ids = None if which is None else [name(n) for n in which]
        assert self.ledger.resolve(EDITION, ids, to, at(self.now)) == self.model.resolve(which, to, self.now)
        if to is State.WAITING:
            self.left -= uncertain if which is None else uncertain & set(which)

    @rule(halted=st.booleans())
    def halt_or_resume(self, halted: bool) -> None:  # noqa: FBT001 - drawn
        act = (lambda: self.ledger.halt(EDITION, "enough", at(self.now))) if halted else self.resume
        assert act() == (self.model.halted != halted)
        self.model.halted = halted
        assert (self.ledger.standing(EDITION).halted_at is not None) == halted

    def resume(self) -> bool:
        return self.ledger.resume(EDITION, at(self.now))

    @rule(
        number=st.integers(0, PEOPLE),
        kind=st.sampled_from(EventType),
        again=st.booleans(),
        transient=st.booleans(),
    )
    def event(self, number: int, kind: EventType, again: bool, transient: bool) -> None:  # noqa: FBT001 - drawn
        self.events += not again
        known = self.events in self.model.events
        event = Event(f"event-{self.events}", name(number), kind, at(self.now), transient=transient)
        recorded = self.ledger.record([event])
        assert (recorded.new, recorded.known) == (not known, known)
        assert recorded.unknown == (not known and number == PEOPLE)
        self.model.record(number, kind.value, event=self.events, transient=transient)

    @rule(number=numbers, everything=st.booleans())
    def unsubscribe(self, number: int, everything: bool) -> None:  # noqa: FBT001 - drawn
        assert self.ledger.unsubscribe(name(number), at(self.now), everything=everything)
        self.model.unsubscribe(number)

    @invariant()
    def the_counts_balance(self) -> None:
        tally, counts = self.ledger.tally(EDITION), Counter(person.state for person in self.model.people)
        assert tally.balanced
        assert tally.planned == PEOPLE
        assert tally.waiting == counts["waiting"] + counts["claimed"]
        assert tally.uncertain == counts["uncertain"] + counts["submitting"]
        assert tally.in_flight == counts["claimed"] + counts["submitting"]
        assert (tally.accepted, tally.rejected) == (counts["accepted"], counts["rejected"])

    @invariant()
    def everybody_stands_where_the_model_says(self) -> None:
        for delivery, person in zip(self.ledger.deliveries(EDITION), self.model.people, strict=True):
            retry_at = None if person.retry is None else at(person.retry)
            found = (delivery.delivery_id, delivery.state, delivery.attempts, delivery.owner, delivery.retry_at)
            assert found == (name(person.number), person.state, person.tries, person.owner, retry_at)

    @invariant()
    def what_is_asked_is_answered_as_the_model_does(self) -> None:
        waiting = self.model.having("waiting")
        assert self.ledger.next_due(EDITION) == min((at(person.ready) for person in waiting), default=None)
        assert self.ledger.taken(EDITION) == self.model.taken()
        begun = any(person.tries or person.state != "waiting" for person in self.model.people)
        assert self.ledger.has_started(EDITION) == begun
        addresses = {f"address-{n}" for n in self.model.suppressed}
        assert set(self.ledger.suppressed(EDITION.campaign)) == addresses
        fared = self.ledger.responses(EDITION, at(self.now))
        found = (fared.accepted, fared.rejected, fared.bounced, fared.complained)
        assert found == self.model.responses(self.now)
        gone = self.model.having("submitting", "accepted", "uncertain")
        recent = self.ledger.recent_deliveries(EDITION.campaign, at(self.now))
        expected = [(f"user-{p.number}", at(p.claimed)) for p in gone if p.claimed >= self.now]
        assert sorted((user, time) for _, user, time in recent) == sorted(expected)

    @invariant()
    def states_follow_each_other_as_the_machine_says(self) -> None:
        for number, delivery in enumerate(self.ledger.deliveries(EDITION)):
            was = self.before[number]
            assert delivery.state == was or delivery.state in FOLLOWERS[was]
            self.before[number] = delivery.state


@contextmanager
def _emptied(ledger: Ledger, server: PostgresServer, database: str) -> Iterator[Ledger]:
    server.run(EMPTY, database)
    yield ledger


@contextmanager
def _in_memory() -> Iterator[Ledger]:
    yield MemoryLedger()


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """What opens a new ledger, every time it is called."""
    if request.param == "memory":
        yield _in_memory
    elif request.param == "sqlite":
        files = count()
        yield lambda: open_ledger(f"sqlite:///{tmp_path / str(next(files))}.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
        with open_ledger(url) as ledger:
            yield lambda: _emptied(ledger, server, str(make_url(url).database))


def test_every_ledger_does_what_the_model_does(opened: Opened, request: pytest.FixtureRequest) -> None:
    examples = 300 if "memory" in request.node.name else 40
    how = settings(max_examples=examples, stateful_step_count=40, deadline=None)
    run_state_machine_as_test(lambda: Promise(opened), settings=how)
