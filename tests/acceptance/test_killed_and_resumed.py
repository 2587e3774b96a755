"""A whole edition, its sending process killed at many instants and started again: the ledger's promise.

Nobody gets two, everybody gets one or stands as `uncertain`, and the counts balance after every kill. Here what
arrives are files; `test_chaos` has the senders that talk to somebody. `WINDDOWN_KILLS=200` kills more often than a
build has time for.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random

import pytest
from command_line import CAMPAIGN, Winddown, copied, finished, free_of_settings, message_id

from campaigns.senders.outbox import OutboxSender

OUTBOX_KILLS = int(os.environ.get("WINDDOWN_KILLS", "20"))
_PATIENCE = 20.0


def kill_after(winddown: Winddown, done: Callable[[], int], more: int, delay: float, now: str) -> bool:
    """Start a send, kill it a moment after so many more messages have left; whether it still ran."""
    before, deadline = done(), time.monotonic() + _PATIENCE
    process = winddown.start("send", CAMPAIGN, now=now)
    while process.poll() is None and done() < before + more and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    ran = finished(process)
    assert ran.code in {0, -9}, ran.stderr
    return ran.code == -9


def test_an_outbox_that_is_killed_again_and_again(
    crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_of_settings(monkeypatch)
    random, kills = Random(47), 0
    for edition in count():
        if kills >= OUTBOX_KILLS:
            break
        winddown = Winddown(copied(crowd, tmp_path / f"edition-{edition}"), monkeypatch)
        winddown.outbox.mkdir(parents=True)
        here = 0
        while winddown.tally()["waiting"]:
            here += kill_after(
                winddown,
                lambda folder=winddown.outbox: sum(1 for _ in folder.iterdir()),
                more=random.randrange(60),
                delay=random.uniform(0, 0.05),
                now="2026-11-22T06:00",
            )
            assert winddown.tally()["uncertain"] <= here * OutboxSender.batch_size
            nobody_missing_in_the_outbox(winddown)
        assert winddown("send", CAMPAIGN, now="2026-11-22T07:00").code == 0
        tally = winddown.tally()
        assert (tally["waiting"], tally["in_flight"]) == (0, 0)
        assert tally["planned"] == tally["accepted"] + tally["uncertain"] > 1_000
        nobody_missing_in_the_outbox(winddown)
        kills += here


def nobody_missing_in_the_outbox(winddown: Winddown) -> None:
    """Every file's message is accepted or uncertain, and everything accepted has its file; no file is half."""
    emails = winddown.emails()
    assert all(content.endswith(b"--\r\n") for content in emails.values())
    assert Counter(map(message_id, emails.values())) == Counter(emails.keys())
    may_have_left = winddown.in_state("accepted", "uncertain", "submitting")
    assert winddown.in_state("accepted") <= emails.keys() <= may_have_left
