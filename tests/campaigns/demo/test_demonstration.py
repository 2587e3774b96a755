"""The demonstration: a whole edition on a made-up world, plainly labelled as such."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from command_line import CAMPAIGN, Winddown
from hypothesis import given
from hypothesis import strategies as st

from campaigns.demo.demonstration import _last_friday


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_the_edition_shown_is_the_latest_whose_weekend_is_over(today: date) -> None:
    friday = _last_friday(today)
    sunday = friday + timedelta(days=2)
    assert friday.isoweekday() == 5
    assert sunday < today <= sunday + timedelta(days=7)


def test_a_demonstration_ends_with_its_counts_and_where_to_look(winddown: Winddown, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    winddown.patch.delenv("WINDDOWN_SECRET_KEY")
    ran = winddown.bare("--now", "2026-11-23T09:00", "demo", str(folder), "--users", "100", "--seed", "3")
    assert (ran.code, ran.stderr) == (0, "")
    assert "What happened (all of it simulated)" in ran.out
    for words in ("considered", "planned", "accepted", "waiting", "events", "app interactions"):
        assert words in ran.out
    places = dict(line.split(": ", 1) for line in ran.out.splitlines() if ": " in line)
    emails = list(Path(places["Emails"]).glob("*.eml"))
    planned = json.loads((Path(places["Plan"]) / "manifest.json").read_text())["counts"]["planned"]
    assert len(emails) == planned > 40
    assert "simulated" in Path(places["Report"]).read_text().lower()
    assert json.loads(Path(places["Report"]).with_suffix(".json").read_text())["simulated"] is True
    assert (folder / "simulated" / "events.jsonl").exists()
    assert Path(places["Emails"]).parts[-2:] == (CAMPAIGN, "2026-W47")


def test_a_demonstration_takes_no_folder_that_holds_something(winddown: Winddown, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    ran = winddown.bare("demo", str(tmp_path))
    assert ran.code == 2
    assert "not empty" in ran.said
    assert (tmp_path / "kept").read_text() == "mine"
