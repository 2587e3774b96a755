"""The dispatcher, with a ledger in memory and a sender that does as it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.dispatch.dispatcher import Dispatcher, Limits
from campaigns.ground.contact import Contact
from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.errors import (
    ConfigurationError,
    DeliveryError,
    LedgerError,
    TemplateError,
    WinddownError,
)
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.plan_row import PlanRow
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.plan.reading import Plan
from campaigns.ports.ledger import Assignment, Delivery, Enrolment
from campaigns.ports.progress import Silent
from campaigns.senders.memory import MemorySender, accept_all
from campaigns.senders.stopping import stop
from campaigns.store.memory import MemoryLedger

EDITION = Edition("weekly_winddown", 2026, 47)
DUE = datetime(2026, 11, 21, 18, tzinfo=UTC)
LIMITS = Limits(give_up_after=timedelta(hours=36), retry_after=timedelta(minutes=15), max_attempts=3)


def row(number: int, due: datetime = DUE) -> PlanRow:
    contact = Contact(f"person{number}@example.com", None, "en", None, "Europe/London")
    return PlanRow(f"{number:032x}", number, f"u{number}", contact, "treatment", due, ())


@dataclass
class MemoryPlan:
    """A plan that counts how often it is read."""

    planned: Sequence[PlanRow]
    reads: int = 0

    def between(self, first: int, last: int) -> Sequence[PlanRow]:
        self.reads += 1
        return [row for row in self.planned if first <= row.position <= last]


class Letters:
    """A renderer that cannot write to some."""

    template_hash = "0"

    def __init__(self, unable: Iterable[int] = ()) -> None:
        self._unable = set(unable)

    def render(self, row: PlanRow) -> Message:
        if row.position in self._unable:
            raise TemplateError("body.mjml, line 3: this is empty here")
        return Message(
            row.delivery_id,
            Mailbox("hello@example.org"),
            None,
            Mailbox(row.contact.address),
            "Good night",
            "<p>Sleep well</p>",
            "Sleep well",
            (),
        )


@dataclass
class World:
    """One edition's plan, ledger and clock."""

    plan: MemoryPlan
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: datetime = DUE

    @classmethod
    def of(cls, rows: Sequence[PlanRow]) -> World:
        world = cls(MemoryPlan(rows))
        enrolments = [
            (
                Enrolment(row.delivery_id, row.position, row.user_id, f"key-{row.user_id}", row.send_at),
                Assignment(row.user_id, "picks", "treatment", 1, "salt", "randomised"),
            )
            for row in rows
        ]
        world.ledger.enrol(EDITION, "hash", enrolments, DUE - timedelta(days=1))
        return world

    def dispatcher(self, sender: MemorySender, **more: Any) -> Dispatcher:
        return Dispatcher(
            EDITION,
            cast("Plan", self.plan),
            more.pop("renderer", Letters()),
            sender,
            self.ledger,
            LIMITS,
            lambda: self.now,
            Silent(),
            **more,
        )

    def send(self, script: Callable[[Message], Outcome] = accept_all, **more: Any) -> MemorySender:
        sender = MemorySender(script, batch_size=more.pop("batch_size", 4))
        self.dispatcher(sender, **more).run()
        return sender

    def deliveries(self) -> Mapping[int, Delivery]:
        return dict(enumerate(self.ledger.deliveries(EDITION)))

    def states(self) -> list[str]:
        return [delivery.state.value for delivery in self.deliveries().values()]


def people(count: int) -> World:
    return World.of([row(number) for number in range(count)])


def only(unlucky: int, outcome: Outcome) -> Callable[[Message], Outcome]:
    return lambda message: outcome if int(message.delivery_id, 16) == unlucky else Outcome.ACCEPTED


def numbers(sender: MemorySender) -> list[int]:
    return [int(message.delivery_id, 16) for message in sender.messages]


def test_everybody_due_gets_one_in_the_plans_order() -> None:
    world = people(10)
    assert numbers(world.send()) == list(range(10))
    assert world.states() == ["accepted"] * 10
    assert numbers(world.send()) == []


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, "accepted"),
        (Outcome.REJECTED, "rejected"),
        (Outcome.UNCERTAIN, "uncertain"),
        (Outcome.DEFERRED, "waiting"),
    ],
)
def test_what_a_sender_knows_is_what_the_ledger_says(outcome: Outcome, state: str) -> None:
    world = people(6)
    world.send(only(2, outcome))
    assert world.states() == ["accepted", "accepted", state, "accepted", "accepted", "accepted"]


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNCERTAIN])
def test_what_is_settled_is_never_tried_again(outcome: Outcome) -> None:
    world = people(3)
    world.send(only(1, outcome))
    world.now += timedelta(hours=1)
    assert numbers(world.send()) == []


def test_the_deferred_wait_their_time_and_are_tried_again() -> None:
    world = people(3)
    world.send(only(1, Outcome.DEFERRED))
    assert world.deliveries()[1].due_at == DUE + LIMITS.retry_after
    world.now += LIMITS.retry_after - timedelta(seconds=1)
    assert numbers(world.send()) == []
    world.now += timedelta(seconds=1)
    assert numbers(world.send()) == [1]


def test_who_is_deferred_too_often_is_rejected_and_it_says_why() -> None:
    world = people(1)
    for _ in range(LIMITS.max_attempts):
        assert world.states() == ["waiting"]
        world.send(only(0, Outcome.DEFERRED))
        world.now += LIMITS.retry_after
    assert numbers(world.send()) == []
    delivery = world.deliveries()[0]
    assert (delivery.state, delivery.detail, delivery.attempts) == (State.REJECTED, "tried too often", 3)


def test_what_would_come_too_late_is_cancelled_before_anybody_is_asked() -> None:
    world = World.of([row(0, DUE - timedelta(minutes=1)), row(1)])
    world.now = DUE + LIMITS.give_up_after
    assert numbers(world.send()) == [1]
    assert (world.deliveries()[0].state, world.deliveries()[0].detail) == (State.CANCELLED, "waited too long")


class Closed(MemorySender):
    """A provider that does not let us in."""

    def __enter__(self) -> Self:
        raise ConfigurationError("the password was refused")


def test_a_provider_that_does_not_let_us_in_costs_nobody_anything() -> None:
    world = people(3)
    with pytest.raises(ConfigurationError, match="password"):
        world.dispatcher(Closed()).run()
    assert {(d.state, d.attempts) for d in world.deliveries().values()} == {(State.WAITING, 0)}


def test_a_provider_is_not_asked_where_nothing_is_due() -> None:
    world = World.of([row(0, DUE + timedelta(hours=1))])
    assert world.dispatcher(Closed()).run().waiting == 1


def down(*_: object) -> Outcome:
    raise DeliveryError("the server is down", provider="memory")


def test_a_provider_that_takes_nothing_leaves_everybody_waiting_as_if_never_tried() -> None:
    world = people(6)
    world.send(only(-1, Outcome.ACCEPTED), stopping=iter([False, True]).__next__)
    with pytest.raises(DeliveryError, match="down"):
        world.send(down)
    assert world.states() == ["accepted"] * 4 + ["waiting"] * 2
    assert [world.deliveries()[n].attempts for n in (4, 5)] == [0, 0]
    assert numbers(world.send()) == [4, 5]


def test_what_cannot_be_rendered_stops_the_send_and_its_batch_waits() -> None:
    """The check has rendered everything: that it fails now is a fault to be mended, not one person's bad luck."""
    world = people(10)
    with pytest.raises(TemplateError, match=r"body\.mjml, line 3"):
        world.send(renderer=Letters(unable=[5]))
    assert world.states() == ["accepted"] * 4 + ["waiting"] * 6
    assert {world.deliveries()[n].attempts for n in range(4, 10)} == {0}
    assert numbers(world.send()) == list(range(4, 10))


class Full(MemorySender):
    """A provider that stops in the middle of a batch, as `senders.stopping` has it."""

    room = 6

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        taken = batch[: self.room]
        self.room -= len(taken)
        return stop(batch, super().send(taken), DeliveryError("the disk is full", provider="memory"))


def test_those_whose_turn_never_came_wait_as_if_never_tried() -> None:
    world = people(10)
    with pytest.raises(DeliveryError, match="full"):
        world.dispatcher(Full(batch_size=4)).run()
    assert world.states() == ["accepted"] * 6 + ["waiting"] * 4
    assert {(world.deliveries()[n].attempts, world.deliveries()[n].due_at) for n in range(6, 10)} == {(0, DUE)}
    assert numbers(world.send()) == [6, 7, 8, 9]


def test_it_stops_between_batches_when_asked() -> None:
    world = people(10)
    assert numbers(world.send(stopping=iter([False, False, True]).__next__)) == list(range(8))
    assert world.states() == ["accepted"] * 8 + ["waiting"] * 2


def test_claims_of_a_dead_process_become_uncertain_and_are_not_sent() -> None:
    world = people(6)
    world.ledger.claim(EDITION, 2, DUE)
    assert numbers(world.send()) == [2, 3, 4, 5]
    assert world.states()[:2] == ["uncertain", "uncertain"]


def test_an_error_that_nobody_foresaw_leaves_the_batch_claimed() -> None:
    """It may have left: the next run calls it uncertain, and does not send it again."""
    world = people(6)

    def broken(message: Message) -> Outcome:
        raise ZeroDivisionError(message.delivery_id)

    with pytest.raises(ZeroDivisionError):
        world.send(broken)
    assert world.states() == ["claimed"] * 4 + ["waiting"] * 2
    assert numbers(world.send()) == [4, 5]
    assert world.states()[:4] == ["uncertain"] * 4


class Forgetful(MemoryLedger):
    """A ledger that cannot write receipts down."""

    def settle(self, edition: Edition, receipts: Sequence[Receipt], now: datetime, retry_at: datetime) -> None:
        del edition, receipts, now, retry_at
        raise LedgerError("the ledger is locked")


def test_a_ledger_that_fails_after_the_batch_left_makes_it_uncertain_not_double() -> None:
    world = people(3)
    world.ledger.__class__ = Forgetful
    with pytest.raises(LedgerError):
        world.send()
    world.ledger.__class__ = MemoryLedger
    assert numbers(world.send()) == []
    assert world.states() == ["uncertain"] * 3


def test_the_suppressed_are_cancelled_on_the_way() -> None:
    world = people(6)
    world.ledger.suppress([("key-u1", "complained"), ("key-u5", "bounced")], DUE)
    assert numbers(world.send(batch_size=2)) == [0, 2, 3, 4]
    assert [world.states()[n] for n in (1, 5)] == ["cancelled", "cancelled"]


def test_a_batch_is_never_larger_than_the_sender_takes() -> None:
    world, sizes = people(10), []

    class Counting(MemorySender):
        def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
            sizes.append(len(batch))
            return super().send(batch)

    world.dispatcher(Counting(batch_size=4)).run()
    assert sizes == [4, 4, 2]


def test_the_plan_is_read_in_stretches_not_by_batches() -> None:
    world = people(2_500)
    world.send(batch_size=100)
    assert world.plan.reads == 3


SCRIPTS = st.lists(st.sampled_from([*Outcome, "down", "broken", "dies"]), min_size=1, max_size=120)


@given(count=st.integers(1, 25), batch_size=st.integers(1, 7), script=SCRIPTS)
def test_whatever_happens_nobody_gets_two_and_everybody_is_accounted_for(
    count: int, batch_size: int, script: list[str]
) -> None:
    """Outcomes come as the script says, run after run; `broken` and `dies` end a run as bugs and kills do."""
    world, fate, left = people(count), iter(script), Counter[str]()

    def outcome(message: Message) -> Outcome:
        now = next(fate, Outcome.ACCEPTED)
        if now == "down" and sender.fresh:
            raise DeliveryError("down", provider="memory")
        sender.fresh = False
        if now == "dies":
            left[message.delivery_id] += 1
        if now in {"broken", "dies"}:
            raise ZeroDivisionError
        known = now if isinstance(now, Outcome) else Outcome.DEFERRED
        left[message.delivery_id] += known in {Outcome.ACCEPTED, Outcome.UNCERTAIN}
        return known

    class Fateful(MemorySender):
        fresh = True

        def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
            self.fresh = True
            return super().send(batch)

    for _ in range(200):
        if not world.ledger.tally(EDITION).waiting:
            break
        sender = Fateful(outcome, batch_size=batch_size)
        with suppress(WinddownError, ZeroDivisionError):
            world.dispatcher(sender).run()
        tally = world.ledger.tally(EDITION)
        assert tally.balanced
        assert tally.planned == count
        world.now += LIMITS.retry_after
    assert world.ledger.tally(EDITION).waiting == 0
    assert max(left.values(), default=0) <= 1
    settled = {d.delivery_id: d.state for d in world.deliveries().values()}
    assert all(left[key] == 1 for key, state in settled.items() if state is State.ACCEPTED)
    may_have_left = {State.ACCEPTED, State.UNCERTAIN, State.CLAIMED}
    assert all(settled[key] in may_have_left for key, times in left.items() if times)
