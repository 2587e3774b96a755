"""What every ledger promises of the two steps of handing over, and of processes that die between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from contracts.ledger_world import (
    ANNA,
    BEN,
    EDITION,
    LAST_WEEK,
    LATER,
    LEASE,
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
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Recovered
from campaigns.ports.ledger import Ledger

# submitting


def test_what_is_submitted_may_have_left(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    worker = Worker(ledger)
    claims = worker.claim(2)
    assert worker.submit(claims[:1], LATER) == {name(0)}
    assert states(ledger) == [State.SUBMITTING, State.CLAIMED, State.WAITING]
    assert ledger.tally(EDITION) == Tally(planned=3, uncertain=1, waiting=2, in_flight=2)
    assert [d.changed_at for d in ledger.deliveries(EDITION)] == [LATER, NOW, NOW]


def test_nothing_is_submitted_twice(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    worker = Worker(ledger)
    claims = worker.claim()
    assert worker.submit([*claims, *claims]) == {name(0)}
    assert worker.submit(claims) == frozenset()


@pytest.mark.parametrize("what", ["waiting", "settled", "unknown", "another's", "of another edition"])
def test_only_one_s_own_claims_are_submitted(ledger: Ledger, what: str) -> None:
    enrolled(ledger, 5)
    enrolled(ledger, 1, LAST_WEEK)
    worker = Worker(ledger)
    settled = worker.sent(Outcome.ACCEPTED)
    (others,) = Worker(ledger, BEN).claim(1)
    (mine,) = worker.claim(1)
    (elsewhere,) = Worker(ledger, ANNA, LAST_WEEK).claim(1)
    other = {
        "waiting": name(4),
        "settled": settled[0],
        "unknown": "nobody's",
        "another's": others.delivery_id,
        "of another edition": elsewhere.delivery_id,
    }[what]
    before = states(ledger), states(ledger, LAST_WEEK)
    assert worker.submit([mine, replace(mine, delivery_id=other)]) == {mine.delivery_id}
    before[0][2] = State.SUBMITTING
    assert (states(ledger), states(ledger, LAST_WEEK)) == before


def test_who_was_suppressed_after_the_claim_is_cancelled_and_not_handed_over(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    worker = Worker(ledger)
    claims = worker.claim()
    ledger.suppress([("address-1", "complained")], NOW)
    assert worker.submit(claims, LATER) == {name(0), name(2)}
    (cancelled,) = ledger.deliveries(EDITION, State.CANCELLED)
    assert (cancelled.delivery_id, cancelled.detail, cancelled.attempts) == (name(1), "suppressed", 0)
    assert cancelled.changed_at == LATER
    assert ledger.taken(EDITION) == 2


def test_submitting_renews_the_lease_of_everything_claimed(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    worker = Worker(ledger)
    claims = worker.claim(2, NOW)
    worker.submit(claims[:1], NOW + 14 * MINUTE)
    assert ledger.recover(EDITION, "charlie", NOW + 16 * MINUTE) == Recovered()
    assert ledger.recover(EDITION, "charlie", NOW + 14 * MINUTE + LEASE) == Recovered()
    assert ledger.recover(EDITION, "charlie", NOW + 15 * MINUTE + LEASE) == Recovered(waiting=1, uncertain=1)


def test_an_empty_batch_changes_nothing(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    worker = Worker(ledger)
    assert worker.submit([]) == frozenset()
    assert worker.settle([], Outcome.ACCEPTED) == frozenset()
    assert ledger.release(EDITION, ANNA, NOW) == 0
    assert ledger.tally(EDITION) == Tally(planned=1, waiting=1)


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
def test_a_receipt_settles_what_was_submitted(ledger: Ledger, outcome: Outcome, state: State) -> None:
    enrolled(ledger, 1)
    (submitted,) = Worker(ledger).submitted()
    receipt = Receipt(submitted, outcome, provider_id="abc", status=250, detail="a word: “naïve”")
    again = {submitted: LATER + 5 * MINUTE}
    assert ledger.settle(EDITION, ANNA, [receipt], LATER, again) == frozenset()
    (delivery,) = ledger.deliveries(EDITION)
    assert (delivery.state, delivery.attempts, delivery.changed_at) == (state, 1, LATER)
    assert (delivery.provider_id, delivery.status, delivery.detail) == ("abc", 250, "a word: “naïve”")
    assert delivery.owner == ANNA


def test_receipts_of_one_batch_may_differ(ledger: Ledger) -> None:
    enrolled(ledger, 5)
    worker = Worker(ledger)
    ids = worker.submitted(5)
    receipts = [
        *(Receipt(delivery_id, outcome) for delivery_id, outcome in zip(ids, Outcome, strict=False)),
        Receipt(ids[4], Outcome.DEFERRED, tried=False),
    ]
    ledger.settle(EDITION, ANNA, receipts, NOW, {ids[2]: LATER})
    assert states(ledger) == [
        State.ACCEPTED,
        State.REJECTED,
        State.WAITING,
        State.UNCERTAIN,
        State.WAITING,
    ]
    assert [d.attempts for d in ledger.deliveries(EDITION)] == [1, 1, 1, 1, 0]
    assert [d.retry_at for d in ledger.deliveries(EDITION)] == [None, None, LATER, None, None]


def test_the_untried_wait_as_if_they_had_never_been_claimed(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    worker = Worker(ledger)
    ids = worker.submitted(2)
    assert worker.settle(ids, Outcome.DEFERRED, tried=False) == frozenset()
    assert ledger.tally(EDITION) == Tally(planned=2, waiting=2)
    assert not ledger.has_started(EDITION)
    assert [claim.attempts for claim in worker.claim()] == [1, 1]


def test_the_untried_of_a_later_attempt_keep_the_attempts_before(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    worker = Worker(ledger)
    worker.sent(Outcome.DEFERRED)
    worker.settle(worker.submitted(1, LATER), Outcome.DEFERRED, LATER, tried=False)
    (delivery,) = ledger.deliveries(EDITION)
    assert (delivery.state, delivery.attempts, delivery.retry_at) == (State.WAITING, 1, NOW + 10 * MINUTE)
    assert ledger.taken(EDITION) == 1


@pytest.mark.parametrize("what", ["waiting", "claimed", "settled", "unknown", "another's", "of another edition"])
def test_receipts_are_taken_only_for_what_one_has_submitted(ledger: Ledger, what: str) -> None:
    enrolled(ledger, 6)
    enrolled(ledger, 1, LAST_WEEK)
    worker = Worker(ledger)
    settled = worker.sent(Outcome.REJECTED)
    (others,) = Worker(ledger, BEN).submitted(1)
    (mine,) = worker.submitted(1)
    (claimed,) = worker.claim(1)
    (elsewhere,) = Worker(ledger, ANNA, LAST_WEEK).submitted(1)
    other = {
        "waiting": name(5),
        "claimed": claimed.delivery_id,
        "settled": settled[0],
        "unknown": "nobody's",
        "another's": others,
        "of another edition": elsewhere,
    }[what]
    before = states(ledger), states(ledger, LAST_WEEK)
    assert worker.settle([mine, other], Outcome.ACCEPTED) == {other}
    before[0][2] = State.ACCEPTED
    assert (states(ledger), states(ledger, LAST_WEEK)) == before


@pytest.mark.parametrize("words", ["a\0b", "\ud800", "\\u0000", "%s %(now)s :now ? ''"])
def test_no_words_of_a_provider_keep_a_receipt_out(ledger: Ledger, words: str) -> None:
    enrolled(ledger, 1)
    ids = Worker(ledger).submitted()
    receipt = Receipt(ids[0], Outcome.ACCEPTED, provider_id=words, detail=words)
    assert ledger.settle(EDITION, ANNA, [receipt], NOW, {}) == frozenset()
    assert states(ledger) == [State.ACCEPTED]


def test_of_two_receipts_for_one_delivery_the_first_counts(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    (mine,) = Worker(ledger).submitted()
    both = [Receipt(mine, Outcome.ACCEPTED), Receipt(mine, Outcome.REJECTED)]
    assert ledger.settle(EDITION, ANNA, both, NOW, {}) == frozenset()
    assert states(ledger) == [State.ACCEPTED]


# giving back


def test_a_released_claim_was_never_made(ledger: Ledger) -> None:
    enrolled(ledger, 4)
    worker, other = Worker(ledger), Worker(ledger, BEN)
    worker.submitted(1)
    worker.claim(2)
    other.claim(1)
    assert ledger.release(EDITION, ANNA, LATER) == 2
    assert states(ledger) == [State.SUBMITTING, State.WAITING, State.WAITING, State.CLAIMED]
    assert [claim.attempts for claim in worker.claim()] == [1, 1]


# dying


def test_a_dead_host_s_claims_wait_again_and_what_it_was_submitting_is_uncertain(ledger: Ledger) -> None:
    enrolled(ledger, 5)
    enrolled(ledger, 1, LAST_WEEK)
    for worker in (Worker(ledger, "anna/1/0"), Worker(ledger, "anna/2/1"), Worker(ledger, "annabel/1/0")):
        worker.submit(worker.claim(1))
    Worker(ledger, "anna/3/0").claim(1)
    Worker(ledger, ANNA, LAST_WEEK).claim(1)
    assert ledger.recover(EDITION, "anna", LATER - MINUTE * 50) == Recovered(waiting=1, uncertain=2)
    assert states(ledger) == [
        State.UNCERTAIN,
        State.UNCERTAIN,
        State.SUBMITTING,
        State.WAITING,
        State.WAITING,
    ]
    assert ledger.tally(LAST_WEEK).in_flight == 1
    assert [d.detail for d in ledger.deliveries(EDITION, State.UNCERTAIN)] == [
        "the process that was sending it died"
    ] * 2
    assert [claim.attempts for claim in Worker(ledger).claim()] == [1, 1]


def test_what_another_host_holds_is_left_alone_until_its_lease_ends(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    worker = Worker(ledger, BEN)
    worker.submit(worker.claim(2)[:1])
    assert ledger.recover(EDITION, "anna", NOW + LEASE) == Recovered()
    assert ledger.recover(EDITION, "anna", NOW + LEASE + timedelta(microseconds=1)) == Recovered(1, 1)
    assert ledger.recover(EDITION, "anna", NOW + 2 * LEASE) == Recovered()


def test_a_worker_thought_dead_wakes_up_and_may_send_nothing(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    sleeper, other = Worker(ledger, BEN), Worker(ledger, ANNA)
    claims = sleeper.claim()
    ledger.recover(EDITION, "anna", LATER)
    assert positions(other.claim(1, LATER)) == [0]
    assert sleeper.submit(claims, LATER) == frozenset()
    assert states(ledger) == [State.CLAIMED, State.WAITING]
    assert ledger.release(EDITION, BEN, LATER) == 0


def test_late_receipts_settle_what_became_uncertain(ledger: Ledger) -> None:
    enrolled(ledger, 4)
    sleeper = Worker(ledger, BEN)
    ids = sleeper.submitted(4)
    assert ledger.recover(EDITION, "anna", LATER) == Recovered(uncertain=4)
    assert Worker(ledger, ANNA).settle(ids, Outcome.ACCEPTED, LATER) == set(ids)
    for delivery_id, outcome in zip(ids, Outcome, strict=True):
        assert sleeper.settle([delivery_id], outcome, LATER) == frozenset()
    assert states(ledger) == [State.ACCEPTED, State.REJECTED, State.WAITING, State.UNCERTAIN]


def test_a_receipt_comes_too_late_for_what_somebody_else_has_taken(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    sleeper, other = Worker(ledger, BEN), Worker(ledger, ANNA)
    ids = sleeper.submitted()
    ledger.recover(EDITION, "anna", LATER)
    ledger.resolve(EDITION, ids, State.WAITING, LATER)
    assert other.submitted(1, LATER) == ids
    assert sleeper.settle(ids, Outcome.ACCEPTED, LATER) == set(ids)
    assert states(ledger) == [State.SUBMITTING]


def test_the_uncertain_are_never_claimed_again_by_themselves(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    Worker(ledger, BEN).submitted(2)
    ledger.recover(EDITION, "ben", LATER)
    assert positions(Worker(ledger).claim(9, LATER)) == [2]
    assert ledger.expire(EDITION, LATER + timedelta(days=9), 1, LATER) == 0
    assert ledger.cancel(EDITION, "enough", LATER) == 0
    assert states(ledger)[:2] == [State.UNCERTAIN] * 2


# giving up


def test_what_has_waited_too_long_is_cancelled_and_what_was_tried_too_often_rejected(ledger: Ledger) -> None:
    early, late = NOW - timedelta(days=3), NOW
    ledger.enrol(EDITION, "a plan", [*people(2, due_at=early), *people(2, first=2, due_at=late)], NOW)
    worker = Worker(ledger)
    claims = worker.claim(3)
    worker.submit([claims[0], claims[2]])
    worker.settle([name(0)], Outcome.ACCEPTED)
    worker.settle([name(2)], Outcome.DEFERRED)
    ledger.release(EDITION, ANNA, NOW)
    assert ledger.expire(EDITION, NOW - timedelta(days=2), 1, LATER) == 2
    assert states(ledger) == [State.ACCEPTED, State.CANCELLED, State.REJECTED, State.WAITING]
    assert [d.detail for d in ledger.deliveries(EDITION)][1:3] == ["waited too long", "tried too often"]
    assert ledger.expire(EDITION, NOW - timedelta(days=2), 1, LATER) == 0


def test_giving_up_counts_from_when_a_delivery_was_due_however_often_it_was_put_off(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    worker = Worker(ledger)
    worker.settle(worker.submitted(), Outcome.DEFERRED, retry=NOW + timedelta(days=3))
    assert ledger.expire(EDITION, NOW, 9, LATER) == 0
    assert ledger.expire(EDITION, NOW + MINUTE, 9, LATER) == 1
    assert states(ledger) == [State.CANCELLED]
