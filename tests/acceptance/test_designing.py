"""`winddown power` and `winddown simulate` on the sample world: from past weeks, before any edition was sent."""

from __future__ import annotations

from pathlib import Path

from command_line import CAMPAIGN, Winddown


def test_before_any_edition_power_comes_from_the_weeks_that_there_are(unplanned: Winddown, tmp_path: Path) -> None:
    """The world has three weeks of listening; the plan wants eight."""
    refused = unplanned("power", CAMPAIGN)
    assert refused.code == 2
    assert "of the 8 weeks wanted; ask for fewer with --weeks" in refused.said
    picture = tmp_path / "pictures" / "power.png"
    settings = f"templates/{CAMPAIGN}/campaign.toml"
    unplanned.edit(settings, 'baseline = "control"', 'baseline = "control"\nminimum_effect = 0.01')
    ran = unplanned("power", CAMPAIGN, "--weeks", "2", "--picture", str(picture))
    assert ran.code == 0, ran.stderr
    assert "found with a power of 80%" in ran.out
    assert "1.00 percentage points takes" in " ".join(ran.out.split())
    assert picture.read_bytes().startswith(b"\x89PNG")
    plan = unplanned("power", CAMPAIGN, "--weeks", "2", "--json").json
    assert (plan["sent"], plan["metric"], len(plan["history"])) == (False, "completed_24h_of_sending", 2)
    assert plan["contrasts"][0]["people"] > plan["audience"] == plan["people"]


def test_a_metric_of_emails_is_not_known_before_any_was_sent(unplanned: Winddown) -> None:
    refused = unplanned("power", CAMPAIGN, "--weeks", "2", "--metric", "clicked")
    assert refused.code == 2
    assert "no edition has been sent yet, and so nothing is known of 'clicked'; wanted one of" in refused.said


def test_past_weeks_are_replayed_and_each_rate_has_its_error(unplanned: Winddown) -> None:
    ran = unplanned("simulate", CAMPAIGN, "--weeks", "2", "--replays", "40")
    assert ran.code == 0, ran.stderr
    assert "40 replays of 2 weeks without an edition" in ran.out
    assert "±" in ran.out
    assert "Looking every week" in ran.out
    found = unplanned("simulate", CAMPAIGN, "--weeks", "2", "--replays", "40", "--json").json
    assert found["tried"]
    assert all(tried["alike"]["called"]["replays"] + tried["alike"]["undefined"] == 40 for tried in found["tried"])
