"""What every ledger promises of claims: in order, when due, once, not to the suppressed, and never too many."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from contracts.ledger_world import (
    ANNA,
    BEN,
    EDITION,
    ELSEWHERE,
    LAST_WEEK,
    LATER,
    MINUTE,
    NOW,
    Worker,
    enrolled,
    name,
    people,
    positions,
    states,
)

from campaigns.ground.delivery import State, Tally
from campaigns.ground.receipt import Outcome
from campaigns.ports.entries import Span
from campaigns.ports.ledger import Ledger


def test_claims_come_in_plan_order_and_never_twice(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", list(reversed(people(7))), NOW)
    workers = [Worker(ledger, ANNA), Worker(ledger, BEN)] * 2
    assert [positions(worker.claim(3)) for worker in workers] == [[0, 1, 2], [3, 4, 5], [6], []]
    assert ledger.tally(EDITION) == Tally(planned=7, waiting=7, in_flight=7)
    assert [d.owner for d in ledger.deliveries(EDITION)] == [ANNA] * 3 + [BEN] * 3 + [ANNA]


def test_only_what_is_due_is_claimed(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", [*people(1, due_at=LATER), *people(2, first=1)], NOW)
    worker = Worker(ledger)
    assert positions(worker.claim()) == [1, 2]
    assert ledger.next_due(EDITION) == LATER
    assert worker.claim(now=LATER - timedelta(microseconds=1)) == []
    assert positions(worker.claim(now=LATER)) == [0]


def test_only_what_falls_due_in_a_span_is_claimed(ledger: Ledger) -> None:
    dues = [NOW + n * MINUTE for n in range(6)]
    rows = [row for n, due in enumerate(dues) for row in people(1, first=n, due_at=due)]
    ledger.enrol(EDITION, "a plan", rows, NOW)
    worker = Worker(ledger)
    assert worker.claim(now=LATER, due=[]) == []
    spans = [Span(dues[3], dues[4]), Span(dues[0], dues[1])]  # the later first, as dispatch gives them
    assert positions(worker.claim(1, LATER, due=spans)) == [1]
    assert positions(worker.claim(9, LATER, due=spans)) == [4]
    assert positions(worker.claim(9, LATER, due=[Span(NOW - MINUTE, LATER)])) == [0, 2, 3, 5]


def test_of_several_due_times_the_earliest_goes_first(ledger: Ledger) -> None:
    rows = [*people(2, due_at=LATER), *people(2, first=2)]
    ledger.enrol(EDITION, "a plan", rows, NOW)
    assert [positions(Worker(ledger).claim(3, LATER)) for _ in range(2)] == [[0, 2, 3], [1]]


def test_times_in_other_zones_are_the_same_instants(ledger: Ledger) -> None:
    enrolled(ledger, 1, due_at=LATER.astimezone(ZoneInfo("Asia/Tokyo")))
    worker = Worker(ledger)
    assert worker.claim(now=NOW.astimezone(ZoneInfo("Pacific/Auckland"))) == []
    assert ledger.next_due(EDITION) == LATER
    assert len(worker.claim(now=LATER.astimezone(ZoneInfo("America/New_York")))) == 1


def test_a_clock_that_goes_backwards_claims_nothing_early_and_nothing_twice(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", [*people(2), *people(2, first=2, due_at=LATER)], NOW)
    worker = Worker(ledger)
    worker.sent(Outcome.ACCEPTED, 2, LATER)
    assert worker.claim(now=NOW) == []
    assert len(worker.claim(now=LATER)) == 2


def test_editions_do_not_see_each_other(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK, ELSEWHERE):
        enrolled(ledger, 2, edition)
    assert {claim.delivery_id for claim in Worker(ledger).claim()} == {name(0), name(1)}
    assert ledger.tally(LAST_WEEK) == ledger.tally(ELSEWHERE) == Tally(planned=2, waiting=2)


def test_the_suppressed_are_cancelled_on_the_way_and_the_batch_is_filled_up(ledger: Ledger) -> None:
    enrolled(ledger, 8)
    ledger.suppress([(f"address-{n}", "unsubscribed") for n in (0, 1, 2, 5)], NOW)
    assert positions(Worker(ledger).claim(3)) == [3, 4, 6]
    cancelled = list(ledger.deliveries(EDITION, State.CANCELLED))
    assert [(d.delivery_id, d.detail, d.attempts) for d in cancelled] == [
        (name(n), "suppressed", 0) for n in (0, 1, 2, 5)
    ]
    assert ledger.taken(EDITION) == 3


def test_an_edition_of_suppressed_people_only_is_cancelled(ledger: Ledger) -> None:
    enrolled(ledger, 5)
    ledger.suppress([(f"address-{n}", "complained") for n in range(5)], NOW)
    assert Worker(ledger).claim(2) == []
    assert ledger.tally(EDITION) == Tally(planned=5, cancelled=5)


# trying again


def test_the_deferred_wait_until_their_time_and_their_attempts_are_counted(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    worker = Worker(ledger)
    for attempt in (1, 2, 3):
        now = NOW + timedelta(hours=attempt)
        (claim,) = worker.claim(now=now)
        assert claim.attempts == attempt
        worker.settle(worker.submit([claim], now), Outcome.DEFERRED, now, retry=now + 5 * MINUTE)
        assert ledger.next_due(EDITION) == now + 5 * MINUTE
        assert worker.claim(now=now + 5 * MINUTE - timedelta(microseconds=1)) == []


def test_waiting_again_does_not_change_when_a_delivery_was_due(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    Worker(ledger).sent(Outcome.DEFERRED)
    (delivery,) = ledger.deliveries(EDITION)
    assert (delivery.due_at, delivery.retry_at) == (NOW, NOW + 10 * MINUTE)
    span = [Span(NOW - MINUTE, NOW)]
    assert positions(Worker(ledger).claim(now=LATER, due=[Span(NOW, LATER)])) == []
    assert positions(Worker(ledger).claim(now=LATER, due=span)) == [0]


def test_nothing_is_tried_again_before_it_is_due(ledger: Ledger) -> None:
    enrolled(ledger, 1, due_at=LATER)
    worker = Worker(ledger)
    worker.settle(worker.submitted(1, LATER), Outcome.DEFERRED, NOW, retry=NOW + MINUTE)
    assert ledger.next_due(EDITION) == LATER
    assert worker.claim(now=NOW + 2 * MINUTE) == []


def test_those_tried_before_go_first(ledger: Ledger) -> None:
    enrolled(ledger, 6)
    worker = Worker(ledger)
    first, second = worker.submitted(2)
    worker.settle([first], Outcome.DEFERRED, retry=NOW + 2 * MINUTE)
    worker.settle([second], Outcome.DEFERRED, retry=NOW + MINUTE)
    assert positions(worker.claim(1, NOW + 2 * MINUTE)) == [1]
    assert positions(worker.claim(2, NOW + 2 * MINUTE)) == [0, 2]
    assert positions(worker.claim(9, NOW + 2 * MINUTE)) == [3, 4, 5]


# ceilings


def test_no_more_are_taken_than_the_ceiling_allows_whoever_takes_them(ledger: Ledger) -> None:
    enrolled(ledger, 9)
    assert positions(Worker(ledger, ANNA).claim(3, ceiling=5)) == [0, 1, 2]
    assert positions(Worker(ledger, BEN).claim(3, ceiling=5)) == [3, 4]
    assert Worker(ledger, ANNA).claim(3, ceiling=5) == []
    assert ledger.taken(EDITION) == 5
    assert positions(Worker(ledger, ANNA).claim(9, ceiling=None)) == [5, 6, 7, 8]


@pytest.mark.parametrize("outcome", Outcome)
def test_what_was_taken_counts_however_it_ended(ledger: Ledger, outcome: Outcome) -> None:
    enrolled(ledger, 9)
    Worker(ledger).sent(outcome, 2)
    assert ledger.taken(EDITION) == 2
    assert positions(Worker(ledger).claim(9, ceiling=3)) == [2]


def test_what_was_released_was_not_taken(ledger: Ledger) -> None:
    enrolled(ledger, 9)
    worker = Worker(ledger)
    worker.claim(2)
    ledger.release(EDITION, ANNA, NOW)
    worker.settle(worker.submitted(2), Outcome.DEFERRED, tried=False)
    assert ledger.taken(EDITION) == 0
    assert len(worker.claim(9, ceiling=2)) == 2


def test_a_canary_s_deferred_are_tried_again_under_the_ceiling(ledger: Ledger) -> None:
    enrolled(ledger, 9)
    Worker(ledger).sent(Outcome.DEFERRED, 2)
    assert positions(Worker(ledger).claim(9, LATER, ceiling=2)) == [0, 1]
    assert ledger.taken(EDITION) == 2


def test_the_suppressed_do_not_count_against_the_ceiling(ledger: Ledger) -> None:
    enrolled(ledger, 5)
    ledger.suppress([("address-0", "bounced"), ("address-2", "bounced")], NOW)
    assert positions(Worker(ledger).claim(9, ceiling=2)) == [1, 3]
    assert states(ledger)[4] is State.WAITING
