"""The dispatcher and one worker, with a ledger in memory and a sender that does as it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from threading import Event as Flag
from typing import Any, Self, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.dispatch.dispatcher import Dispatcher, Sent
from campaigns.dispatch.guards import Canary, Guards
from campaigns.dispatch.order import Ended, Order
from campaigns.dispatch.pacing import Rate
from campaigns.dispatch.timing import QuietHours, WarmUp
from campaigns.dispatch.worker import Worker
from campaigns.ground.contact import Contact
from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import (
    ConfigurationError,
    DeliveryError,
    GuardError,
    LedgerError,
    QuotaError,
    TemplateError,
    WinddownError,
)
from campaigns.ground.event import Event, EventType
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.plan_row import PlanRow
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.plan.reading import Plan
from campaigns.ports.clock import Stopwatch
from campaigns.ports.entries import Assignment, Delivery, Enrolment, Lease, Span
from campaigns.ports.meter import Landed, Meter, Unmetered
from campaigns.ports.progress import Silent
from campaigns.ports.sender import Allowance
from campaigns.senders.memory import MemorySender, accept_all
from campaigns.senders.stopping import stop
from campaigns.store.memory import MemoryLedger

EDITION = Edition("weekly_winddown", 2026, 47)
DUE = datetime(2026, 11, 21, 18, tzinfo=UTC)
ORDER = Order(give_up_after=timedelta(hours=36), retry_after=timedelta(minutes=15), max_attempts=3)
HOST = "here"


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


class Notes(Silent):
    """Keeps what it is told in passing."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, sentence: str) -> None:
        self.told.append(sentence)


class Loud:
    """A notifier that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)


class Heard(Unmetered):
    """A meter that keeps what it is told."""

    def __init__(self) -> None:
        self.batches: list[Landed] = []
        self.stood: list[Tally] = []

    def landed(self, batch: Landed) -> None:
        self.batches.append(batch)

    def stands(self, edition: Edition, tally: Tally, *, halted: bool) -> None:
        assert (edition, halted) == (EDITION, False)
        self.stood.append(tally)


@dataclass
class World:
    """One edition's plan, ledger and clock."""

    plan: MemoryPlan
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: datetime = DUE
    progress: Notes = field(default_factory=Notes)
    loud: Loud = field(default_factory=Loud)

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

    def worker(
        self, sender: MemorySender, order: Order = ORDER, owner: str = f"{HOST}/1/1", **more: Any
    ) -> Worker:
        return Worker(
            EDITION,
            cast("Plan", self.plan),
            more.pop("renderer", Letters()),
            sender,
            self.ledger,
            order,
            lambda: self.now,
            owner,
            **more,
        )

    def run(self, sender: MemorySender, order: Order = ORDER, **more: Any) -> Sent:
        meter: Meter = more.pop("meter", Unmetered())

        def crew(step: Callable[[Landed], None]) -> Ended:
            return self.worker(sender, order, step=step, notifier=self.loud, **more).run()

        return Dispatcher(
            EDITION, sender, self.ledger, order, lambda: self.now, self.progress, HOST, crew, self.loud, meter
        ).run()

    def send(self, script: Callable[[Message], Outcome] = accept_all, **more: Any) -> MemorySender:
        sender = MemorySender(script, batch_size=more.pop("batch_size", 4))
        self.run(sender, **more)
        return sender

    @property
    def ten_seconds_each(self) -> Stopwatch:
        """Real time in which every message that is settled takes so long."""

        def now() -> datetime:
            tally = self.ledger.tally(EDITION)
            return DUE + timedelta(seconds=10 * (tally.accepted + tally.rejected))

        return Stopwatch(now, lambda _: None)

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
    assert (world.deliveries()[1].due_at, world.deliveries()[1].retry_at) == (DUE, DUE + ORDER.retry_after)
    world.now += ORDER.retry_after - timedelta(seconds=1)
    assert numbers(world.send()) == []
    world.now += timedelta(seconds=1)
    assert numbers(world.send()) == [1]


def test_who_is_deferred_too_often_is_rejected_and_it_says_why() -> None:
    world = people(1)
    for attempt in range(ORDER.max_attempts):
        assert world.states() == ["waiting"]
        world.send(only(0, Outcome.DEFERRED))
        world.now += ORDER.retry_after * 2**attempt
    assert numbers(world.send()) == []
    delivery = world.deliveries()[0]
    assert (delivery.state, delivery.detail, delivery.attempts) == (State.REJECTED, "tried too often", 3)


def test_what_would_come_too_late_is_cancelled_before_anybody_is_asked() -> None:
    world = World.of([row(0, DUE - timedelta(minutes=1)), row(1)])
    world.now = DUE + ORDER.give_up_after
    assert numbers(world.send()) == [1]
    assert (world.deliveries()[0].state, world.deliveries()[0].detail) == (State.CANCELLED, "waited too long")


class Closed(MemorySender):
    """A provider that does not let us in."""

    def __enter__(self) -> Self:
        raise ConfigurationError("the password was refused")


def test_a_provider_that_does_not_let_us_in_costs_nobody_anything() -> None:
    world = people(3)
    with pytest.raises(ConfigurationError, match="password"):
        world.run(Closed())
    assert {(d.state, d.attempts) for d in world.deliveries().values()} == {(State.WAITING, 0)}


def test_a_provider_is_not_asked_where_nothing_is_due() -> None:
    world = World.of([row(0, DUE + timedelta(hours=1))])
    assert world.run(Closed()).tally.waiting == 1


def down(*_: object) -> Outcome:
    raise DeliveryError("the server is down", provider="memory")


def test_a_provider_that_takes_nothing_leaves_everybody_waiting_as_if_never_tried() -> None:
    world = people(6)
    world.send(only(-1, Outcome.ACCEPTED), stopping=iter([False, False, True]).__next__)
    with pytest.raises(DeliveryError, match="down"):
        world.send(down)
    assert world.states() == ["accepted"] * 4 + ["waiting"] * 2
    assert [world.deliveries()[n].attempts for n in (4, 5)] == [0, 0]
    assert numbers(world.send()) == [4, 5]


def test_what_cannot_be_rendered_halts_the_send_and_the_rest_of_its_batch_waits() -> None:
    """The check has rendered everything: that it fails now is a fault to be mended, not one person's bad luck."""
    world = people(10)
    sent = world.run(MemorySender(batch_size=4), renderer=Letters(unable=[5]))
    assert sent.ended is Ended.HALTED
    assert f"(the first: delivery {5:032x}, body.mjml, line 3: this is empty here)" in sent.sentence
    assert world.loud.told == [sent.sentence]
    assert world.states() == ["accepted"] * 4 + ["waiting", "rejected"] + ["waiting"] * 4
    assert {world.deliveries()[n].attempts for n in (4, 6, 7, 8, 9)} == {0}
    world.now = DUE + timedelta(minutes=5)
    world.ledger.resume(EDITION, world.now)
    assert numbers(world.send()) == [4, 6, 7, 8, 9]


def test_while_a_batch_is_under_way_the_next_is_rendered() -> None:
    rendered = Flag()

    class Waiting(MemorySender):
        def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
            assert numbers(self) or rendered.wait(timeout=10), "nobody rendered the second batch meanwhile"
            return super().send(batch)

    class Telling(Letters):
        def render(self, row: PlanRow) -> Message:
            if row.position == 4:
                rendered.set()
            return super().render(row)

    world, sender = people(8), Waiting(batch_size=4)
    world.run(sender, renderer=Telling())
    assert numbers(sender) == list(range(8))


class Meeting(MemorySender):
    """A provider whose first two calls wait for each other."""

    def __init__(self, script: Callable[[Message], Outcome] = accept_all, **more: Any) -> None:
        super().__init__(script, calls_at_once=2, **more)
        self._both_there = Barrier(2, timeout=10)
        self._calls = count()

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        if next(self._calls) < 2:
            self._both_there.wait()
        return super().send(batch)


def test_two_batches_are_under_way_at_once_where_the_sender_can() -> None:
    world, sender = people(40), Meeting(batch_size=4)
    steps: list[Landed] = []
    world.worker(sender, step=steps.append).run()
    assert sorted(numbers(sender)) == list(range(40))
    assert world.states() == ["accepted"] * 40
    assert [batch.messages for batch in steps] == [4] * 10


def test_what_is_under_way_is_settled_and_told_when_a_worker_is_stopped() -> None:
    world, sender = people(40), Meeting(batch_size=4)
    steps: list[Landed] = []
    stops = iter([False] * 3 + [True] * 10).__next__
    assert world.worker(sender, step=steps.append, stopping=stops).run() is Ended.STOPPED
    assert [batch.messages for batch in steps] == [4] * (len(sender.messages) // 4)
    assert world.states().count("accepted") == len(sender.messages)
    assert set(world.states()) == {"accepted", "waiting"}


def test_of_two_under_way_one_that_fails_leaves_the_other_settled() -> None:
    def half(message: Message) -> Outcome:
        return Outcome.ACCEPTED if int(message.delivery_id, 16) >= 4 else down()

    world, sender = people(40), Meeting(half, batch_size=4)
    with pytest.raises(DeliveryError, match="down"):
        world.worker(sender).run()
    assert set(numbers(sender)) >= {4, 5, 6, 7}
    assert world.states().count("accepted") == len(sender.messages)
    assert set(world.states()) == {"accepted", "waiting"}


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
        world.run(Full(batch_size=4))
    assert world.states() == ["accepted"] * 6 + ["waiting"] * 4
    assert {(world.deliveries()[n].attempts, world.deliveries()[n].due_at) for n in range(6, 10)} == {(0, DUE)}
    assert numbers(world.send()) == [6, 7, 8, 9]


def test_it_stops_between_batches_when_asked() -> None:
    world = people(10)
    assert numbers(world.send(stopping=iter([False, False, False, True]).__next__)) == list(range(8))
    assert world.states() == ["accepted"] * 8 + ["waiting"] * 2


def dies_at(world: World, when: str) -> None:
    """A process of this host that took two, and was killed before or after it began to hand them over."""
    lease = Lease(f"{HOST}/0/1", DUE + ORDER.lease)
    claims = world.ledger.claim(EDITION, lease, 2, DUE, due=[Span(DUE - ORDER.give_up_after, DUE)])
    if when == "submitting":
        world.ledger.submit(EDITION, lease, [claim.delivery_id for claim in claims], DUE)


def test_what_a_dead_process_was_handing_over_is_uncertain_and_not_sent() -> None:
    world = people(6)
    dies_at(world, "submitting")
    assert numbers(world.send()) == [2, 3, 4, 5]
    assert world.states()[:2] == ["uncertain", "uncertain"]
    assert "2 messages" in world.progress.told[0]
    assert "winddown resolve" in world.progress.told[0]


def test_what_a_dead_process_had_only_claimed_is_sent_because_no_byte_had_left() -> None:
    world = people(6)
    dies_at(world, "claimed")
    assert numbers(world.send()) == [0, 1, 2, 3, 4, 5]
    assert world.progress.told == []


def test_an_error_that_nobody_foresaw_leaves_the_batch_claimed() -> None:
    """It may have left: the next run calls it uncertain, and does not send it again. The others wait."""
    world = people(6)

    def broken(message: Message) -> Outcome:
        raise ZeroDivisionError(message.delivery_id)

    with pytest.raises(ZeroDivisionError):
        world.send(broken)
    assert world.states() == ["submitting"] * 4 + ["waiting"] * 2
    assert numbers(world.send()) == [4, 5]
    assert world.states()[:4] == ["uncertain"] * 4


class Forgetful(MemoryLedger):
    """A ledger that cannot write receipts down."""

    def settle(self, *_: object, **__: object) -> frozenset[str]:
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

    world.run(Counting(batch_size=4))
    assert sizes == [4, 4, 2]


def test_the_plan_is_read_in_stretches_not_by_batches() -> None:
    world = people(2_500)
    world.send(batch_size=100)
    assert world.plan.reads == 3


# guards


def rejecting_from(first: int) -> Callable[[Message], Outcome]:
    return lambda m: Outcome.REJECTED if int(m.delivery_id, 16) >= first else Outcome.ACCEPTED


GUARDED = replace(ORDER, guards=Guards(max_rejected=0.1, heed_from=20))


def test_a_send_that_goes_wrong_is_halted_early_and_people_are_told_once() -> None:
    world = people(40)
    sent = world.run(MemorySender(rejecting_from(8), batch_size=1), GUARDED, stopwatch=world.ten_seconds_each)
    assert sent.ended is Ended.HALTED
    assert sent.tally.rejected == 3  # a tenth of twenty, and the one that tripped it
    assert "3 of 11 messages were rejected" in sent.sentence
    assert world.run(MemorySender(), GUARDED).ended is Ended.HALTED
    assert world.loud.told == [sent.sentence]
    assert sent.tally.waiting == 29


def test_a_halted_edition_goes_on_exactly_where_it_stopped_once_it_is_resumed() -> None:
    world = people(40)
    first = MemorySender(rejecting_from(8), batch_size=1)
    world.run(first, GUARDED, stopwatch=world.ten_seconds_each)
    world.now += timedelta(minutes=5)
    assert world.ledger.resume(EDITION, world.now)
    second = MemorySender()
    assert world.run(second, GUARDED).ended is Ended.DONE
    assert numbers(first) + numbers(second) == [*range(8), *range(11, 40)]


def test_what_is_halted_from_elsewhere_stops_within_the_second() -> None:
    world = people(40)

    def halting(message: Message) -> Outcome:
        if int(message.delivery_id, 16) == 5:
            world.ledger.halt(EDITION, "stop the presses", world.now)
        return Outcome.ACCEPTED

    sent = world.run(MemorySender(halting, batch_size=1), stopwatch=world.ten_seconds_each)
    assert (sent.ended, sent.sentence) == (Ended.HALTED, "stop the presses")
    assert sent.tally.accepted == 6


def test_a_canary_goes_out_alone_and_the_rest_follows_after_its_pause() -> None:
    world = people(30)
    order = replace(ORDER, guards=Guards(canary=Canary(7, timedelta(hours=1))))
    sent = world.run(MemorySender(batch_size=4), order)
    assert (sent.ended, sent.tally.accepted) == (Ended.CANARY, 7)
    assert "2026-11-21 19:00 UTC" in sent.sentence
    world.now += timedelta(minutes=59)
    assert world.run(MemorySender(), order).tally.accepted == 7
    world.now += timedelta(minutes=1)
    sent = world.run(MemorySender(), order)
    assert (sent.ended, sent.tally.accepted) == (Ended.DONE, 30)


def test_a_canary_whose_messages_bounce_is_the_last_of_them() -> None:
    world = people(30)
    order = replace(ORDER, guards=Guards(max_bounced=0.1, heed_from=10, canary=Canary(10, timedelta(hours=1))))
    world.run(MemorySender(), order)
    world.ledger.record(
        Event(f"e{n}", f"{n:032x}", EventType.BOUNCED, DUE + timedelta(minutes=9)) for n in range(2)
    )
    world.now += timedelta(hours=1)
    sent = world.run(MemorySender(), order)
    assert (sent.ended, sent.tally.accepted) == (Ended.HALTED, 10)
    assert "2 of 10 messages bounced" in sent.sentence


def test_a_halted_edition_says_so_without_asking_the_provider() -> None:
    world = people(5)
    world.ledger.halt(EDITION, "stop the presses", world.now)
    sent = world.run(Closed())
    assert (sent.ended, sent.sentence, sent.tally.waiting) == (Ended.HALTED, "stop the presses", 5)


def test_while_the_canary_is_looked_at_the_provider_is_not_asked_and_bounces_are_heeded() -> None:
    world = people(30)
    order = replace(ORDER, guards=Guards(max_bounced=0.1, heed_from=10, canary=Canary(10, timedelta(hours=1))))
    world.run(MemorySender(), order)
    assert world.run(Closed(), order).ended is Ended.CANARY
    world.ledger.record(
        Event(f"e{n}", f"{n:032x}", EventType.BOUNCED, DUE + timedelta(minutes=9)) for n in range(2)
    )
    sent = world.run(Closed(), order)
    assert sent.ended is Ended.HALTED
    assert world.loud.told == [sent.sentence]
    assert "2 of 10 messages bounced" in sent.sentence


def test_a_canary_as_large_as_the_edition_is_the_edition() -> None:
    world = people(5)
    order = replace(ORDER, guards=Guards(canary=Canary(9, timedelta(hours=1))))
    assert world.run(MemorySender(), order).tally.accepted == 5


def test_an_edition_with_more_people_than_it_may_have_is_not_begun() -> None:
    world = people(11)
    with pytest.raises(GuardError, match=r"11 people.*max_total.*10"):
        world.run(MemorySender(), replace(ORDER, guards=Guards(max_total=10)))
    assert world.states() == ["waiting"] * 11


def test_some_may_fail_to_be_rendered_where_that_is_allowed() -> None:
    world = people(10)
    order = replace(ORDER, guards=Guards(max_unrendered=2))
    assert numbers(world.send(order=order, renderer=Letters(unable=[3, 7]))) == [0, 1, 2, 4, 5, 6, 8, 9]
    assert world.deliveries()[3].detail == "not rendered: body.mjml, line 3: this is empty here"
    assert world.states()[7] == "rejected"


def test_what_could_not_be_rendered_is_never_uncertain_though_the_provider_fails() -> None:
    class Gone(MemorySender):
        def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
            raise DeliveryError(f"it takes none of {len(batch)}", provider=self.name)

    world = people(3)
    with pytest.raises(DeliveryError):
        world.run(Gone(), replace(ORDER, guards=Guards(max_unrendered=2)), renderer=Letters(unable=[1]))
    assert world.states() == ["waiting", "rejected", "waiting"]


def test_more_of_them_halt_the_edition() -> None:
    world = people(40)
    order = replace(ORDER, guards=Guards(max_unrendered=2))
    sent = world.run(
        MemorySender(batch_size=1), order, renderer=Letters(unable=range(5, 40)), stopwatch=world.ten_seconds_each
    )
    assert (sent.ended, sent.tally.accepted, sent.tally.rejected) == (Ended.HALTED, 5, 3)


# pace


class Hours:
    """Real time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.moment, self.slept = DUE, 0.0

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.moment += timedelta(seconds=seconds)

    @property
    def stopwatch(self) -> Stopwatch:
        return Stopwatch(self.now, self.sleep)


def test_a_rate_is_kept_by_sleeping() -> None:
    world, hours = people(100), Hours()
    sent = world.run(MemorySender(), replace(ORDER, rate=Rate(10)), stopwatch=hours.stopwatch)
    assert sent.tally.accepted == 100
    assert hours.slept == pytest.approx(10, rel=0.05)


class Allowing(MemorySender):
    """A provider with a limit of its own."""

    allowance = Allowance(per_second=5, remaining=30)


def test_the_provider_s_own_limits_are_kept_and_its_day_ends_in_good_order() -> None:
    world, hours = people(100), Hours()
    sent = world.run(Allowing(), replace(ORDER, rate=Rate(10)), stopwatch=hours.stopwatch)
    assert (sent.ended, sent.tally.accepted, sent.tally.waiting) == (Ended.QUOTA, 30, 70)
    assert sent.tally.in_flight == 0
    assert "tomorrow" in sent.sentence
    assert hours.slept == pytest.approx(6, rel=0.05)


class Spent(MemorySender):
    """A provider whose day is over after so many."""

    room = 8

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        if len(self.messages) >= self.room:
            raise QuotaError("memory: the quota is used up", provider="memory")
        return super().send(batch)


class SpentAlready(Spent):
    """A provider that lets us in and takes nothing more today."""

    room = 0


@pytest.mark.parametrize(
    ("sender", "order"),
    [
        pytest.param(Spent, ORDER, id="the-provider-says-so"),
        pytest.param(MemorySender, replace(ORDER, rate=Rate(per_day=8)), id="our-own-number"),
        pytest.param(MemorySender, replace(ORDER, warm_up=WarmUp(DUE.date(), (8, 8))), id="the-warm-up-s"),
    ],
)
def test_that_the_day_is_used_up_people_are_told_once_a_day(sender: type[MemorySender], order: Order) -> None:
    world, hours = people(20), Hours()
    first = world.run(sender(batch_size=4), order, stopwatch=hours.stopwatch)
    assert (first.ended, first.tally.accepted, first.tally.waiting) == (Ended.QUOTA, 8, 12)
    assert "the day's number of recipients is used up, and 12 messages wait" in first.sentence
    for _ in range(2):
        assert world.run(SpentAlready(), order, stopwatch=hours.stopwatch).sentence == first.sentence
        assert world.loud.told == [first.sentence]
    world.now += timedelta(days=1)
    hours.moment += timedelta(days=1)
    assert world.run(SpentAlready(), order, stopwatch=hours.stopwatch).ended is Ended.QUOTA
    assert world.loud.told == [first.sentence] * 2


def test_that_all_is_sent_is_told_once_and_counted() -> None:
    world = people(5)
    for _ in range(2):
        assert world.run(MemorySender(only(3, Outcome.REJECTED))).ended is Ended.DONE
    assert world.loud.told == [
        f"{EDITION} is sent: of 5 messages 4 accepted, 1 rejected, 0 uncertain, 0 cancelled, none waiting"
    ]


def test_whoever_has_uncertain_ones_is_told_where_to_look() -> None:
    world = people(5)
    world.run(MemorySender(only(3, Outcome.UNCERTAIN)))
    (told,) = world.loud.told
    assert told.endswith(f"none waiting; `winddown resolve {EDITION.campaign}` shows the uncertain")


def test_nothing_is_told_while_somebody_still_waits() -> None:
    world = people(5)
    world.run(MemorySender(only(3, Outcome.DEFERRED)))
    assert world.ledger.tally(EDITION).waiting == 1
    assert world.loud.told == []


def test_a_meter_hears_of_every_batch_and_where_the_edition_stands() -> None:
    world, meter = people(10), Heard()
    world.run(MemorySender(only(3, Outcome.REJECTED), batch_size=4), meter=meter)
    assert [(batch.accepted, batch.rejected) for batch in meter.batches] == [(3, 1), (4, 0), (2, 0)]
    assert [(tally.waiting, tally.accepted) for tally in meter.stood] == [(10, 0), (0, 9)]


def test_a_warm_up_sends_its_number_a_day() -> None:
    world, hours = people(100), Hours()
    order = replace(ORDER, give_up_after=timedelta(days=9), warm_up=WarmUp(DUE.date(), (10, 25)))
    counts = []
    for _ in range(3):
        counts.append(world.run(MemorySender(), order, stopwatch=hours.stopwatch).tally.accepted)
        world.now += timedelta(days=1)
        hours.moment += timedelta(days=1)
    assert counts == [10, 35, 100]


def test_the_day_is_not_charged_with_what_did_not_leave() -> None:
    world = people(8)
    with pytest.raises(DeliveryError, match="down"):
        world.send(down, order=replace(ORDER, rate=Rate(per_day=6)))
    assert world.run(MemorySender(batch_size=4), replace(ORDER, rate=Rate(per_day=6))).tally.accepted == 6


def test_throttled_batches_go_again_slower_without_counting_as_attempts() -> None:
    world, hours, calls = people(20), Hours(), []

    class Throttling(MemorySender):
        def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
            calls.append(len(batch))
            if len(calls) <= 3:
                return [Receipt(m.delivery_id, Outcome.DEFERRED, tried=False, throttled=True) for m in batch]
            return super().send(batch)

    sent = world.run(Throttling(batch_size=20), replace(ORDER, random=lambda: 1.0), stopwatch=hours.stopwatch)
    assert sent.tally.accepted == 20
    assert calls == [20] * 4
    assert hours.slept == 0.5 + 1 + 2
    assert {delivery.attempts for delivery in world.deliveries().values()} == {1}


def test_a_provider_that_throttles_for_ever_is_left_alone() -> None:
    world, hours = people(20), Hours()

    class Throttling(MemorySender):
        def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
            return [Receipt(m.delivery_id, Outcome.DEFERRED, tried=False, throttled=True) for m in batch]

    with pytest.raises(DeliveryError, match="go slower"):
        world.run(Throttling(), stopwatch=hours.stopwatch)
    assert world.states() == ["waiting"] * 20


def test_in_quiet_hours_nothing_leaves_and_afterwards_it_does() -> None:
    world = people(5)
    order = replace(ORDER, quiet=QuietHours(timedelta(hours=4), timedelta(hours=13)))
    world.now = DUE + timedelta(hours=4)
    assert world.run(MemorySender(), order).tally.waiting == 5
    world.now = DUE + timedelta(hours=13)
    assert world.run(MemorySender(), order).tally.accepted == 5


# all together

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
            world.run(sender)
        tally = world.ledger.tally(EDITION)
        assert tally.balanced
        assert tally.planned == count
        world.now += 4 * ORDER.retry_after
    assert world.ledger.tally(EDITION).waiting == 0
    assert max(left.values(), default=0) <= 1
    settled = {d.delivery_id: d.state for d in world.deliveries().values()}
    assert all(left[key] == 1 for key, state in settled.items() if state is State.ACCEPTED)
    may_have_left = {State.ACCEPTED, State.UNCERTAIN, State.SUBMITTING}
    assert all(settled[key] in may_have_left for key, times in left.items() if times)
