"""The verdict says one honest thing, and says nothing where nothing may be said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from planted import EDITION, LATER, SENT, experiment

from campaigns.report.gather import Gathered
from campaigns.report.metrics import measures
from campaigns.report.result import Report
from campaigns.report.study import study


def counts(people: int, completed: int, **others: int) -> Mapping[str, int]:
    """An arm in which everything arrived; `others` say what did not."""
    arm = dict.fromkeys(measures(), 0) | dict.fromkeys(("assigned", "sent", "delivered"), people)
    arm |= {"completed_24h_of_sending.people": people, "completed_24h_of_sending.successes": completed}
    return arm | others


def concluded(*names: str, **arms: Mapping[str, int]) -> Report:
    close = SENT + timedelta(hours=24)
    return study(
        Gathered(arms, [], [], last_close=close, newest=close),
        edition=EDITION,
        experiment=experiment(*names),
        now=LATER,
        simulated=False,
        manifest_sha256="0" * 64,
    )


def findings(report: Report) -> list[str]:
    return [verdict.finding for verdict in report.verdicts]


def test_better() -> None:
    found = concluded(control=counts(9000, 2700), treatment=counts(9000, 2970))
    assert findings(found) == ["better"]
    assert found.verdicts[0].headline == "Treatment did better"
    assert "33.0% against 30.0% in control, +3.0 percentage points" in found.verdicts[0].sentence


def test_worse() -> None:
    found = concluded(control=counts(9000, 2970), treatment=counts(9000, 2700))
    assert findings(found) == ["worse"]
    assert "fewer people" in found.verdicts[0].sentence
    assert "\N{MINUS SIGN}3.0 percentage points" in found.verdicts[0].sentence


def test_a_difference_that_chance_could_make_is_too_early_to_tell() -> None:
    found = concluded(control=counts(900, 270), treatment=counts(900, 290))
    assert findings(found) == ["no_difference_shown"]
    assert found.verdicts[0].headline == "Too early to tell"


def test_a_sample_ratio_alarm_voids_even_a_great_difference() -> None:
    found = concluded(control=counts(9000, 2700), treatment=counts(8000, 4000))
    assert findings(found) == ["void"]
    assert "first at “assigned”" in found.verdicts[0].sentence


@pytest.mark.parametrize("step", ["sent", "delivered"])
def test_arm_dependent_loss_on_the_way_voids_it_too(step: str) -> None:
    """Planted: the randomiser is right, and one arm's messages are dropped later."""
    found = concluded(control=counts(9000, 2700), treatment=counts(9000, 2970, **{step: 8200}))
    assert findings(found) == ["void"]
    assert [check.alarm for check in found.checks if check.step == step] == [True]
    assert f"first at “{step}”" in found.verdicts[0].sentence


def test_open_windows_come_before_any_difference() -> None:
    pending = {"completed_24h_of_sending.pending": 12}
    found = concluded(control=counts(9000, 100, **pending), treatment=counts(9000, 900))
    assert findings(found) == ["too_early"]
    assert found.verdicts[0].sentence == "12 of 18,000 people are still within their 24 hours."
    assert "12 windows are still open" in found.warnings[0]


@pytest.mark.parametrize(
    ("control", "treatment", "reason"),
    [
        (counts(0, 0), counts(10, 1), "nobody was assigned to control."),
        (counts(0, 0), counts(0, 0), "nobody was assigned to control or treatment."),
        (counts(10, 1, sent=0), counts(10, 1, sent=0), "nothing has been sent yet."),
        (counts(10, 0), counts(10, 0), "have the app's completions been ingested?"),
    ],
)
def test_nothing_to_compare_is_a_sentence(
    control: Mapping[str, int], treatment: Mapping[str, int], reason: str
) -> None:
    found = concluded(control=control, treatment=treatment)
    assert findings(found) == ["nothing_to_compare"]
    assert found.verdicts[0].sentence.endswith(reason)


def test_a_campaign_with_one_variant_has_nothing_to_compare() -> None:
    found = concluded("only", only=counts(10, 1))
    assert findings(found) == ["nothing_to_compare"]


def test_every_variant_is_compared_with_the_baseline() -> None:
    found = concluded(
        "control",
        "popular",
        "personal",
        control=counts(9000, 2700),
        popular=counts(9000, 2720),
        personal=counts(9000, 3000),
    )
    assert [(verdict.variant, verdict.finding) for verdict in found.verdicts] == [
        ("popular", "no_difference_shown"),
        ("personal", "better"),
    ]
    assert {pair.baseline for pair in found.primary.comparisons} == {"control"}


def test_completions_that_stop_before_the_windows_close_are_warned_of() -> None:
    arms = {"control": counts(10, 1), "treatment": counts(10, 1)}
    for quiet, warned in ((timedelta(hours=5), False), (timedelta(hours=7), True)):
        close = SENT + timedelta(hours=24)
        found = study(
            Gathered(arms, [], [], last_close=close, newest=close - quiet),
            edition=EDITION,
            experiment=experiment(),
            now=LATER,
            simulated=False,
            manifest_sha256="",
        )
        assert any("have the later completions been ingested" in warning for warning in found.warnings) == warned
