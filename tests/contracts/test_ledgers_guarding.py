"""What every ledger promises of halts, canaries, decisions by hand and the pace that workers share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from contracts.ledger_world import (
    ANNA,
    BEN,
    EDITION,
    LAST_WEEK,
    LATER,
    MINUTE,
    NOW,
    Worker,
    enrolled,
    event,
    name,
    positions,
    states,
)

from campaigns.ground.delivery import State, Tally
from campaigns.ground.errors import LedgerError
from campaigns.ground.event import EventType
from campaigns.ground.pace import Pace
from campaigns.ground.receipt import Outcome
from campaigns.ports.entries import UNRENDERED, Responses, Standing
from campaigns.ports.ledger import Ledger

# halts


def test_an_edition_stands_open_at_first(ledger: Ledger) -> None:
    assert ledger.standing(EDITION) == Standing()
    enrolled(ledger, 1)
    assert ledger.standing(EDITION) == Standing()


def test_a_halted_edition_gives_nothing_until_it_is_resumed(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK):
        enrolled(ledger, 2, edition)
    worker = Worker(ledger)
    assert ledger.halt(EDITION, "too many bounce", NOW)
    assert ledger.standing(EDITION) == Standing(halted_at=NOW, halted_because="too many bounce")
    assert worker.claim() == worker.claim(ceiling=2) == []
    assert len(Worker(ledger, ANNA, LAST_WEEK).claim()) == 2
    assert ledger.resume(EDITION, LATER)
    assert ledger.standing(EDITION) == Standing(resumed_at=LATER)
    assert len(worker.claim()) == 2


def test_the_first_reason_stays(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    assert ledger.halt(EDITION, "too many bounce", NOW)
    assert not ledger.halt(EDITION, "and too many complain", LATER)
    assert ledger.standing(EDITION) == Standing(halted_at=NOW, halted_because="too many bounce")


def test_resuming_what_is_not_halted_changes_nothing(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    assert not ledger.resume(EDITION, NOW)
    assert ledger.standing(EDITION) == Standing()


def test_a_halt_lets_what_was_claimed_be_settled(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    worker = Worker(ledger)
    ids = worker.submitted()
    ledger.halt(EDITION, "enough", NOW)
    assert worker.settle(ids, Outcome.ACCEPTED) == frozenset()


def test_a_canary_ends_once(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    assert ledger.end_canary(EDITION, NOW) == NOW
    assert ledger.end_canary(EDITION, LATER) == NOW
    ledger.halt(EDITION, "enough", LATER)
    ledger.resume(EDITION, LATER + MINUTE)
    assert ledger.standing(EDITION) == Standing(resumed_at=LATER + MINUTE, canary_ended_at=NOW)


def test_an_unknown_edition_can_be_neither_halted_nor_resumed(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"does not know weekly_winddown/2026-W48: plan it"):
        ledger.halt(EDITION, "enough", NOW)
    with pytest.raises(LedgerError, match="plan it"):
        ledger.resume(EDITION, NOW)
    with pytest.raises(LedgerError, match="plan it"):
        ledger.end_canary(EDITION, NOW)
    with pytest.raises(LedgerError, match="plan it"):
        ledger.end_day(EDITION, NOW.date())
    with pytest.raises(LedgerError, match="plan it"):
        ledger.end_sending(EDITION, NOW)


def test_that_all_is_sent_is_noted_once_a_plan_and_edition(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK):
        enrolled(ledger, 1, edition)
    assert [ledger.end_sending(EDITION, at) for at in (NOW, NOW, LATER)] == [True, False, False]
    assert ledger.end_sending(LAST_WEEK, NOW)
    ledger.enrol(EDITION, "another plan", [], LATER)
    assert ledger.end_sending(EDITION, LATER)


def test_of_many_who_finish_together_one_notes_it(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    barrier = Barrier(4)

    def finish(_: int) -> bool:
        barrier.wait()
        return ledger.end_sending(EDITION, NOW)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(finish, range(4))) == [False, False, False, True]


def test_that_a_day_has_no_room_for_more_is_noted_once_a_day_and_edition(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK):
        enrolled(ledger, 1, edition)
    today, tomorrow = NOW.date(), NOW.date() + timedelta(days=1)
    assert [ledger.end_day(EDITION, day) for day in (today, today, tomorrow, today)] == [True, False, True, False]
    assert ledger.end_day(LAST_WEEK, today)


# how they fare


def test_responses_are_those_of_the_edition_s_claims(ledger: Ledger) -> None:
    enrolled(ledger, 12)
    enrolled(ledger, 2, LAST_WEEK)
    Worker(ledger, ANNA, LAST_WEEK).sent(Outcome.ACCEPTED, 2)
    worker = Worker(ledger)
    worker.sent(Outcome.ACCEPTED, 5)
    worker.sent(Outcome.REJECTED, 1)
    worker.sent(Outcome.REJECTED, 2, detail=f"{UNRENDERED}no such item")
    worker.sent(Outcome.UNCERTAIN, 1)
    worker.sent(Outcome.DEFERRED, 1)
    worker.submitted(1)
    ledger.record(
        [
            event(1, EventType.BOUNCED, 0),
            event(2, EventType.BOUNCED, 0),
            event(3, EventType.BOUNCED, 1, transient=True),
            event(4, EventType.COMPLAINED, 2),
            event(5, EventType.OPENED, 3),
            replace(event(6, EventType.BOUNCED), delivery_id=name(0, LAST_WEEK)),
        ]
    )
    assert ledger.responses(EDITION) == Responses(accepted=5, rejected=3, unrendered=2, bounced=1, complained=1)


def test_responses_can_be_asked_of_what_was_claimed_since_then(ledger: Ledger) -> None:
    enrolled(ledger, 9)
    worker = Worker(ledger)
    worker.sent(Outcome.ACCEPTED, 3)
    worker.sent(Outcome.REJECTED, 1, detail=UNRENDERED)
    worker.sent(Outcome.ACCEPTED, 2, LATER)
    ledger.record([event(1, EventType.BOUNCED, 0), event(2, EventType.BOUNCED, 4)])
    assert ledger.responses(EDITION, LATER) == Responses(accepted=2, bounced=1)
    assert ledger.responses(EDITION, NOW) == ledger.responses(EDITION) == Responses(5, 1, 1, 2)
    assert ledger.responses(EDITION, LATER + MINUTE) == Responses()


def test_who_was_never_claimed_has_not_responded(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    ledger.record([event(1, EventType.BOUNCED, 0)])
    Worker(ledger).claim(1)
    assert ledger.responses(EDITION) == Responses()


# by hand


def test_cancelling_spares_what_is_in_flight_and_what_is_settled(ledger: Ledger) -> None:
    enrolled(ledger, 6)
    enrolled(ledger, 1, LAST_WEEK)
    worker = Worker(ledger)
    worker.sent(Outcome.ACCEPTED)
    worker.sent(Outcome.DEFERRED)
    worker.submitted()
    worker.claim(1)
    assert ledger.cancel(EDITION, "wrong pictures", LATER) == 3
    assert ledger.tally(EDITION) == Tally(6, accepted=1, uncertain=1, waiting=1, cancelled=3, in_flight=2)
    assert {d.detail for d in ledger.deliveries(EDITION, State.CANCELLED)} == {"wrong pictures"}
    assert ledger.next_due(EDITION) is None
    assert ledger.cancel(EDITION, "wrong pictures", LATER) == 0
    assert ledger.tally(LAST_WEEK).waiting == 1


@pytest.mark.parametrize("to", [State.ACCEPTED, State.WAITING])
def test_a_person_settles_what_is_uncertain(ledger: Ledger, to: State) -> None:
    enrolled(ledger, 4)
    worker = Worker(ledger)
    worker.sent(Outcome.UNCERTAIN, 3)
    worker.submitted(1)
    assert ledger.resolve(EDITION, [name(0), name(3), "nobody's"], to, LATER) == 1
    assert states(ledger) == [to, State.UNCERTAIN, State.UNCERTAIN, State.SUBMITTING]
    assert ledger.resolve(EDITION, None, to, LATER) == 2
    assert states(ledger) == [to, to, to, State.SUBMITTING]
    assert {d.changed_at for d in ledger.deliveries(EDITION, to)} == {LATER}


def test_what_is_resolved_to_waiting_is_tried_again(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    Worker(ledger).sent(Outcome.UNCERTAIN)
    ledger.resolve(EDITION, None, State.WAITING, LATER)
    assert ledger.has_started(EDITION)
    (claim, _) = Worker(ledger, BEN).claim(now=LATER)
    assert (claim.position, claim.attempts) == (0, 2)


def test_nothing_of_another_edition_is_resolved(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK):
        enrolled(ledger, 1, edition)
        Worker(ledger, ANNA, edition).sent(Outcome.UNCERTAIN)
    assert ledger.resolve(EDITION, [name(0, LAST_WEEK)], State.ACCEPTED, NOW) == 0
    assert ledger.resolve(EDITION, None, State.ACCEPTED, NOW) == 1
    assert states(ledger, LAST_WEEK) == [State.UNCERTAIN]


@pytest.mark.parametrize("to", sorted(set(State) - {State.ACCEPTED, State.WAITING}))
def test_a_person_may_say_nothing_else(ledger: Ledger, to: State) -> None:
    with pytest.raises(ValueError, match="accepted or waiting"):
        ledger.resolve(EDITION, None, to, NOW)


# the pace


PACE = Pace(free_at=NOW, factor=0.75, factor_at=LATER, day=date(2026, 11, 28), spent=12)


def test_a_pace_is_what_it_was_changed_to(ledger: Ledger) -> None:
    seen: list[Pace | None] = []

    def change(pace: Pace | None) -> Pace:
        seen.append(pace)
        return PACE if pace is None else replace(pace, spent=pace.spent + 1)

    assert ledger.pace("ses", change) == PACE
    assert ledger.pace("ses", change) == replace(PACE, spent=13)
    assert ledger.pace("smtp", change) == PACE
    assert seen == [None, PACE, None]


def test_a_change_that_fails_changes_nothing(ledger: Ledger) -> None:
    def fail(pace: Pace | None) -> Pace:
        raise RuntimeError(f"on {pace}")

    ledger.pace("ses", lambda _: PACE)
    with pytest.raises(RuntimeError):
        ledger.pace("ses", fail)
    assert ledger.pace("ses", lambda pace: pace or replace(PACE, spent=0)) == PACE


def test_no_change_of_a_pace_is_lost_among_threads(ledger: Ledger) -> None:
    barrier = Barrier(4)

    def one_more(pace: Pace | None) -> Pace:
        return replace(pace, spent=pace.spent + 1) if pace else replace(PACE, spent=1)

    def spend(_: int) -> None:
        barrier.wait()
        for _ in range(25):
            ledger.pace("ses", one_more)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(spend, range(4)))
    assert ledger.pace("ses", lambda pace: pace or PACE).spent == 100


# many threads


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    enrolled(ledger, 200)
    barrier = Barrier(4)

    def work(number: int) -> list[int]:
        worker = Worker(ledger, f"anna/1/{number}")
        barrier.wait()
        taken: list[int] = []
        while claims := worker.claim(7, NOW):
            worker.settle(worker.submit(claims), Outcome.ACCEPTED)
            taken += positions(claims)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [position for part in pool.map(work, range(4)) for position in part]
    assert sorted(taken) == list(range(200))
    assert ledger.tally(EDITION) == Tally(planned=200, accepted=200)
    assert ledger.responses(EDITION, NOW - timedelta(days=1)).accepted == 200


def test_threads_keep_a_ceiling_together(ledger: Ledger) -> None:
    enrolled(ledger, 100)
    barrier = Barrier(4)

    def work(number: int) -> int:
        barrier.wait()
        worker = Worker(ledger, f"anna/1/{number}")
        return sum(len(worker.claim(5, ceiling=42)) for _ in range(6))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 42
    assert ledger.taken(EDITION) == 42
