"""What every ledger promises of enrolment: all or nothing, once, and never over what has begun to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from contracts.ledger_world import EDITION, LAST_WEEK, LATER, NOW, Worker, enrolled, name, people

from campaigns.ground.delivery import Tally
from campaigns.ground.errors import GuardError, LedgerError
from campaigns.ground.receipt import Outcome
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.ports.ledger import Ledger


def test_everybody_enrolled_waits(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    assert ledger.tally(EDITION) == Tally(planned=3, waiting=3)
    assert ledger.plan_hash(EDITION) == "a plan"
    assert [(d.delivery_id, d.user_id, d.due_at, d.changed_at) for d in ledger.deliveries(EDITION)] == [
        (name(n), f"user-{n}", NOW, NOW) for n in range(3)
    ]
    assert {(d.retry_at, d.owner, d.provider_id) for d in ledger.deliveries(EDITION)} == {(None, None, None)}


def test_an_edition_that_was_never_enrolled_is_empty(ledger: Ledger) -> None:
    assert ledger.plan_hash(EDITION) is None
    assert ledger.tally(EDITION) == Tally()
    assert Worker(ledger).claim() == []
    assert ledger.next_due(EDITION) is None
    assert not ledger.has_started(EDITION)


def test_enrolling_the_same_plan_again_changes_nothing(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    Worker(ledger).sent(Outcome.ACCEPTED)
    enrolled(ledger, 3)
    assert ledger.tally(EDITION) == Tally(planned=3, accepted=1, waiting=2)


def test_another_plan_replaces_an_edition_that_has_not_started(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    enrolled(ledger, 2, LAST_WEEK)
    ledger.enrol(EDITION, "another", people(2, first=1), LATER)
    assert ledger.plan_hash(EDITION) == "another"
    assert [d.user_id for d in ledger.deliveries(EDITION)] == ["user-1", "user-2"]
    assert ledger.tally(EDITION).planned == 2
    assert ledger.tally(LAST_WEEK) == Tally(planned=2, waiting=2)


def test_a_halt_outlives_another_plan(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    ledger.halt(EDITION, "the pictures are missing", NOW)
    ledger.enrol(EDITION, "another", people(2), LATER)
    assert ledger.standing(EDITION).halted_at == NOW


@pytest.mark.parametrize("outcome", Outcome)
def test_another_plan_is_refused_once_a_provider_was_asked(ledger: Ledger, outcome: Outcome) -> None:
    enrolled(ledger, 3)
    Worker(ledger).sent(outcome)
    assert ledger.has_started(EDITION)
    with pytest.raises(GuardError, match=r"weekly_winddown/2026-W48.*another plan"):
        ledger.enrol(EDITION, "another", people(2), NOW)
    assert ledger.plan_hash(EDITION) == "a plan"
    assert ledger.tally(EDITION).planned == 3


def test_another_plan_is_refused_while_a_batch_is_in_flight(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    Worker(ledger).claim(1)
    with pytest.raises(GuardError):
        ledger.enrol(EDITION, "another", people(2), NOW)


def test_another_plan_is_taken_once_everything_was_released(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    worker = Worker(ledger)
    worker.settle(worker.submitted(2), Outcome.DEFERRED, tried=False)
    assert not ledger.has_started(EDITION)
    ledger.enrol(EDITION, "another", people(2), NOW)
    assert ledger.tally(EDITION) == Tally(planned=2, waiting=2)


def test_an_enrolment_that_breaks_off_leaves_nothing_behind(ledger: Ledger) -> None:
    def broken() -> Iterator[tuple[Enrolment, Assignment]]:
        yield from people(2)
        raise RuntimeError("the plan file ends here")

    with pytest.raises(RuntimeError, match="ends here"):
        ledger.enrol(EDITION, "a plan", broken(), NOW)
    assert ledger.plan_hash(EDITION) is None
    assert list(ledger.deliveries(EDITION)) == []


@pytest.mark.parametrize("twice", ["delivery", "person", "position", "delivery of another edition"])
def test_nobody_is_enrolled_twice(ledger: Ledger, twice: str) -> None:
    enrolled(ledger, 1, LAST_WEEK)
    (one, his), (other, hers) = people(2)
    if twice == "delivery":
        other = replace(other, delivery_id=one.delivery_id)
    elif twice == "person":
        other, hers = replace(other, user_id=one.user_id), replace(hers, user_id=his.user_id)
    elif twice == "position":
        other = replace(other, position=one.position)
    else:
        other = replace(other, delivery_id=name(0, LAST_WEEK))
    with pytest.raises(LedgerError, match="named twice") as caught:
        ledger.enrol(EDITION, "a plan", [(one, his), (other, hers)], NOW)
    assert "user-" not in str(caught.value)
    assert ledger.tally(EDITION) == Tally()
    assert ledger.tally(LAST_WEEK) == Tally(planned=1, waiting=1)


def test_an_assignment_belongs_to_its_delivery_s_person(ledger: Ledger) -> None:
    (one, _), (_, hers) = people(2)
    with pytest.raises(LedgerError, match="another person"):
        ledger.enrol(EDITION, "a plan", [(one, hers)], NOW)
    assert ledger.plan_hash(EDITION) is None
