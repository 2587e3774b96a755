"""Records of runs: whole whoever looks, kept whatever happens to the process, and never in a command's way."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ports.clock import FixedClock
from campaigns.runs.folder import RunsFolder
from campaigns.runs.process import is_gone, this_process
from campaigns.runs.record import Outcome, Process, RunRecord
from campaigns.runs.running import Running

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
HOST = "mailer-1"
RECORDS = st.builds(
    RunRecord,
    run=st.just("20261121T180000Z-send-0a1b2c"),
    command=st.text(max_size=10),
    arguments=st.lists(st.text(max_size=10)).map(tuple),
    process=st.builds(Process, st.text(max_size=5), st.integers(1, 2**22), st.text(max_size=5)),
    began_at=st.datetimes(timezones=st.just(UTC)),
    versions=st.dictionaries(st.text(max_size=5), st.text(max_size=5)),
    inputs=st.dictionaries(st.text(max_size=5), st.text(max_size=5)),
    counts=st.dictionaries(st.text(max_size=5), st.integers()),
    warnings=st.lists(st.text(max_size=10)).map(tuple),
    outcome=st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.DIED]),
    exit_code=st.none() | st.integers(0, 255),
    ended_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    seconds=st.none() | st.floats(0, 1e6),
)


def begun(path: Path, at: datetime = NOW, arguments: list[str] | None = None, keep: int = 100) -> Running:
    ticks = iter([0.0, 2.5])
    return Running.begin(
        RunsFolder(path, HOST),
        "send",
        arguments or ["send", "weekly"],
        keep=keep,
        clock=FixedClock(at),
        seconds=lambda: next(ticks),
    )


def only(path: Path) -> RunRecord:
    (record,) = RunsFolder(path, HOST).latest(10)
    return record


@given(RECORDS)
def test_a_record_reads_as_it_was_written(record: RunRecord) -> None:
    assert RunRecord.from_dict(json.loads(json.dumps(record.as_dict()))) == record


def test_a_run_is_on_file_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    running = begun(tmp_path / "runs")
    assert (only(tmp_path / "runs").outcome, only(tmp_path / "runs").exit_code) == (Outcome.RUNNING, None)
    running.note(edition="weekly/2026-W47", inputs={"plan": "ab"}, counts={"accepted": 7})
    running.note(counts={"waiting": 2})
    running.warn("the quota is nearly used up")
    assert only(tmp_path / "runs").edition == "weekly/2026-W47"
    running.end(Outcome.FAILED, 1, "the provider takes nothing")
    record = only(tmp_path / "runs")
    assert (record.outcome, record.exit_code, record.seconds) == (Outcome.FAILED, 1, 2.5)
    assert (record.inputs, record.counts) == ({"plan": "ab"}, {"accepted": 7, "waiting": 2})
    assert (record.warnings, record.sentence) == (("the quota is nearly used up",), "the provider takes nothing")
    assert record.versions.keys() == {"python", "winddown", "duckdb", "sqlalchemy"}
    assert record.began_at == record.ended_at == NOW


@given(address=st.emails(), user_id=st.from_regex(r"u\d{7}", fullmatch=True))
def test_a_record_names_nobody(tmp_path_factory: pytest.TempPathFactory, address: str, user_id: str) -> None:
    path = tmp_path_factory.mktemp("runs")
    running = begun(path, arguments=["test-send", "--user", user_id, "--to", address, f"--user={user_id}"])
    running.warn(f"user {user_id!r} at {address}")
    running.end(Outcome.FAILED, 1, f"{address}: no such address, and {user_id!r} is not planned")
    text = next(path.iterdir()).read_text("utf-8")
    assert address not in text
    assert json.dumps(address)[1:-1] not in text
    assert user_id not in text


def test_whoever_ends_without_a_word_has_died(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    running = begun(tmp_path)
    folder = RunsFolder(tmp_path, HOST)
    began = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
    folder.write(replace(running.record, process=Process(HOST, child.pid, began)))
    assert only(tmp_path).outcome is Outcome.RUNNING
    child.communicate()
    assert only(tmp_path).outcome is Outcome.DIED


def test_a_number_that_another_process_has_now_is_not_the_one_that_ran() -> None:
    ours = this_process(HOST)
    assert not is_gone(ours, HOST)
    assert is_gone(replace(ours, began=f"{ours.began}0"), HOST)


def test_of_another_hosts_process_nobody_here_knows(tmp_path: Path) -> None:
    running = begun(tmp_path)
    elsewhere = replace(running.record, process=Process("mailer-2", 2**22 + 7, "1"))
    RunsFolder(tmp_path, HOST).write(elsewhere)
    assert only(tmp_path).outcome is Outcome.RUNNING


def test_the_latest_stay_and_come_first(tmp_path: Path) -> None:
    for minute in (3, 1, 2, 0):
        begun(tmp_path, NOW + timedelta(minutes=minute), keep=3)
    found = RunsFolder(tmp_path, HOST).latest(10)
    assert [record.began_at.minute for record in found] == [3, 2, 1]
    assert [record.began_at.minute for record in RunsFolder(tmp_path, HOST).latest(2)] == [3, 2]


def test_what_is_no_record_is_passed_over(tmp_path: Path) -> None:
    begun(tmp_path)
    (tmp_path / "20261121T190000Z-torn.json").write_text('{"run": "20')
    (tmp_path / "20261121T190001Z-other.json").write_text("[]")
    (tmp_path / "notes.txt").write_text("mine")
    assert only(tmp_path).command == "send"


def test_many_at_once_are_all_on_file_and_always_whole(tmp_path: Path) -> None:
    def run(number: int) -> None:
        running = begun(tmp_path)
        for count in range(5):
            running.note(counts={"done": count})
            assert all(record.command == "send" for record in RunsFolder(tmp_path, HOST).records())
        running.end(Outcome.DONE, 0, str(number))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(run, range(16)))
    assert sorted(int(record.sentence) for record in RunsFolder(tmp_path, HOST).records()) == list(range(16))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_cannot_be_written_is_told_once_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "runs").write_text("a file, where a folder should be")
    with caplog.at_level(logging.WARNING):
        running = begun(tmp_path / "runs")
        running.note(counts={"accepted": 7})
        running.end(Outcome.DONE, 0)
    (told,) = (record.getMessage() for record in caplog.records)
    assert told.startswith("the run's record cannot be written: ")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
