"""SQLite set up so that a claim is durable, and failures that say what to do."""

from __future__ import annotations

import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from contracts.ledger_world import ANNA, EDITION, LATER, LEASE, NOW, Worker

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.errors import LedgerError
from campaigns.ground.event import Event, EventType
from campaigns.ground.receipt import Outcome
from campaigns.ground.shard import Shard
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.store.opening import open_ledger
from campaigns.store.sql import SqlLedger
from campaigns.store.tables import SCHEMA_VERSION


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def enrolled(path: Path, count: int = 20) -> SqlLedger:
    ledger = open_ledger(url(path), lock_timeout_s=0.1)
    rows = [
        (
            Enrolment(f"{n:032x}", n, f"user-{n}", f"{n:064x}", NOW),
            Assignment(f"user-{n}", "picks", "treatment", n, "salt", "randomised"),
        )
        for n in range(count)
    ]
    ledger.enrol(EDITION, "a plan", rows, NOW)
    return ledger


def test_a_commit_waits_for_the_disk_and_readers_for_nobody(tmp_path: Path) -> None:
    with enrolled(tmp_path / "ledger.db") as ledger, ledger._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_what_was_written_is_there_when_the_ledger_is_opened_again(tmp_path: Path) -> None:
    with enrolled(tmp_path / "ledger.db") as ledger:
        Worker(ledger).claim(5)
        before = list(ledger.deliveries(EDITION))
    with open_ledger(url(tmp_path / "ledger.db")) as ledger:
        assert list(ledger.deliveries(EDITION)) == before
        assert ledger.tally(EDITION).in_flight == 5


def test_times_are_readable_text_in_utc(tmp_path: Path) -> None:
    with enrolled(tmp_path / "ledger.db", 1) as ledger:
        Worker(ledger).claim(1, NOW + timedelta(microseconds=5))
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        (row,) = raw.execute("SELECT state, due_at, claimed_at, lease_until FROM deliveries").fetchall()
    raw.close()
    assert timedelta(minutes=15) == LEASE
    assert row == (
        "claimed",
        "2026-11-28 18:00:00.123456",
        "2026-11-28 18:00:00.123461",
        "2026-11-28 18:15:00.123461",
    )


def test_a_time_without_a_zone_is_not_taken(tmp_path: Path) -> None:
    naive = NOW.replace(tzinfo=None)
    with enrolled(tmp_path / "ledger.db", 1) as ledger:
        for act in (lambda: ledger.halt(EDITION, "enough", naive), lambda: Worker(ledger).claim(1, naive)):
            with pytest.raises(Exception, match="aware times only"):
                act()


def test_assignments_are_written_with_the_deliveries(tmp_path: Path) -> None:
    enrolled(tmp_path / "ledger.db", 2).close()
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        rows = raw.execute("SELECT * FROM assignments ORDER BY user_id").fetchall()
    raw.close()
    assert rows == [
        (
            "weekly_winddown",
            "2026-W48",
            f"user-{n}",
            "picks",
            "treatment",
            n,
            "salt",
            "randomised",
            "2026-11-28 18:00:00.123456",
        )
        for n in range(2)
    ]


def everything(ledger: SqlLedger) -> None:
    """Every method that a send, a guard or a webhook calls."""
    worker = Worker(ledger)
    for outcome in Outcome:
        worker.sent(outcome, 2)
    worker.settle(worker.submitted(2), Outcome.DEFERRED, tried=False)
    worker.claim(2, LATER, ceiling=12)
    worker.claim(2, LATER, shard=Shard(2, 3))
    told = [Event(f"event-{n}", f"{n:032x}", kind, LATER) for n, kind in enumerate(EventType)]
    ledger.record(told)
    ledger.unsubscribe(f"{1:032x}", LATER, everything=False)
    ledger.recover(EDITION, "anna", LATER)
    ledger.expire(EDITION, NOW - LEASE, 3, LATER)
    ledger.resolve(EDITION, [f"{1:032x}"], State.WAITING, LATER)
    ledger.resolve(EDITION, None, State.ACCEPTED, LATER)
    for read in (
        ledger.next_due,
        ledger.tally,
        ledger.responses,
        ledger.taken,
        ledger.has_started,
        ledger.standing,
    ):
        read(EDITION)
    ledger.responses(EDITION, NOW)
    ledger.tallies(EDITION, 3)
    ledger.holdings(EDITION)
    list(ledger.recent_deliveries(EDITION.campaign, NOW))
    list(ledger.deliveries(EDITION, State.UNCERTAIN))
    ledger.release(EDITION, ANNA, LATER)


def test_nothing_looks_through_a_whole_table(tmp_path: Path) -> None:
    """An index leads to the rows that a statement is about, however many others there are."""
    ran: list[str] = []
    with enrolled(tmp_path / "ledger.db") as ledger:
        with ledger._database.reading() as connection:
            driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(ran.append)
        everything(ledger)
        driver.set_trace_callback(None)
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        steps = {
            (step, sql)
            for sql in ran
            if sql.startswith(("WITH", "SELECT", "UPDATE", "INSERT"))
            for *_, step in raw.execute(f"EXPLAIN QUERY PLAN {sql}")
        }
    raw.close()
    assert any("deliveries_fresh" in step for step, _ in steps)
    assert [
        (step, sql) for step, sql in steps if re.match(r"SCAN (deliveries|events|suppressions|assign)", step)
    ] == []


# failures


def test_a_locked_ledger_is_an_error_after_a_while_and_readable_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with enrolled(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"ledger\.db is locked by another process: wait"):
            Worker(ledger).claim(5)
        assert ledger.tally(EDITION).waiting == 20
        other.close()
        assert len(Worker(ledger).claim(5)) == 5


def test_a_writer_waits_for_another_to_end(tmp_path: Path) -> None:
    enrolled(tmp_path / "ledger.db").close()
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_ledger(url(tmp_path / "ledger.db")) as ledger, ThreadPoolExecutor(1) as pool:
        claims = pool.submit(Worker(ledger).claim, 5)
        time.sleep(0.3)
        assert not claims.done()
        other.execute("COMMIT")
        assert len(claims.result()) == 5
    other.close()


def test_a_full_disk_is_an_error_and_nothing_is_claimed(tmp_path: Path) -> None:
    with enrolled(tmp_path / "ledger.db") as ledger:
        with ledger._database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        more = [
            (
                Enrolment(f"{1_000 + n:032x}", n, f"user-{n}", "x" * 64, NOW),
                Assignment(f"user-{n}", "p", "t", n, "s", "forced"),
            )
            for n in range(2000)
        ]
        with pytest.raises(LedgerError, match=r"ledger\.db cannot grow, its disk is full: free"):
            ledger.enrol(Edition("another", 2026, 48), "a plan", more, NOW)
        assert ledger.plan_hash(Edition("another", 2026, 48)) is None
        assert ledger.tally(EDITION).waiting == 20


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("user_id,email\n" * 200)
    with pytest.raises(LedgerError, match=r"ledger\.db is not an SQLite database"):
        open_ledger(url(tmp_path / "ledger.db"))


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    enrolled(path, 500).close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.db is damaged: keep the file"):
        open_ledger(url(path))


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"cannot be opened: check that its folder exists"):
        open_ledger(url(tmp_path / "nowhere" / "ledger.db"))


def test_a_ledger_that_may_not_be_written_is_an_error(tmp_path: Path) -> None:
    enrolled(tmp_path / "ledger.db").close()
    read_only = f"sqlite:///file:{tmp_path / 'ledger.db'}?mode=ro&uri=true"
    with open_ledger(read_only) as ledger, pytest.raises(LedgerError, match="cannot be written: give"):
        Worker(ledger).claim(1)


@pytest.mark.parametrize("version", [1, 99])
def test_a_ledger_of_another_version_is_an_error(tmp_path: Path, version: int) -> None:
    enrolled(tmp_path / "ledger.db").close()
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        raw.execute(f"UPDATE ledger_schema SET version = {version}")
    raw.close()
    with pytest.raises(
        LedgerError,
        match=rf"ledger\.db has schema {version}, and this Winddown knows {SCHEMA_VERSION} only: use",
    ):
        open_ledger(url(tmp_path / "ledger.db"))
