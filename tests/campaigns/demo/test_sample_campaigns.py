"""The sample world has every campaign that comes with Winddown, each ready to be tried."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from command_line import Winddown, free_of_settings

from campaigns.demo.sample import write_sample
from campaigns.ports.progress import Silent

TEMPLATES = Path(__file__).parents[3] / "templates"
CAMPAIGNS = sorted(path.parent.name for path in TEMPLATES.glob("*/campaign.toml"))
MONDAY = "2026-11-16T10:00"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample workspace that stays where it was made, so that its pictures are found."""
    folder = tmp_path_factory.mktemp("world") / "sample"
    write_sample(folder, users=120, weeks=3, seed=7, until=date(2026, 11, 20), progress=Silent())
    return folder


@pytest.fixture
def winddown(world: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    free_of_settings(monkeypatch)
    return Winddown(world, monkeypatch)


def test_there_are_three() -> None:
    assert CAMPAIGNS == ["curated_whats_new", "plain_letter", "weekly_winddown"]


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_a_campaign_is_planned_and_sound_and_shown(winddown: Winddown, campaign: str) -> None:
    assert winddown("plan", campaign, now=MONDAY).code == 0
    checked = winddown("check", campaign, "--json", now=MONDAY)
    found = {finding["code"]: finding["severity"] for finding in checked.json["findings"]}
    assert found.keys() <= {"cut_subject", "look_alike"}, "some names are long, and there are but 24 pictures"
    assert "error" not in found.values()
    assert (checked.code, checked.json["messages"] > 60) == (0, True)
    user = checked.json["largest_example"]
    shown = winddown("render", campaign, "--user", user, "--format", "text", now=MONDAY)
    assert shown.code == 0
    assert shown.out.count("https://app.winddown.example/") >= 3
