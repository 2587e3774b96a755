"""PostgreSQL: locks that are taken in one order, failures that say what to do, and a password that nobody sees."""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from contracts.ledger_world import (
    ANNA,
    EDITION,
    LATER,
    NOW,
    Worker,
    enrolled,
    event,
    name,
    people,
    positions,
    spread,
)
from providers.postgres import PostgresServer
from sqlalchemy import make_url, select

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, LedgerError
from campaigns.ground.event import EventType
from campaigns.ground.receipt import Outcome
from campaigns.ground.shard import Shard
from campaigns.ports.ledger import Ledger
from campaigns.store.opening import open_ledger
from campaigns.store.prepared import Prepared
from campaigns.store.sql import SqlLedger
from campaigns.store.tables import DELIVERIES


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
def ledger(url: str) -> Iterator[SqlLedger]:
    with open_ledger(url, lock_timeout_s=0.3) as made:
        enrolled(made, 10)
        yield made


@contextmanager
def somebody_else(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A transaction of another process, undone at the end."""
    with psycopg.connect(url) as connection:
        yield connection
        connection.rollback()


def waits(url: str) -> bool:
    """Whether a transaction of the ledger waits for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'winddown'"
    )
    with somebody_else(url) as other:
        for _ in range(200):
            if other.execute(waiting).fetchall() != [(0,)]:
                return True
            other.rollback()
            time.sleep(0.01)
    return False


# locks


def test_claims_pass_over_what_somebody_else_holds(ledger: SqlLedger, url: str) -> None:
    with somebody_else(url) as other:
        other.execute("SELECT 1 FROM deliveries WHERE position IN (0, 2) FOR UPDATE")
        assert positions(Worker(ledger).claim(3)) == [1, 3, 4]
    assert positions(Worker(ledger).claim(3)) == [0, 2, 5]


def test_a_halt_waits_for_claims_and_claims_for_a_halt(ledger: SqlLedger, url: str) -> None:
    with somebody_else(url) as claiming:
        claiming.execute("SELECT 1 FROM editions FOR SHARE")
        assert len(Worker(ledger).claim(2)) == 2
        with pytest.raises(LedgerError, match="is locked by another process"):
            ledger.halt(EDITION, "enough", NOW)
    with somebody_else(url) as halting:
        halting.execute("UPDATE editions SET halted_at = now()")
        with pytest.raises(LedgerError, match="is locked by another process"):
            Worker(ledger).claim(2)
    assert len(Worker(ledger).claim(2)) == 2


def settle(ledger: Ledger) -> None:
    Worker(ledger).settle([name(9), name(5), name(1)], Outcome.ACCEPTED)


def submit(ledger: Ledger) -> None:
    Worker(ledger).submit([])


def record(ledger: Ledger) -> None:
    ledger.record([event(number, EventType.OPENED, number) for number in (9, 5, 1)])


def expire(ledger: Ledger) -> None:
    ledger.expire(EDITION, LATER, 1, LATER)


def recover(ledger: Ledger) -> None:
    ledger.recover(EDITION, "anna", NOW)


@pytest.mark.parametrize("act", [settle, submit, record, recover, expire], ids=lambda act: act.__name__)
def test_rows_are_locked_in_the_order_of_their_ids(url: str, act: Callable[[Ledger], None]) -> None:
    """Whoever waits for the fifth holds the first, and not yet the ninth; and the table has them the other way."""
    rows = [(replace(enrolment, position=9 - enrolment.position), given) for enrolment, given in people(10)]
    with open_ledger(url) as ledger, ThreadPoolExecutor(1) as pool, somebody_else(url) as other:
        ledger.enrol(EDITION, "a plan", rows, NOW)
        worker = Worker(ledger)
        claims = worker.claim()
        if act is not submit:
            worker.submit(claims)
        if act is expire:
            worker.settle([name(number) for number in (1, 2, 3, 4)], Outcome.DEFERRED)
            worker.settle([name(number) for number in (5, 6, 7, 8, 9)], Outcome.DEFERRED, tried=False)
        held = "SELECT 1 FROM deliveries WHERE delivery_id = %s FOR UPDATE NOWAIT"
        other.execute(held, [name(5)])
        acting = pool.submit(act, ledger)
        assert waits(url)
        other.execute(held, [name(9)])
        with pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
            other.execute(held, [name(1)])
        other.rollback()
        acting.result()


def test_the_same_events_are_inserted_in_one_order(url: str) -> None:
    insert = "INSERT INTO suppressions VALUES (%s, '', 'bounced', now())"
    with open_ledger(url) as ledger, ThreadPoolExecutor(1) as pool, somebody_else(url) as other:
        other.execute(insert, ["key-5"])
        acting = pool.submit(ledger.suppress, [(f"key-{number}", "bounced") for number in (9, 5, 1)], NOW)
        assert waits(url)
        other.execute(insert, ["key-9"])
        other.rollback()
        assert acting.result() == 3


def test_who_enrols_at_the_same_time_waits_and_then_finds_it_done(url: str) -> None:
    with open_ledger(url) as ledger, ThreadPoolExecutor(4) as pool:
        done = [pool.submit(ledger.enrol, EDITION, "a plan", people(500), NOW) for _ in range(4)]
        assert [each.result() for each in done] == [None] * 4
        assert ledger.tally(EDITION).planned == 500


# failures


def test_a_wrong_password_is_an_error_that_does_not_show_it(postgres: PostgresServer) -> None:
    with pytest.raises(LedgerError, match="does not let us in: check the user and the password") as caught:
        open_ledger(postgres.url("postgres", password="s3cr3t-and-wrong"))
    assert "s3cr3t" not in repr_of(caught.value)


def test_an_unknown_user_is_not_let_in(postgres: PostgresServer) -> None:
    with pytest.raises(LedgerError, match="does not let us in"):
        open_ledger(postgres.url("postgres", user="nobody"))


def test_a_missing_database_is_an_error(postgres: PostgresServer) -> None:
    with pytest.raises(LedgerError, match=r"ledger nowhere does not exist: create the database"):
        open_ledger(postgres.url("nowhere"))


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid"])
def test_a_server_that_is_not_there_is_an_error(host: str) -> None:
    with pytest.raises(LedgerError, match=r"/ledger cannot be reached.*check that the server runs") as caught:
        open_ledger(f"postgresql://winddown:s3cr3t@{host}/ledger")
    assert "s3cr3t" not in repr_of(caught.value)


def test_a_database_that_may_not_be_written_is_an_error(postgres: PostgresServer, url: str) -> None:
    open_ledger(url).close()
    database = make_url(url).database
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    with open_ledger(url) as ledger, pytest.raises(LedgerError, match="read-only copy: give the address"):
        enrolled(ledger, 1)


def test_a_user_without_rights_is_told_so(postgres: PostgresServer, url: str) -> None:
    open_ledger(url).close()
    postgres.run("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'guest'")
    address = postgres.url(str(make_url(url).database), user="guest", password="guest")
    with pytest.raises(LedgerError, match="may not be used by this user: grant the right"):
        open_ledger(address)


def test_a_person_who_is_there_twice_is_not_shown(ledger: SqlLedger) -> None:
    with pytest.raises(LedgerError, match="named twice") as caught:
        ledger.enrol(Edition("another", 2026, 48), "a plan", people(2) * 2, NOW)
    assert "user-" not in str(caught.value)


def test_a_connection_that_breaks_off_is_an_error_and_the_next_one_works(
    postgres: PostgresServer, ledger: SqlLedger, url: str
) -> None:
    database = make_url(url).database

    def cut_off_in_the_middle() -> None:
        with ledger._database.writing() as connection:
            postgres.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{database}' AND application_name = 'winddown'"
            )
            Prepared(select(DELIVERIES.c.delivery_id)).rows(connection, {})

    with pytest.raises(LedgerError, match="cannot be reached or broke off"):
        cut_off_in_the_middle()
    assert len(Worker(ledger).claim(2)) == 2


def test_what_was_committed_outlives_a_crash_of_the_server() -> None:
    with PostgresServer(fsync=True) as server, open_ledger(server.new_database()) as ledger:
        enrolled(ledger, 5)
        Worker(ledger).submitted(2)
        server.stop(signal.SIGQUIT)
        with pytest.raises(LedgerError, match="cannot be reached or broke off"):
            ledger.tally(EDITION)
        server.start()
        assert ledger.recover(EDITION, "anna", LATER).uncertain == 2


# its address


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_name_of_postgresql_means_psycopg(url: str, scheme: str) -> None:
    open_ledger(url.replace("postgresql", scheme, 1)).close()


def test_a_missing_driver_is_a_configuration_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=re.escape("install winddown[postgres]")) as caught:
        open_ledger("postgresql://winddown:s3cr3t@localhost/ledger")
    assert "s3cr3t" not in repr_of(caught.value)


def test_nothing_of_a_ledger_shows_the_password(postgres: PostgresServer, ledger: SqlLedger) -> None:
    password = make_url(postgres.url("postgres")).password
    assert password
    shown = " ".join(map(repr, (ledger, vars(ledger), vars(ledger._database))))
    assert password not in shown


def test_an_address_may_bring_its_own_settings(url: str) -> None:
    with open_ledger(f"{url}&options=-csearch_path%3Dpublic") as ledger:
        enrolled(ledger, 1, due_at=NOW + timedelta(hours=1))
        assert ledger.next_due(EDITION) == LATER


def test_times_are_the_same_whatever_the_server_s_zone_is(postgres: PostgresServer, url: str) -> None:
    postgres.run(f"ALTER DATABASE {make_url(url).database} SET timezone = 'Asia/Tokyo'")
    with open_ledger(url) as ledger:
        enrolled(ledger, 1)
        Worker(ledger, ANNA).sent(Outcome.DEFERRED)
        (delivery,) = ledger.deliveries(EDITION)
        assert (delivery.due_at, delivery.retry_at) == (NOW, NOW + timedelta(minutes=10))
        assert Worker(ledger).claim(now=NOW + timedelta(minutes=10))


def repr_of(error: BaseException | None) -> str:
    """The error and all its causes, as a log would show them."""
    shown = ""
    while error:
        shown += f"{error!r} {error} "
        error = error.__cause__
    return shown


def test_a_host_that_is_cut_off_is_given_up_before_others_give_up_waiting_for_its_locks(ledger: SqlLedger) -> None:
    """By both ends. A socket in a folder, as here, has no heartbeat; it is asked for all the same."""
    with ledger._database.reading() as connection:
        driver: Any = connection.connection.driver_connection
        asked = driver.info.get_parameters()
    silence = int(asked["keepalives_idle"]) + int(asked["keepalives_interval"]) * int(asked["keepalives_count"])
    assert max(silence, int(asked["tcp_user_timeout"]) / 1_000) < 30
    for setting in ("keepalives_idle", "keepalives_interval", "keepalives_count"):
        assert f"-c tcp_{setting}={asked[setting]}" in asked["options"]
    assert f"-c tcp_user_timeout={asked['tcp_user_timeout']}" in asked["options"]


def test_the_last_shard_s_claim_reads_no_other_shard_s_rows(url: str) -> None:
    """Of 20,000 that wait it takes ten: the index leads to them past 17,500 others that are due as early."""
    with open_ledger(url) as ledger:
        ledger.enrol(EDITION, "a plan", spread(20_000), NOW)
        assert positions(Worker(ledger).claim(10, shard=Shard(8, 8))) == list(range(17_500, 17_510))
    with somebody_else(url) as other:
        before = read_from_index(other, more_than=0)
        with open_ledger(url) as ledger:
            assert positions(Worker(ledger).claim(10, shard=Shard(8, 8))) == list(range(17_510, 17_520))
        assert 10 <= read_from_index(other, more_than=before) - before < 100


def read_from_index(connection: psycopg.Connection[tuple[object, ...]], more_than: int) -> int:
    """How many entries of the index of what waits were ever looked at; told once a session has ended."""
    statement = "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'deliveries_fresh'"
    for _ in range(500):
        ((count,),) = connection.execute(statement).fetchall()
        connection.rollback()
        assert isinstance(count, int)
        if count > more_than:
            return count
        time.sleep(0.01)
    raise AssertionError("nothing was read from the index")
