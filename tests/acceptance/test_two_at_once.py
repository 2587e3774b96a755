"""Two call at once, crons or people, on one host or on two that share a folder: one does it, the other says so."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command_line import CAMPAIGN, EDITION, FRIDAY, SUNDAY, Winddown, copied, finished, free_of_settings

from campaigns.dispatch.lock import edition_lock, plan_lock
from campaigns.wiring.workspace import host_name

_ELSEWHERE = """
import socket
import sys
import time
from pathlib import Path

from campaigns.cli import main
from campaigns.plan.edition_folder import EditionFolder

root, publish = Path(sys.argv[2]), EditionFolder.publish


def when_told(folder, draft):
    (root / "drafted").touch()
    while not (root / "go").exists():
        time.sleep(0.01)
    publish(folder, draft)


socket.gethostname = lambda: "elsewhere"
EditionFolder.publish = when_told
main()
"""
"""Another host, which looks long at its draft before it puts it in place."""


@pytest.fixture
def crowded(crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    free_of_settings(monkeypatch)
    return Winddown(copied(crowd, tmp_path / "workspace"), monkeypatch)


def everybody_got_one(winddown: Winddown) -> None:
    tally = winddown.tally()
    assert (tally["accepted"], tally["uncertain"]) == (tally["planned"], 0)
    assert winddown.emails().keys() == winddown.deliveries().keys()
    assert {delivery.attempts for delivery in winddown.deliveries().values()} == {1}


def test_of_two_runs_one_does_it_and_the_other_exits_with_0_saying_so(crowded: Winddown) -> None:
    crowded.unplan()
    processes = [crowded.start("run", CAMPAIGN, "--json") for _ in range(2)]
    one, other = sorted(map(finished, processes), key=lambda ran: len(ran.stderr))
    assert (one.code, one.stderr) == (0, "")
    assert one.json["deliveries"]["waiting"] == 0
    assert (other.code, other.stdout) == (0, b"")
    assert "another run is at work on it" in other.said
    everybody_got_one(crowded)


def test_of_two_sends_one_is_told_to_wait_and_nobody_gets_two(crowded: Winddown) -> None:
    processes = [crowded.start("send", CAMPAIGN) for _ in range(2)]
    one, other = sorted(map(finished, processes), key=lambda ran: ran.code)
    assert (one.code, other.code) == (0, 3)
    assert "another run is at work on it" in other.said
    everybody_got_one(crowded)


def test_while_an_edition_is_held_nothing_else_plans_or_sends_it_and_anybody_may_look(winddown: Winddown) -> None:
    before = winddown.tally()
    with edition_lock(EDITION, winddown.root / "editions", host_name()):
        for command, code in (("plan", 3), ("send", 3), ("run", 0)):
            ran = winddown(command, CAMPAIGN, now=SUNDAY)
            assert (ran.code, ran.stdout) == (code, b"")
            assert "another run is at work on it" in ran.said
        assert winddown("check", CAMPAIGN).code == 0
        assert winddown.tally() == before
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    everybody_got_one(winddown)


def test_of_two_hosts_that_plan_one_does_it_and_the_other_leaves_its_draft_alone(unplanned: Winddown) -> None:
    process = unplanned.start("plan", CAMPAIGN, now=FRIDAY, wrapper=_ELSEWHERE)
    while process.poll() is None and not (unplanned.root / "drafted").exists():
        time.sleep(0.01)
    for command, code in (("plan", 3), ("run", 0)):
        ran = unplanned(command, CAMPAIGN)
        assert (ran.code, ran.stdout) == (code, b"")
        assert "another host is planning" in ran.said
    (unplanned.root / "go").touch()
    planned = finished(process)
    assert (planned.code, planned.stderr) == (0, "")
    assert unplanned("send", CAMPAIGN, now=SUNDAY).code == 0
    everybody_got_one(unplanned)


def test_while_another_host_sends_this_one_may_send_and_not_plan(winddown: Winddown) -> None:
    with plan_lock(EDITION, winddown.root / "editions", alone=False):
        refused = winddown("plan", CAMPAIGN)
        assert (refused.code, refused.stdout) == (3, b"")
        assert "another host is planning or sending it" in refused.said
        assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    everybody_got_one(winddown)
