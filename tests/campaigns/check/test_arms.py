"""The arms share subject and preheader, or the check warns: with real templates, and one reader for both arms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rendering_world import SHIPPED, compiled, row, shipped_copy
from tiny_campaign import campaign

from campaigns.check.accepting import gravity
from campaigns.check.arms import Arms, envelope
from campaigns.check.finding import Finding, Severity
from campaigns.settings.campaign import read_campaign

CURATED = ("bath", "cat", "piano", "roof", "day", "train")
TREATED = [row(number=n, name=name) for n, name in enumerate(("Anna", None, "Zoë"))]
CONTROL = [row(*CURATED, variant="control", number=9 - n, name=name) for n, name in enumerate(("Bea", None))]


def _findings(folder: Path, *, meant: bool = False) -> list[Finding]:
    arms = Arms(campaign(experiment={"subject_is_treatment": meant}).experiment.experiment())
    for each in (*TREATED, *CONTROL):
        arms.see(each)
    return list(arms.findings(compiled(folder), gravity(())))


@pytest.fixture
def alike(tmp_path: Path) -> Path:
    """The shipped campaign with a subject and a preheader that name no pick."""
    folder = shipped_copy(tmp_path)
    (folder / "subject.txt").write_text(
        "{% if reader.first_name %}For {{ reader.first_name }}{% else %}New{% endif %}"
    )
    (folder / "preheader.txt").write_text("Quiet evenings\n")
    return folder


def test_arms_that_share_their_lines_are_not_warned_of(alike: Path) -> None:
    assert _findings(alike) == []


def test_the_shipped_campaign_names_picks_in_its_lines_and_says_so(tmp_path: Path) -> None:
    (finding,) = _findings(shipped_copy(tmp_path))
    assert "The Night Train to Lisbon" in finding.detail
    assert read_campaign(SHIPPED).experiment.subject_is_treatment


def test_the_preheader_is_what_an_inbox_shows_after_the_subject() -> None:
    found = envelope(compiled().render(TREATED[0]))
    assert found.subject == compiled().render_parts(TREATED[0]).subject
    assert found.preheader == compiled().render_parts(TREATED[0]).preheader


@pytest.mark.parametrize(
    ("name", "part"), [("subject.treatment.txt", "subject"), ("preheader.control.txt", "preheader")]
)
def test_a_line_of_ones_own_is_warned_of_with_both_wordings(alike: Path, name: str, part: str) -> None:
    (alike / name).write_text("Made for you & yours\n", encoding="utf-8")
    (finding,) = _findings(alike)
    assert (finding.code, finding.severity) == ("arms_differ", Severity.WARNING)
    assert (finding.messages, finding.example) == (3, TREATED[0].user_id)
    assert f"the {part} “Made for you & yours”" in finding.detail
    assert ("preheader" if part == "subject" else "subject") not in finding.detail
    assert finding.detail.startswith("treatment has ")


def test_a_picks_title_in_the_subject_makes_the_arms_differ_with_one_template(alike: Path) -> None:
    (alike / "subject.txt").write_text("New: {{ picks[0].title }}\n", encoding="utf-8")
    (finding,) = _findings(alike)
    assert (
        finding.detail
        == "treatment has the subject “New: The Night Train to Lisbon”, control the subject “New: Sound Bath”"
    )


def test_a_subject_that_differs_for_the_nameless_alone_is_found(alike: Path) -> None:
    (alike / "subject.control.txt").write_text(
        "{% if reader.first_name %}For {{ reader.first_name }}{% else %}Hello{% endif %}", encoding="utf-8"
    )
    (finding,) = _findings(alike)
    assert (finding.messages, finding.example) == (1, TREATED[1].user_id)


def test_where_the_subject_is_what_is_tested_there_is_nothing_to_warn_of(alike: Path) -> None:
    (alike / "subject.treatment.txt").write_text("Made for you\n", encoding="utf-8")
    assert _findings(alike, meant=True) == []


def test_a_language_that_the_baseline_has_nobody_in_is_not_compared(alike: Path) -> None:
    (alike / "subject.treatment.txt").write_text("Made for you\n", encoding="utf-8")
    arms = Arms(campaign().experiment.experiment())
    german = replace(TREATED[0].contact, language="de")
    arms.see(replace(TREATED[0], contact=german))
    arms.see(CONTROL[0])
    assert list(arms.findings(compiled(alike), gravity(()))) == []
