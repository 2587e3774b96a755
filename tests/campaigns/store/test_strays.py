"""A wish about a delivery that is just being enrolled, on PostgreSQL, where both can happen at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from contracts.ledger_world import EDITION, LATER, NOW, event, name, people
from providers.postgres import PostgresServer

from campaigns.ground.event import EventType
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.store.opening import open_ledger
from campaigns.store.sql import SqlLedger
from campaigns.store.strays import keep, take_turn


@pytest.fixture
def ledger(postgres: PostgresServer) -> Iterator[SqlLedger]:
    with open_ledger(postgres.new_database()) as made:
        yield made


def test_what_is_told_while_the_deliveries_are_being_written_is_heeded(ledger: SqlLedger) -> None:
    """Nobody waits for a long enrolment, whose deliveries cannot be seen yet."""

    def slowly() -> Iterator[tuple[Enrolment, Assignment]]:
        yield from people(2)
        assert not ledger.unsubscribe(name(0), NOW, everything=False)
        assert ledger.record([event(1, EventType.COMPLAINED, 1)]).unknown == 1

    ledger.enrol(EDITION, "a plan", slowly(), NOW)
    assert set(ledger.suppressed(EDITION.campaign)) == {"address-0", "address-1"}


def test_an_enrolment_waits_for_a_wish_that_is_about_to_be_kept(ledger: SqlLedger) -> None:
    with ThreadPoolExecutor(1) as thread:
        with ledger._database.writing() as connection:
            take_turn(connection)
            keep(connection, [(name(0), EventType.UNSUBSCRIBED, LATER, False)])
            enrolling = thread.submit(ledger.enrol, EDITION, "a plan", people(1), NOW)
            time.sleep(0.3)
            assert not enrolling.done()
        enrolling.result(timeout=10)
    assert list(ledger.suppressed(EDITION.campaign)) == ["address-0"]
    assert list(ledger.suppressed("another")) == []


def test_a_wish_waits_for_an_enrolment_that_looks_for_wishes(ledger: SqlLedger) -> None:
    with ThreadPoolExecutor(1) as thread:
        with ledger._database.writing() as connection:
            take_turn(connection, alone=True)
            wishing = thread.submit(ledger.unsubscribe, name(0), LATER, everything=False)
            time.sleep(0.3)
            assert not wishing.done()
        assert wishing.result(timeout=10) is False
    ledger.enrol(EDITION, "a plan", people(1), NOW)
    assert list(ledger.suppressed(EDITION.campaign)) == ["address-0"]
