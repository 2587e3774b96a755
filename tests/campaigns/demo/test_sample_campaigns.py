"""The sample world has every campaign that comes with Winddown, each ready to be tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Winddown

TEMPLATES = Path(__file__).parents[3] / "templates"
CAMPAIGNS = sorted(path.parent.name for path in TEMPLATES.glob("*/campaign.toml"))
MONDAY = "2026-11-16T10:00"


def test_there_are_three() -> None:
    assert CAMPAIGNS == ["curated_whats_new", "plain_letter", "weekly_winddown"]


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_a_campaign_is_planned_checked_and_shown(unplanned: Winddown, campaign: str) -> None:
    assert unplanned("plan", campaign, now=MONDAY).code == 0
    checked = unplanned("check", campaign, "--json", now=MONDAY)
    assert (checked.code, checked.json["findings"]) == (0, [])
    assert checked.json["messages"] > 60
    user = checked.json["largest_example"]
    shown = unplanned("render", campaign, "--user", user, "--format", "text", now=MONDAY)
    assert shown.code == 0
    assert shown.out.count("https://app.winddown.example/") >= 3
