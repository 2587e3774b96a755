"""`winddown doctor`: well where all is well, and one fault does not hide the next."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from command_line import CAMPAIGN, Winddown

from campaigns.ports.clock import system_clock
from campaigns.ports.progress import Silent
from campaigns.wiring.doctor import Health, examine
from campaigns.wiring.workspace import Workspace


def _parts(winddown: Winddown, code: int) -> dict[str, list[dict[str, Any]]]:
    ran = winddown("doctor", "--json")
    assert ran.code == code, ran.stderr
    parts: dict[str, list[dict[str, Any]]] = {}
    for one in ran.json:
        parts.setdefault(one["part"], []).append(one)
    return parts


def test_a_sample_workspace_is_well_but_for_sending_nowhere(unplanned: Winddown) -> None:
    parts = _parts(unplanned, 0)
    doubtful = {one["sentence"] for signs in parts.values() for one in signs if one["health"] != "well"}
    assert doubtful == {"outbox: nothing leaves this machine; set `provider` under [sender]"}
    assert parts.keys() == {
        "campaigns",
        "secrets",
        "data",
        "engine",
        "disk",
        "clock",
        "time zones",
        "ledger",
        "provider",
    }


def test_every_fault_is_told_with_what_to_do(unplanned: Winddown) -> None:
    unplanned.patch.setenv("WINDDOWN_SECRET_KEY", "short")
    unplanned.patch.setenv("WINDDOWN_SENDER__PROVIDER", "sendgrid")
    unplanned.patch.setenv("WINDDOWN_ENGINE__MEMORY_LIMIT", "9000 GB")
    unplanned.edit(f"templates/{CAMPAIGN}/campaign.toml", "[schedule]", "[shedule]")
    unplanned.edit("winddown.toml", "items.parquet", "itmes.parquet")
    unplanned.ledger.write_text("this is no database, and long enough to be looked at as one" * 40)
    parts = _parts(unplanned, 1)
    said = {part: " ".join(one["sentence"] for one in signs) for part, signs in parts.items()}
    assert "shedule" in said["campaigns"]
    assert "at least 16" in said["secrets"]
    assert "itmes" in said["data"]
    assert "lower it, or free some" in said["engine"]
    assert "SendGrid's API key is missing" in said["provider"]
    assert parts["ledger"][0]["health"] == "ill"
    assert parts["time zones"][0]["health"] == "well"


def test_clocks_that_disagree_are_told(unplanned: Winddown) -> None:
    workspace = Workspace.open(unplanned.root, system_clock, Silent())
    found = examine(workspace, lambda: system_clock() - timedelta(minutes=3))
    off = {one.part: one.sentence for one in found if one.health is Health.ILL}
    assert off.keys() == {"clock", "ledger"}
    assert re.fullmatch(
        r"the ledger's clock is \+1[78]\d s off this machine's; let both keep time \(NTP\)", off["ledger"]
    )


def test_brackets_in_a_sentence_are_shown(unplanned: Winddown) -> None:
    assert "[sender]" in " ".join(unplanned("doctor").out.split())
