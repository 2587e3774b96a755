"""A process that dies at one certain instant, and what the next one makes of it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random

import pytest
from command_line import CAMPAIGN, FRIDAY, SUNDAY, Winddown, copied, finished, free_of_settings

_DYING = """
import importlib, os, signal

*path, name = {path!r}
holder = importlib.import_module({module!r})
for part in path:
    holder = getattr(holder, part)
original, calls = getattr(holder, name), 0


def dying(*arguments, **named):
    global calls
    calls += 1
    if (calls, {when!r}) == ({call}, "before"):
        os.kill(os.getpid(), signal.SIGKILL)
    result = original(*arguments, **named)
    if (calls, {when!r}) == ({call}, "after"):
        os.kill(os.getpid(), signal.SIGKILL)
    return result


setattr(holder, name, dying)
from campaigns.cli import main

main()
"""


def dying(when: str, what: str, call: int = 1) -> str:
    """A program like `winddown` that kills itself before or after a certain call of a function."""
    module, _, path = what.partition(":")
    return _DYING.format(module=module, path=path.split("."), when=when, call=call)


ENROL = "campaigns.store.sql:SqlLedger.enrol"
REPLACE = "pathlib:Path.replace"
PLAN_POINTS = [
    pytest.param(dying("before", ENROL), id="before-enrolling"),
    pytest.param(dying("after", ENROL), id="enrolled"),
    pytest.param(dying("after", REPLACE, 1), id="one-file-in-place"),
    pytest.param(dying("before", REPLACE, 6), id="all-but-the-manifest"),
    pytest.param(dying("after", REPLACE, 6), id="published"),
]


def whole(winddown: Winddown) -> None:
    """Everybody planned got the message that the plan in the folder has for them; the ledger knows that plan."""
    manifest = json.loads((winddown.edition / "manifest.json").read_text())
    assert manifest["plan"]["sha256"] == winddown.enrolled_plan()
    tally = winddown.tally()
    assert tally["accepted"] == tally["planned"] > 0
    assert winddown.emails().keys() == winddown.deliveries().keys()
    for delivery in list(winddown.deliveries().values())[:3]:
        shown = winddown("render", CAMPAIGN, "--user", delivery.user_id, now=SUNDAY)
        assert winddown.emails()[delivery.delivery_id] == shown.stdout


@pytest.mark.parametrize("program", PLAN_POINTS[1:4])
def test_a_plan_that_dies_is_never_sent_from_by_halves(unplanned: Winddown, program: str) -> None:
    assert unplanned.run("plan", CAMPAIGN, now=FRIDAY, wrapper=program).code == -9
    sent = unplanned("send", CAMPAIGN, now=SUNDAY)
    if sent.code:
        assert sent.code == 2
        assert "not planned" in sent.said
        assert unplanned.emails() == {}
    assert unplanned("plan", CAMPAIGN).code == 0
    assert unplanned("send", CAMPAIGN, now=SUNDAY).code == 0
    whole(unplanned)


@pytest.mark.parametrize("program", PLAN_POINTS)
def test_planning_anew_that_dies_sends_the_old_plan_or_the_new_or_neither(
    winddown: Winddown, program: str
) -> None:
    winddown.edit(f"templates/{CAMPAIGN}/campaign.toml", "strength = 0.3", "strength = 0.9")
    assert winddown.run("plan", CAMPAIGN, now=FRIDAY, wrapper=program).code == -9
    sent = winddown("send", CAMPAIGN, now=SUNDAY)
    if sent.code:
        assert sent.code in {2, 3}
        assert "winddown plan" in sent.said
        assert winddown.emails() == {}
        assert winddown("plan", CAMPAIGN).code == 0
        assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    whole(winddown)


@pytest.mark.parametrize(
    ("program", "left", "accepted"),
    [
        pytest.param(dying("after", "campaigns.store.sql:SqlLedger.submit"), 0, False, id="submitting"),
        pytest.param(dying("before", "campaigns.senders.outbox:OutboxSender._deliver", 31), 30, False, id="amid"),
        pytest.param(dying("before", "os:link", 31), 30, False, id="amid-a-file"),
        pytest.param(dying("before", "campaigns.store.sql:SqlLedger.settle"), None, False, id="handed-over"),
        pytest.param(dying("after", "campaigns.store.sql:SqlLedger.settle"), None, True, id="settled"),
    ],
)
def test_what_may_have_left_is_uncertain_and_stays_so(
    winddown: Winddown, program: str, left: int | None, *, accepted: bool
) -> None:
    """The sample's people fit into one batch, so that all of them were claimed."""
    planned = winddown.tally()["planned"]
    assert winddown.run("send", CAMPAIGN, wrapper=program).code == -9
    after_death = winddown.emails()
    assert len(after_death) == (planned if left is None else left)
    assert winddown.tally()["in_flight"] == (0 if accepted else planned)
    for _ in range(2):
        assert winddown("send", CAMPAIGN, now="2026-11-22T07:00").code == 0
    tally = winddown.tally()
    assert (tally["accepted"], tally["uncertain"]) == ((planned, 0) if accepted else (0, planned))
    assert winddown.emails() == after_death
    details = {delivery.detail for delivery in winddown.deliveries().values()}
    assert details == ({""} if accepted else {"the process that was sending it died"})


@pytest.mark.parametrize("method", ["claim", "submit"])
def test_what_was_only_claimed_is_sent_because_no_byte_of_it_had_left(winddown: Winddown, method: str) -> None:
    when = "after" if method == "claim" else "before"
    assert (
        winddown.run("send", CAMPAIGN, wrapper=dying(when, f"campaigns.store.sql:SqlLedger.{method}")).code == -9
    )
    tally = winddown.tally()
    assert (tally["waiting"], tally["in_flight"]) == (tally["planned"], tally["planned"])
    assert winddown("send", CAMPAIGN, now="2026-11-22T07:00").code == 0
    whole(winddown)


def test_the_provider_settles_what_is_uncertain(winddown: Winddown, tmp_path: Path) -> None:
    program = dying("before", "campaigns.senders.outbox:OutboxSender._deliver", 31)
    assert winddown.run("send", CAMPAIGN, wrapper=program).code == -9
    arrived = winddown.emails().keys()
    events = tmp_path / "events.jsonl"
    told = {"type": "delivered", "at": "2026-11-22T06:01"}
    lines = [json.dumps({"provider_event_id": key, "delivery_id": key, **told}) for key in arrived]
    events.write_text("\n".join(lines))
    assert winddown("ingest", str(events), now="2026-11-22T07:00").code == 0
    assert winddown("send", CAMPAIGN, now="2026-11-22T07:00").code == 0
    tally = winddown.tally()
    assert (tally["accepted"], tally["uncertain"]) == (30, tally["planned"] - 30)
    assert winddown.in_state("accepted") == arrived == winddown.emails().keys()


def test_a_plan_killed_at_any_time_is_whole_or_not_there(unplanned: Winddown) -> None:
    random = Random(49)
    for _ in range(5):
        process = unplanned.start("plan", CAMPAIGN, now=FRIDAY)
        time.sleep(random.uniform(0.3, 1.6))
        process.kill()
        assert finished(process).code in {0, -9}
        asked = unplanned("send", CAMPAIGN)
        assert asked.code in {0, 2, 3}, asked.stderr
        assert asked.code == 0 or "winddown plan" in asked.said
    assert unplanned("plan", CAMPAIGN).code == 0
    assert unplanned("send", CAMPAIGN, now=SUNDAY).code == 0
    whole(unplanned)


def test_a_run_killed_at_any_time_goes_on_where_it_was(
    crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_of_settings(monkeypatch)
    winddown, random, killed = Winddown(copied(crowd, tmp_path / "workspace"), monkeypatch), Random(50), 0
    winddown.unplan()
    for _ in range(5):
        process = winddown.start("run", CAMPAIGN)
        time.sleep(random.uniform(0.8, 2.6))
        process.kill()
        ran = finished(process)
        assert ran.code in {0, -9}, ran.stderr
        killed += ran.code == -9
    assert winddown("run", CAMPAIGN, now=SUNDAY).code == 0
    tally = winddown.tally()
    assert (tally["waiting"], tally["accepted"] + tally["uncertain"]) == (0, tally["planned"])
    assert tally["uncertain"] <= killed * 100
    emails = winddown.emails().keys()
    assert winddown.in_state("accepted") <= emails <= winddown.in_state("accepted", "uncertain")
    assert set(winddown.message_ids().values()) == {1}
