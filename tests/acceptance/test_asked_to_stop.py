"""A process that is asked to end finishes the batch at hand: nobody becomes uncertain for it."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from command_line import CAMPAIGN, SUNDAY, Winddown, copied, finished, free_of_settings

_SLOW = """
import time
from campaigns.senders.outbox import OutboxSender

deliver = OutboxSender._deliver


def slowly(self, message):
    time.sleep(0.01)
    return deliver(self, message)


OutboxSender._deliver = slowly
from campaigns.cli import main

main()
"""
"""A batch takes a second, so that signals arrive in the midst of one."""


@pytest.fixture
def crowded(crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    free_of_settings(monkeypatch)
    return Winddown(copied(crowd, tmp_path / "workspace"), monkeypatch)


def sending(winddown: Winddown) -> subprocess.Popen[bytes]:
    """A send whose first batch is under way."""
    process = winddown.start("send", CAMPAIGN, "--json", wrapper=_SLOW)
    while process.poll() is None and sum(1 for _ in winddown.outbox.glob("*.eml")) < 5:
        time.sleep(0.005)
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_batch_at_hand_is_finished(crowded: Winddown, number: signal.Signals, code: int) -> None:
    process = sending(crowded)
    process.send_signal(number)
    ran = finished(process)
    assert (ran.code, ran.said) == (code, "winddown: stopped as asked; run the command again to go on.")
    tally = crowded.tally()
    assert ran.json["deliveries"] == tally
    assert tally["uncertain"] == 0
    assert tally["accepted"] == len(crowded.emails()) == 100
    assert crowded("send", CAMPAIGN, now=SUNDAY).code == 0
    assert crowded.tally()["accepted"] == tally["planned"]


def test_who_presses_ctrl_c_twice_does_not_wait(crowded: Winddown) -> None:
    process = sending(crowded)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    ran = finished(process)
    assert (ran.code, ran.stdout) == (130, b"")
    assert "run the command again to go on" in ran.said
    assert crowded("send", CAMPAIGN, now=SUNDAY).code == 0
    tally = crowded.tally()
    assert tally["uncertain"] in {0, 100}  # the batch at hand, unless its receipts were still taken down
    assert tally["accepted"] == tally["planned"] - tally["uncertain"]
    assert set(crowded.message_ids().values()) == {1}
