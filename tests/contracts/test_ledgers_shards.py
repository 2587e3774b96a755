"""What every ledger promises of shards: each delivery is in one, and no shard's run touches a living sibling's."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, count

import pytest
from contracts.ledger_world import (
    ANNA,
    BEN,
    EDITION,
    LATER,
    LEASE,
    MINUTE,
    NOW,
    Worker,
    enrolled,
    positions,
    spread,
    states,
)

from campaigns.ground.delivery import State, Tally
from campaigns.ground.receipt import Outcome
from campaigns.ground.shard import WHOLE, Shard
from campaigns.ports.entries import Holding, Recovered, Span
from campaigns.ports.ledger import Ledger

FIRST, SECOND = "anna/1of2/7/0", "anna/2of2/8/0"


def enrolled_apart(ledger: Ledger, people: int = 8) -> None:
    """Half of them due now and half an hour later, of every shard as many in each."""
    rows = [*spread(people // 2), *spread(people // 2, first=people // 2, due_at=LATER)]
    ledger.enrol(EDITION, "a plan", rows, NOW)


# claiming


def test_a_shard_takes_its_own_and_in_plan_order(ledger: Ledger) -> None:
    enrolled_apart(ledger)
    worker = Worker(ledger)
    assert positions(worker.claim(9, LATER, shard=Shard(2, 2))) == [2, 3, 6, 7]
    assert worker.claim(9, LATER, shard=Shard(2, 2)) == []
    assert positions(worker.claim(9, LATER, shard=Shard(1, 2))) == [0, 1, 4, 5]


def test_a_shard_s_earliest_go_first_and_no_more_than_asked_for(ledger: Ledger) -> None:
    enrolled_apart(ledger)
    last = Shard(2, 2)
    assert [positions(Worker(ledger).claim(3, LATER, shard=last)) for _ in range(2)] == [[2, 3, 6], [7]]


def test_of_a_shard_too_only_what_is_due_is_taken(ledger: Ledger) -> None:
    enrolled_apart(ledger)
    worker = Worker(ledger)
    assert positions(worker.claim(9, NOW, shard=Shard(1, 2))) == [0, 1]
    assert positions(worker.claim(9, LATER, due=[Span(LATER - MINUTE, LATER)], shard=Shard(2, 2))) == [6, 7]


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 7, 40])
def test_all_shards_together_take_everybody_once(ledger: Ledger, parts: int) -> None:
    ledger.enrol(EDITION, "a plan", spread(20), NOW)
    taken = [positions(Worker(ledger).claim(20, shard=Shard(n + 1, parts))) for n in range(parts)]
    assert sorted(chain.from_iterable(taken)) == list(range(20))
    assert [len(each) for each in taken] == [tally.waiting for tally in ledger.tallies(EDITION, parts)]


def test_shards_of_another_number_find_what_is_left_and_nothing_twice(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(12), NOW)
    assert positions(Worker(ledger).claim(9, shard=Shard(2, 3))) == [4, 5, 6, 7]
    assert positions(Worker(ledger).claim(9, shard=Shard(1, 2))) == [0, 1, 2, 3]
    assert positions(Worker(ledger).claim(9, shard=WHOLE)) == [8, 9, 10, 11]


def test_a_shard_tries_its_own_again(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(4), NOW)
    Worker(ledger).sent(Outcome.DEFERRED, 4)
    assert positions(Worker(ledger).claim(9, LATER, shard=Shard(2, 2))) == [2, 3]
    assert positions(Worker(ledger).claim(9, LATER, shard=Shard(1, 4))) == [0]


def test_the_ceiling_is_over_all_shards(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(8), NOW)
    assert positions(Worker(ledger).claim(3, ceiling=5, shard=Shard(1, 2))) == [0, 1, 2]
    assert positions(Worker(ledger).claim(3, ceiling=5, shard=Shard(2, 2))) == [4, 5]
    assert Worker(ledger).claim(3, ceiling=5, shard=Shard(1, 2)) == []


def test_the_suppressed_of_a_shard_are_cancelled_and_its_batch_is_filled_up(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(8), NOW)
    ledger.suppress([(f"address-{n}", "unsubscribed") for n in (0, 4, 5)], NOW)
    assert positions(Worker(ledger).claim(1, shard=Shard(2, 2))) == [6]
    assert states(ledger)[0] is State.WAITING


# halting


def test_once_halted_no_shard_takes_or_hands_over_anything(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(8), NOW)
    workers = Worker(ledger, FIRST), Worker(ledger, SECOND)
    claims = [worker.claim(2, shard=Shard(n + 1, 2)) for n, worker in enumerate(workers)]
    ledger.halt(EDITION, "enough", NOW)
    assert [worker.submit(each) for worker, each in zip(workers, claims, strict=True)] == [frozenset()] * 2
    assert [worker.claim(2, shard=Shard(n + 1, 2)) for n, worker in enumerate(workers)] == [[], []]
    assert ledger.tally(EDITION) == Tally(planned=8, waiting=8, in_flight=4)
    ledger.resume(EDITION, LATER)
    assert len(workers[0].submit(claims[0])) == 2


# dying, and being taken up


def test_a_shard_begun_anew_finds_what_its_dead_predecessor_held_and_leaves_its_siblings_alone(
    ledger: Ledger,
) -> None:
    enrolled(ledger, 8)
    for owner in (FIRST, SECOND, "anna/11of12/9/0", ANNA, "ben/1of2/7/0"):
        worker = Worker(ledger, owner)
        worker.submit(worker.claim(1))
    Worker(ledger, "anna/1of2/5/1").claim(1)
    assert ledger.recover(EDITION, "anna/1of2", NOW + MINUTE) == Recovered(waiting=1, uncertain=1)
    assert states(ledger)[:6] == [State.UNCERTAIN, *[State.SUBMITTING] * 4, State.WAITING]


def test_whoever_has_the_whole_host_finds_what_all_its_dead_shards_held(ledger: Ledger) -> None:
    enrolled(ledger, 4)
    for owner in (FIRST, SECOND, ANNA, BEN):
        worker = Worker(ledger, owner)
        worker.submit(worker.claim(1))
    assert ledger.recover(EDITION, "anna", NOW + MINUTE) == Recovered(uncertain=3)
    assert states(ledger) == [*[State.UNCERTAIN] * 3, State.SUBMITTING]


def test_a_shard_of_a_dead_host_is_taken_up_at_once_but_for_what_the_host_held(ledger: Ledger) -> None:
    """What waits is anybody's; what was claimed is so once its lease has ended; what was being submitted never."""
    ledger.enrol(EDITION, "a plan", spread(8), NOW)
    dead, heir, shard = Worker(ledger, SECOND), Worker(ledger, "ben/2of2/3/0"), Shard(2, 2)
    dead.submit(dead.claim(2, shard=shard)[:1])
    assert ledger.recover(EDITION, "ben/2of2", NOW + LEASE) == Recovered()
    assert positions(heir.claim(9, NOW + LEASE, shard=shard)) == [6, 7]
    ended = NOW + LEASE + timedelta(microseconds=1)
    assert ledger.recover(EDITION, "charlie/2of2", ended) == Recovered(waiting=1, uncertain=1)
    assert positions(Worker(ledger, "charlie/2of2/1/0").claim(9, ended, shard=shard)) == [5]
    assert states(ledger)[4] is State.UNCERTAIN


def test_a_shard_that_was_cut_off_and_comes_back_sends_nothing_of_what_its_heir_has(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(4), NOW)
    cut_off, heir = Worker(ledger, "anna/1of1/7/0"), Worker(ledger, "ben/1of1/3/0")
    claims = cut_off.claim(2)
    left = cut_off.submit(claims[:1])
    ledger.recover(EDITION, "ben/1of1", LATER)
    assert heir.sent(Outcome.ACCEPTED, 9, LATER) == [claim.delivery_id for claim in claims[1:]] + [
        enrolment.delivery_id for enrolment, _ in spread(4)[2:]
    ]
    assert cut_off.submit(claims[1:], LATER) == frozenset()
    assert cut_off.settle(left, Outcome.ACCEPTED, LATER) == frozenset()  # its late receipt reconciles
    assert states(ledger) == [State.ACCEPTED] * 4


# looking


def test_each_shard_s_counts_balance_and_add_up(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(20), NOW)
    worker = Worker(ledger)
    for outcome in Outcome:
        worker.sent(outcome, 2)
    worker.claim(1)
    worker.submitted(1)
    for parts in (1, 2, 3, 8):
        tallies = ledger.tallies(EDITION, parts)
        assert len(tallies) == parts
        assert all(tally.balanced for tally in tallies)
        for field in Tally.__dataclass_fields__:
            assert sum(getattr(tally, field) for tally in tallies) == getattr(ledger.tally(EDITION), field)


def test_what_each_worker_has_in_hand_is_told_with_its_lease(ledger: Ledger) -> None:
    ledger.enrol(EDITION, "a plan", spread(9), NOW)
    times = count()
    for owner, claimed, submitted in ((SECOND, 2, 1), (FIRST, 1, 1), (BEN, 1, 0)):
        worker, now = Worker(ledger, owner), NOW + next(times) * MINUTE
        worker.submit(worker.claim(claimed, now)[:submitted], now)
    Worker(ledger, "anna/1of2/9/0").sent(Outcome.ACCEPTED, 1)
    assert ledger.holdings(EDITION) == [
        Holding(FIRST, 0, 1, NOW + MINUTE, NOW + MINUTE + LEASE),
        Holding(SECOND, 1, 1, NOW, NOW + LEASE),
        Holding(BEN, 1, 0, NOW + 2 * MINUTE, NOW + 2 * MINUTE + LEASE),
    ]
