"""`[recs.serving]`, and what a variant's slots may be filled from where."""

from __future__ import annotations

import pytest
from command_line import CAMPAIGN, Winddown

_EXPERIMENT = """
[recs.serving.experiment]
name = "home"
primary = "completion_days_7"
baseline = "control"
variants = [{ name = "control", source = "SOURCE", share = 1.0 }]
"""


@pytest.mark.parametrize(("source", "refused"), [("curated", True), ("none", False), ("popular", False)])
def test_an_application_has_nothing_curated(unplanned: Winddown, source: str, refused: bool) -> None:  # noqa: FBT001
    settings = unplanned.root / "winddown.toml"
    settings.write_text(settings.read_text("utf-8") + _EXPERIMENT.replace("SOURCE", source), "utf-8")
    ran = unplanned("recs", "serve")
    assert ("wanted 'recommended', 'popular' or 'none'" in ran.said) is refused
    assert ran.code == 2


def test_an_email_cannot_show_what_was_always_shown(unplanned: Winddown) -> None:
    unplanned.edit(f"templates/{CAMPAIGN}/campaign.toml", 'source = "curated"', 'source = "none"')
    ran = unplanned("plan", CAMPAIGN)
    assert ran.code == 2
    assert "a variant's `source` is 'none'; wanted 'recommended', 'curated' or 'popular'" in ran.said


def test_an_experiment_without_emails_is_not_judged_by_them(unplanned: Winddown) -> None:
    settings = unplanned.root / "winddown.toml"
    text = _EXPERIMENT.replace("SOURCE", "none").replace("completion_days_7", "clicked")
    settings.write_text(settings.read_text("utf-8") + text, "utf-8")
    ran = unplanned("recs", "serve")
    assert ran.code == 2
    assert "metric 'clicked' needs an email; wanted one of completed_24h_of_sending, new_items_started" in ran.said
