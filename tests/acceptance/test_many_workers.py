"""`send --workers 3`: three share an edition; whatever ends them, nobody gets two and nobody is forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import CAMPAIGN, SUNDAY, Winddown, copied, finished, free_of_settings

_WINDDOWN = str(Path(sys.executable).with_name("winddown"))
_UNHURRIED = "300"  # messages a second, so that signals arrive in the midst of it


@pytest.fixture(scope="module")
def checked_crowd(crowd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Looked through already, so that a send begins at once; to be copied."""
    folder = copied(crowd, tmp_path_factory.mktemp("checked") / "workspace")
    with pytest.MonkeyPatch.context() as patch:
        free_of_settings(patch)
        assert Winddown(folder, patch)("check", CAMPAIGN).code == 0
    return folder


@pytest.fixture
def crowded(checked_crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    free_of_settings(monkeypatch)
    return Winddown(copied(checked_crowd, tmp_path / "workspace"), monkeypatch)


def sending(winddown: Winddown) -> subprocess.Popen[bytes]:
    """Three workers, leading a group of processes of their own as under a terminal."""
    return subprocess.Popen(
        [_WINDDOWN, "--workspace", str(winddown.root), "--now", SUNDAY, "send", CAMPAIGN, "--workers", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "WINDDOWN_SENDER__MAX_PER_SECOND": _UNHURRIED},
    )


def workers(process: subprocess.Popen[bytes]) -> list[int]:
    """The process ids of those that send."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [int(pid) for pid, parent, what in rows if int(parent) == process.pid and "spawn_main" in what]


def until(holds: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Wait until it holds, or the process has ended."""
    while process.poll() is None and not holds():
        time.sleep(0.01)
    assert process.returncode is None, "it ended too early"


def all_at_work(winddown: Winddown) -> bool:
    return len({delivery.owner for delivery in winddown.deliveries().values()} - {None}) == 3


def everybody_gets_one(winddown: Winddown) -> None:
    """After another send, by one worker."""
    ran = winddown("send", CAMPAIGN, now=SUNDAY)
    assert ran.code == 0, ran.stderr
    tally = winddown.tally()
    assert (tally["waiting"], tally["accepted"] + tally["uncertain"]) == (0, tally["planned"])
    assert winddown.in_state("accepted") <= winddown.emails().keys() <= winddown.deliveries().keys()
    assert set(winddown.message_ids().values()) == {1}


def test_everybody_gets_exactly_one(crowded: Winddown) -> None:
    ran = crowded.run("send", CAMPAIGN, "--workers", "3", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    tally = crowded.tally()
    assert ran.json["deliveries"] == tally
    assert ran.json["ended"] == "done"
    assert (tally["accepted"], tally["uncertain"], tally["in_flight"]) == (tally["planned"], 0, 0)
    assert crowded.emails().keys() == crowded.deliveries().keys()
    assert {delivery.attempts for delivery in crowded.deliveries().values()} == {1}
    assert crowded("send", CAMPAIGN, "--workers", "3", now=SUNDAY).code == 0
    assert crowded.tally() == tally


@pytest.mark.parametrize(
    ("number", "code", "when"),
    [(signal.SIGTERM, 0, "at-work"), (signal.SIGINT, 130, "at-work"), (signal.SIGINT, 130, "starting")],
)
def test_a_signal_to_all_of_them_leaves_nothing_uncertain(
    crowded: Winddown, number: signal.Signals, code: int, when: str
) -> None:
    """A terminal's Ctrl-C and a service's stop reach every process, be it at work or not awake yet."""
    process = sending(crowded)
    until((lambda: all_at_work(crowded)) if when == "at-work" else (lambda: len(workers(process)) == 3), process)
    os.killpg(process.pid, number)
    ran = finished(process)
    assert (ran.code, ran.said) == (code, "winddown: stopped as asked; run the command again to go on.")
    tally = crowded.tally()
    assert (tally["uncertain"], tally["in_flight"]) == (0, 0)
    assert tally["accepted"] == len(crowded.emails()) < tally["planned"]
    everybody_gets_one(crowded)
    assert crowded.tally()["uncertain"] == 0


def test_who_presses_ctrl_c_twice_does_not_wait_and_the_next_send_finishes(crowded: Winddown) -> None:
    process = sending(crowded)
    until(lambda: all_at_work(crowded), process)
    sent_by = workers(process)
    for _ in range(2):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.02)
    ran = finished(process)
    assert (ran.code, ran.stdout) == (130, b"")
    assert ran.said == (
        "winddown: stopped at once, so that what was being handed over may stand as uncertain; "
        "run the command again to go on."
    )
    assert [pid for pid in sent_by if Path(f"/proc/{pid}").exists()] == []
    everybody_gets_one(crowded)


def test_a_killed_worker_is_told_of_and_the_next_send_finishes(crowded: Winddown) -> None:
    process = sending(crowded)
    until(lambda: all_at_work(crowded), process)
    os.kill(workers(process)[0], signal.SIGKILL)
    ran = finished(process)
    assert ran.code == 1
    assert ran.said.startswith(
        "winddown: a worker died (exit code -9); what it was handing over stands as uncertain"
    )
    assert "Traceback" not in ran.stderr
    assert crowded.tally()["waiting"] > 0
    everybody_gets_one(crowded)
    assert crowded.tally()["uncertain"] <= 100


def test_when_the_command_itself_is_killed_its_workers_stop_and_the_next_send_finishes(crowded: Winddown) -> None:
    process = sending(crowded)
    until(lambda: all_at_work(crowded), process)
    process.kill()
    finished(process)  # which is so once the last worker has closed its output, too
    tally = crowded.tally()
    assert (tally["uncertain"], tally["in_flight"]) == (0, 0)
    assert tally["waiting"] > 0
    everybody_gets_one(crowded)


def test_fewer_than_one_worker_is_wrong_usage(winddown: Winddown) -> None:
    ran = winddown("send", CAMPAIGN, "--workers", "0", now=SUNDAY)
    assert (ran.code, ran.stdout) == (2, b"")
    assert "--workers" in ran.said
    assert winddown.emails() == {}
