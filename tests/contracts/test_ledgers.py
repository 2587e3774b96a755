"""What every ledger promises, whatever it is kept in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.ground.delivery import State, Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError, LedgerError
from campaigns.ground.event import Event, EventType
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.ledger import Assignment, Claim, Enrolment, Ledger, Recorded
from campaigns.store.memory import MemoryLedger
from campaigns.store.opening import open_ledger

NOW = datetime(2026, 11, 28, 18, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
EDITION = Edition("weekly_winddown", 2026, 48)
LAST_WEEK = Edition("weekly_winddown", 2026, 47)
ELSEWHERE = Edition("monthly_letter", 2026, 48)

Rows = list[tuple[Enrolment, Assignment]]


def sqlite_ledger(folder: Path) -> Ledger:
    return open_ledger(f"sqlite:///{folder / 'ledger.db'}")


def memory_ledger(folder: Path) -> Ledger:
    del folder
    return MemoryLedger()


LEDGERS: Sequence[Callable[[Path], Ledger]] = (sqlite_ledger, memory_ledger)
"""Each kept in a folder of its own; another kind is one more function."""


@pytest.fixture(params=LEDGERS, ids=lambda make: make.__name__)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    made: Ledger = request.param(tmp_path)
    yield made
    if not isinstance(made, MemoryLedger):
        made.close()  # type: ignore[attr-defined]


def people(count: int, edition: Edition = EDITION, *, first: int = 0, due_at: datetime = NOW) -> Rows:
    return [
        (
            Enrolment(f"{edition}-{n}", n, f"user-{n}", f"address-{n}", due_at),
            Assignment(f"user-{n}", "picks", "treatment", n % 10_000, "salt", "randomised"),
        )
        for n in range(first, first + count)
    ]


def enrolled(ledger: Ledger, count: int, edition: Edition = EDITION, *, due_at: datetime = NOW) -> None:
    ledger.enrol(edition, "a plan", people(count, edition, due_at=due_at), NOW)


def receipts(claims: Sequence[Claim], outcome: Outcome) -> list[Receipt]:
    return [Receipt(claim.delivery_id, outcome) for claim in claims]


def settled(ledger: Ledger, outcome: Outcome, limit: int = 1, now: datetime = NOW) -> Sequence[Claim]:
    claims = ledger.claim(EDITION, limit, now)
    ledger.settle(EDITION, receipts(claims, outcome), now, now + timedelta(minutes=10))
    return claims


def states(ledger: Ledger, edition: Edition = EDITION) -> list[State]:
    return [delivery.state for delivery in ledger.deliveries(edition)]


def event(number: int, kind: EventType, delivery: int = 0, at: datetime = LATER) -> Event:
    return Event(f"event-{number}", f"{EDITION}-{delivery}", kind, at)


# enrolment


def test_everybody_enrolled_waits(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    assert ledger.tally(EDITION) == Tally(planned=3, waiting=3)
    assert ledger.plan_hash(EDITION) == "a plan"
    assert [(d.delivery_id, d.user_id, d.due_at, d.changed_at) for d in ledger.deliveries(EDITION)] == [
        (f"{EDITION}-{n}", f"user-{n}", NOW, NOW) for n in range(3)
    ]


def test_an_edition_that_was_never_enrolled_is_empty(ledger: Ledger) -> None:
    assert ledger.plan_hash(EDITION) is None
    assert ledger.tally(EDITION) == Tally()
    assert ledger.claim(EDITION, 10, NOW) == []
    assert ledger.next_due(EDITION) is None
    assert not ledger.has_started(EDITION)


def test_enrolling_the_same_plan_again_changes_nothing(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    settled(ledger, Outcome.ACCEPTED)
    enrolled(ledger, 3)
    assert ledger.tally(EDITION) == Tally(planned=3, accepted=1, waiting=2)


def test_another_plan_replaces_an_edition_that_has_not_started(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    enrolled(ledger, 2, LAST_WEEK)
    ledger.enrol(EDITION, "another", people(2, first=1), LATER)
    assert ledger.plan_hash(EDITION) == "another"
    assert [d.user_id for d in ledger.deliveries(EDITION)] == ["user-1", "user-2"]
    assert ledger.tally(LAST_WEEK) == Tally(planned=2, waiting=2)


@pytest.mark.parametrize("outcome", Outcome)
def test_another_plan_is_refused_once_a_provider_was_asked(ledger: Ledger, outcome: Outcome) -> None:
    enrolled(ledger, 3)
    settled(ledger, outcome)
    assert ledger.has_started(EDITION)
    with pytest.raises(GuardError, match=r"weekly_winddown/2026-W48.*another plan"):
        ledger.enrol(EDITION, "another", people(2), NOW)
    assert ledger.plan_hash(EDITION) == "a plan"
    assert ledger.tally(EDITION).planned == 3


def test_another_plan_is_refused_while_a_batch_is_in_flight(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    ledger.claim(EDITION, 1, NOW)
    with pytest.raises(GuardError):
        ledger.enrol(EDITION, "another", people(2), NOW)


def test_an_enrolment_that_breaks_off_leaves_nothing_behind(ledger: Ledger) -> None:
    def broken() -> Iterator[tuple[Enrolment, Assignment]]:
        yield from people(2)
        raise RuntimeError("the plan file ends here")

    with pytest.raises(RuntimeError, match="ends here"):
        ledger.enrol(EDITION, "a plan", broken(), NOW)
    assert ledger.plan_hash(EDITION) is None
    assert list(ledger.deliveries(EDITION)) == []


@pytest.mark.parametrize("twice", ["delivery", "person", "delivery of another edition"])
def test_nobody_is_enrolled_twice(ledger: Ledger, twice: str) -> None:
    enrolled(ledger, 1, LAST_WEEK)
    (one, his), (other, hers) = people(2)
    if twice == "delivery":
        other = replace(other, delivery_id=one.delivery_id)
    elif twice == "person":
        other, hers = replace(other, user_id=one.user_id), replace(hers, user_id=his.user_id)
    else:
        other = replace(other, delivery_id=f"{LAST_WEEK}-0")
    with pytest.raises(LedgerError, match="named twice"):
        ledger.enrol(EDITION, "a plan", [(one, his), (other, hers)], NOW)
    assert ledger.tally(EDITION) == Tally()
    assert ledger.tally(LAST_WEEK) == Tally(planned=1, waiting=1)


# claiming


def test_claims_come_in_plan_order_and_never_twice(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", list(reversed(people(7))), NOW)
    taken = [[claim.position for claim in ledger.claim(EDITION, 3, NOW)] for _ in range(4)]
    assert taken == [[0, 1, 2], [3, 4, 5], [6], []]
    assert ledger.tally(EDITION) == Tally(planned=7, uncertain=7, in_flight=7)


def test_only_what_is_due_is_claimed(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", [*people(1, due_at=LATER), *people(2, first=1)], NOW)
    assert [claim.position for claim in ledger.claim(EDITION, 9, NOW)] == [1, 2]
    assert ledger.next_due(EDITION) == LATER
    assert ledger.claim(EDITION, 9, LATER - timedelta(microseconds=1)) == []
    assert [claim.position for claim in ledger.claim(EDITION, 9, LATER)] == [0]


def test_times_in_other_zones_are_the_same_instants(ledger: Ledger) -> None:
    from zoneinfo import ZoneInfo

    enrolled(ledger, 1, due_at=LATER.astimezone(ZoneInfo("Asia/Tokyo")))
    assert ledger.claim(EDITION, 1, NOW.astimezone(ZoneInfo("Pacific/Auckland"))) == []
    assert ledger.next_due(EDITION) == LATER
    assert len(ledger.claim(EDITION, 1, LATER.astimezone(ZoneInfo("America/New_York")))) == 1


def test_a_clock_that_goes_backwards_claims_nothing_early_and_nothing_twice(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", [*people(2), *people(2, first=2, due_at=LATER)], NOW)
    settled(ledger, Outcome.ACCEPTED, 2, LATER)
    assert ledger.claim(EDITION, 9, NOW) == []
    assert len(ledger.claim(EDITION, 9, LATER)) == 2


def test_editions_do_not_see_each_other(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK, ELSEWHERE):
        enrolled(ledger, 2, edition)
    assert {claim.delivery_id for claim in ledger.claim(EDITION, 9, NOW)} == {f"{EDITION}-0", f"{EDITION}-1"}
    assert ledger.tally(LAST_WEEK) == ledger.tally(ELSEWHERE) == Tally(planned=2, waiting=2)


def test_the_suppressed_are_cancelled_on_the_way_and_the_batch_is_filled_up(ledger: Ledger) -> None:
    enrolled(ledger, 8)
    ledger.suppress([(f"address-{n}", "unsubscribed") for n in (0, 1, 2, 5)], NOW)
    assert [claim.position for claim in ledger.claim(EDITION, 3, NOW)] == [3, 4, 6]
    cancelled = [d for d in ledger.deliveries(EDITION) if d.state is State.CANCELLED]
    assert [d.detail for d in cancelled] == ["suppressed"] * 4
    assert [d.attempts for d in cancelled] == [0] * 4


def test_an_edition_of_suppressed_people_only_is_cancelled(ledger: Ledger) -> None:
    enrolled(ledger, 5)
    ledger.suppress([(f"address-{n}", "complained") for n in range(5)], NOW)
    assert ledger.claim(EDITION, 2, NOW) == []
    assert ledger.tally(EDITION) == Tally(planned=5, cancelled=5)


# settling


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, State.ACCEPTED),
        (Outcome.REJECTED, State.REJECTED),
        (Outcome.UNCERTAIN, State.UNCERTAIN),
        (Outcome.DEFERRED, State.WAITING),
    ],
)
def test_a_receipt_settles_its_claim(ledger: Ledger, outcome: Outcome, state: State) -> None:
    enrolled(ledger, 1)
    (claim,) = ledger.claim(EDITION, 1, NOW)
    receipt = Receipt(claim.delivery_id, outcome, provider_id="abc", status=250, detail="a word")
    ledger.settle(EDITION, [receipt], LATER, LATER + timedelta(minutes=5))
    (delivery,) = ledger.deliveries(EDITION)
    assert (delivery.state, delivery.attempts, delivery.changed_at) == (state, 1, LATER)
    assert (delivery.provider_id, delivery.status, delivery.detail) == ("abc", 250, "a word")


def test_the_deferred_wait_until_their_time_and_their_attempts_are_counted(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    for attempt in (1, 2, 3):
        now = NOW + timedelta(hours=attempt)
        (claim,) = ledger.claim(EDITION, 1, now)
        assert claim.attempts == attempt
        ledger.settle(EDITION, receipts([claim], Outcome.DEFERRED), now, now + timedelta(minutes=5))
        assert ledger.next_due(EDITION) == now + timedelta(minutes=5)
        assert ledger.claim(EDITION, 1, now) == []


@pytest.mark.parametrize("state", ["waiting", "settled", "unknown", "of another edition", "named twice"])
def test_a_receipt_for_what_is_not_claimed_is_refused_with_its_whole_batch(ledger: Ledger, state: str) -> None:
    enrolled(ledger, 4)
    enrolled(ledger, 1, LAST_WEEK)
    (done,) = settled(ledger, Outcome.REJECTED)
    (elsewhere,) = ledger.claim(LAST_WEEK, 1, NOW)
    (good,) = ledger.claim(EDITION, 1, NOW)
    bad = {
        "waiting": f"{EDITION}-3",
        "settled": done.delivery_id,
        "unknown": "nobody's",
        "of another edition": elsewhere.delivery_id,
        "named twice": good.delivery_id,
    }[state]
    before = states(ledger), states(ledger, LAST_WEEK)
    with pytest.raises(LedgerError, match="not claimed"):
        ledger.settle(EDITION, [*receipts([good], Outcome.ACCEPTED), Receipt(bad, Outcome.ACCEPTED)], NOW, NOW)
    assert (states(ledger), states(ledger, LAST_WEEK)) == before


def test_no_receipts_settle_nothing(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    ledger.settle(EDITION, [], NOW, NOW)
    ledger.release(EDITION, [], NOW)
    assert ledger.tally(EDITION) == Tally(planned=1, waiting=1)


def test_a_released_claim_was_never_made(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    claims = ledger.claim(EDITION, 2, NOW)
    ledger.release(EDITION, [claim.delivery_id for claim in claims], LATER)
    assert ledger.tally(EDITION) == Tally(planned=2, waiting=2)
    assert not ledger.has_started(EDITION)
    assert [claim.attempts for claim in ledger.claim(EDITION, 2, NOW)] == [1, 1]


def test_only_claims_can_be_released(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    (claim,) = settled(ledger, Outcome.ACCEPTED)
    with pytest.raises(LedgerError, match="not claimed"):
        ledger.release(EDITION, [claim.delivery_id], NOW)
    assert states(ledger) == [State.ACCEPTED]


def test_claims_of_a_dead_process_become_uncertain_and_stay_so(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    enrolled(ledger, 1, LAST_WEEK)
    ledger.claim(EDITION, 2, NOW)
    ledger.claim(LAST_WEEK, 1, NOW)
    assert ledger.abandon_claims(EDITION, LATER) == 2
    assert ledger.tally(EDITION) == Tally(planned=3, uncertain=2, waiting=1)
    assert ledger.tally(LAST_WEEK).in_flight == 1
    assert [claim.position for claim in ledger.claim(EDITION, 9, LATER)] == [2]
    assert ledger.abandon_claims(EDITION, LATER) == 1


def test_what_has_waited_too_long_is_cancelled_and_what_was_tried_too_often_rejected(ledger: Ledger) -> None:
    early, late = NOW - timedelta(days=3), NOW
    ledger.enrol(EDITION, "a plan", [*people(2, due_at=early), *people(2, first=2, due_at=late)], NOW)
    claims = ledger.claim(EDITION, 3, NOW)
    ledger.settle(EDITION, receipts(claims[:1], Outcome.ACCEPTED), NOW, NOW)
    ledger.settle(EDITION, receipts(claims[2:], Outcome.DEFERRED), NOW, NOW)
    ledger.release(EDITION, [claims[1].delivery_id], NOW)
    assert ledger.expire(EDITION, NOW - timedelta(days=2), 1, LATER) == 2
    assert states(ledger) == [State.ACCEPTED, State.CANCELLED, State.REJECTED, State.WAITING]
    assert [d.detail for d in ledger.deliveries(EDITION)][1:3] == ["waited too long", "tried too often"]
    assert ledger.expire(EDITION, NOW - timedelta(days=2), 1, LATER) == 0


# reading


def test_recent_deliveries_are_those_that_left_or_may_have(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK, ELSEWHERE):
        enrolled(ledger, 5, edition)
    ledger.settle(
        LAST_WEEK, receipts(ledger.claim(LAST_WEEK, 1, NOW), Outcome.ACCEPTED), NOW + timedelta(days=9), NOW
    )
    ledger.claim(ELSEWHERE, 5, LATER)
    for outcome in Outcome:
        settled(ledger, outcome, now=LATER)
    ledger.claim(EDITION, 1, LATER + timedelta(hours=1))
    mine = [("2026-W48", "user-0", LATER), ("2026-W48", "user-3", LATER)]
    in_flight = [("2026-W48", "user-2", LATER + timedelta(hours=1))]
    assert sorted(ledger.recent_deliveries("weekly_winddown", LATER)) == sorted(mine + in_flight)
    assert len(list(ledger.recent_deliveries("weekly_winddown", NOW))) == 4


def test_a_slow_reader_keeps_nobody_from_writing(ledger: Ledger) -> None:
    enrolled(ledger, 20)
    reading = ledger.deliveries(EDITION)
    first = next(reading)
    assert settled(ledger, Outcome.ACCEPTED, 5)
    assert [first.delivery_id, *(d.delivery_id for d in reading)] == [f"{EDITION}-{n}" for n in range(20)]
    assert ledger.tally(EDITION).accepted == 5


# suppressions and events


def test_suppressions_are_kept_once(ledger: Ledger) -> None:
    assert ledger.suppress([("a", "bounced"), ("b", "bounced"), ("a", "complained")], NOW) == 2
    assert ledger.suppress(iter([("b", "complained"), ("c", "complained")]), NOW) == 1
    assert sorted(ledger.suppressed()) == ["a", "b", "c"]


def test_an_event_is_kept_once_however_often_it_comes(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    opened, clicked = event(1, EventType.OPENED), replace(event(2, EventType.CLICKED), item_id="7", machine=True)
    assert ledger.record([opened, clicked, opened]) == Recorded(new=2, known=1)
    assert ledger.record([clicked]) == Recorded(known=1)
    assert list(ledger.events(EDITION)) == [opened, clicked]


def test_events_come_by_time_and_by_edition(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    enrolled(ledger, 1, LAST_WEEK)
    times = [LATER + timedelta(minutes=m) for m in (5, 1, 3)]
    ledger.record([event(n, EventType.OPENED, n, at) for n, at in enumerate(times)])
    assert [e.delivery_id for e in ledger.events(EDITION)] == [f"{EDITION}-{n}" for n in (1, 2, 0)]
    assert list(ledger.events(LAST_WEEK)) == []


def test_events_of_unknown_deliveries_are_counted_and_not_lost(ledger: Ledger) -> None:
    stray = event(1, EventType.BOUNCED, 0)
    assert ledger.record([stray]) == Recorded(new=1, unknown=1)
    enrolled(ledger, 1)
    assert list(ledger.events(EDITION)) == [stray]
    assert ledger.record([stray]) == Recorded(known=1)


@pytest.mark.parametrize("kind", EventType)
def test_bounces_complaints_and_unsubscribes_suppress_the_address_at_once(ledger: Ledger, kind: EventType) -> None:
    enrolled(ledger, 2, LAST_WEEK)
    enrolled(ledger, 2)
    suppressing = kind in {EventType.BOUNCED, EventType.COMPLAINED, EventType.UNSUBSCRIBED}
    last_week = replace(event(1, kind), delivery_id=f"{LAST_WEEK}-1")
    assert ledger.record([last_week]) == Recorded(new=1, suppressed=int(suppressing))
    assert [claim.position for claim in ledger.claim(EDITION, 9, NOW)] == ([0] if suppressing else [0, 1])


def test_two_complaints_about_one_address_suppress_it_once(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    assert ledger.record([event(1, EventType.BOUNCED), event(2, EventType.COMPLAINED)]).suppressed == 1
    assert ledger.record([event(3, EventType.UNSUBSCRIBED)]).suppressed == 0


PROVEN = {
    EventType.ACCEPTED: State.ACCEPTED,
    EventType.DELIVERED: State.ACCEPTED,
    EventType.DEFERRED: State.UNCERTAIN,
    EventType.BOUNCED: State.ACCEPTED,
    EventType.COMPLAINED: State.ACCEPTED,
    EventType.OPENED: State.ACCEPTED,
    EventType.CLICKED: State.ACCEPTED,
    EventType.UNSUBSCRIBED: State.ACCEPTED,
    EventType.REJECTED: State.REJECTED,
}


@pytest.mark.parametrize(("kind", "state"), PROVEN.items())
def test_an_event_settles_what_was_uncertain(ledger: Ledger, kind: EventType, state: State) -> None:
    enrolled(ledger, 2)
    settled(ledger, Outcome.UNCERTAIN, 2)
    ledger.record([event(1, kind)])
    assert states(ledger) == [state, State.UNCERTAIN]


@pytest.mark.parametrize(("kind", "state"), PROVEN.items())
def test_an_event_that_came_before_the_crash_was_noticed_settles_too(
    ledger: Ledger, kind: EventType, state: State
) -> None:
    enrolled(ledger, 2)
    ledger.claim(EDITION, 2, NOW)
    ledger.record([event(1, kind)])
    assert states(ledger) == [State.CLAIMED, State.CLAIMED]
    assert ledger.abandon_claims(EDITION, NOW) == 2
    assert states(ledger) == [state, State.UNCERTAIN]


def test_an_event_that_was_quicker_than_its_receipt_settles_too(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    claims = ledger.claim(EDITION, 1, NOW)
    ledger.record([event(1, EventType.DELIVERED)])
    ledger.settle(EDITION, receipts(claims, Outcome.UNCERTAIN), NOW, NOW)
    assert states(ledger) == [State.ACCEPTED]


def test_delivered_proves_more_than_rejected(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    claims = ledger.claim(EDITION, 1, NOW)
    ledger.record([event(1, EventType.REJECTED), event(2, EventType.DELIVERED)])
    ledger.settle(EDITION, receipts(claims, Outcome.UNCERTAIN), NOW, NOW)
    assert states(ledger) == [State.ACCEPTED]


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.DEFERRED])
@pytest.mark.parametrize("kind", EventType)
def test_no_event_moves_what_is_certain(ledger: Ledger, outcome: Outcome, kind: EventType) -> None:
    enrolled(ledger, 1)
    settled(ledger, outcome)
    before = states(ledger)
    ledger.record([event(1, kind)])
    assert states(ledger) == before
