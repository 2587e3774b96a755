"""SQLite set up so that a claim is durable, and failures that say what to do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, LedgerError
from campaigns.ports.ledger import Assignment, Enrolment
from campaigns.store.opening import open_ledger
from campaigns.store.sql import SqlLedger

EDITION = Edition("weekly_winddown", 2026, 48)
NOW = datetime(2026, 11, 28, tzinfo=UTC)


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
        ledger.claim(EDITION, 5, NOW)
        before = list(ledger.deliveries(EDITION))
    with open_ledger(url(tmp_path / "ledger.db")) as ledger:
        assert list(ledger.deliveries(EDITION)) == before
        assert ledger.tally(EDITION).in_flight == 5


def test_times_are_readable_text_in_utc(tmp_path: Path) -> None:
    with enrolled(tmp_path / "ledger.db", 1) as ledger:
        ledger.claim(EDITION, 1, NOW + timedelta(microseconds=5))
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        (row,) = raw.execute("SELECT state, due_at, claimed_at FROM deliveries").fetchall()
    raw.close()
    assert row == ("claimed", "2026-11-28 00:00:00.000000", "2026-11-28 00:00:00.000005")


def test_a_time_without_a_zone_is_not_taken(tmp_path: Path) -> None:
    with enrolled(tmp_path / "ledger.db", 1) as ledger, pytest.raises(Exception, match="aware times only"):
        ledger.claim(EDITION, 1, NOW.replace(tzinfo=None))


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
            "2026-11-28 00:00:00.000000",
        )
        for n in range(2)
    ]


CLAIMER = """
import sys
from datetime import UTC, datetime
from campaigns.ground.edition import Edition
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.store.opening import open_ledger

now = datetime(2026, 11, 28, tzinfo=UTC)
edition = Edition("weekly_winddown", 2026, 48)
with open_ledger(sys.argv[1]) as ledger:
    while claims := ledger.claim(edition, 7, now):
        ledger.settle(edition, [Receipt(c.delivery_id, Outcome.ACCEPTED) for c in claims], now, now)
        print(*(c.position for c in claims), flush=True)
"""


def test_several_processes_claim_everything_once(tmp_path: Path) -> None:
    ledger = enrolled(tmp_path / "ledger.db", 400)
    processes = [
        subprocess.Popen([sys.executable, "-c", CLAIMER, url(tmp_path / "ledger.db")], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(int(word) for output in printed for word in output.split()) == list(range(400))
    assert ledger.tally(EDITION).accepted == 400
    ledger.close()


def test_several_processes_may_make_the_ledger_at_once(tmp_path: Path) -> None:
    code = "import sys; from campaigns.store.opening import open_ledger; open_ledger(sys.argv[1]).close()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, url(tmp_path / "ledger.db")], stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert errors == [b""] * 6


# failures


def test_a_locked_ledger_is_an_error_after_a_while_and_readable_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with enrolled(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"ledger\.db is locked by another process: wait"):
            ledger.claim(EDITION, 5, NOW)
        assert ledger.tally(EDITION).waiting == 20
        other.close()
        assert len(ledger.claim(EDITION, 5, NOW)) == 5


def test_a_full_disk_is_an_error_and_nothing_is_claimed(tmp_path: Path) -> None:
    with enrolled(tmp_path / "ledger.db") as ledger:
        with ledger._database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        more = [
            (
                Enrolment(f"more-{n}", n, f"user-{n}", "x" * 64, NOW),
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
        ledger.claim(EDITION, 1, NOW)


def test_a_ledger_of_another_version_is_an_error(tmp_path: Path) -> None:
    enrolled(tmp_path / "ledger.db").close()
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        raw.execute("UPDATE ledger_schema SET version = 99")
    raw.close()
    with pytest.raises(LedgerError, match=r"ledger\.db has schema 99, and this Winddown knows 1 only: use"):
        open_ledger(url(tmp_path / "ledger.db"))


@pytest.mark.parametrize("address", ["ledger.db", "", "nosuch://anna:secret@host/db"])
def test_an_address_that_is_none_is_a_configuration_error(address: str) -> None:
    with pytest.raises(ConfigurationError, match="sqlite:///") as caught:
        open_ledger(address)
    assert "secret" not in str(caught.value)
