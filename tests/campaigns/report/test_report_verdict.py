"""The verdict says one honest thing, and says nothing where nothing may be said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from planted import LATER, SENT, experiment

from campaigns.analysis.moments import Moments
from campaigns.ground.experiment import Guardrail, PlannedContrast
from campaigns.ground.metric import MetricName
from campaigns.report.counting import Window
from campaigns.report.earning import ATTRIBUTES, Earned
from campaigns.report.gather import Gathered
from campaigns.report.measuring import BEFORE, Measured
from campaigns.report.metrics import HORIZONS, METRICS
from campaigns.report.question import EditionFiles, Question
from campaigns.report.result import Report
from campaigns.report.steps import FUNNEL
from campaigns.report.study import study

WEEK = "2026-W47"
CLOSE = SENT + timedelta(hours=24)


def arm(people: int, completed: int, **others: int) -> dict[str, int]:
    """An arm in which everything arrived; `others` say what did not, or what else happened."""
    reached = dict.fromkeys(("assigned", "sent", "delivered"), people)
    return reached | {"completed_of_sending": completed} | others


def moments(counts: Mapping[str, int]) -> Moments:
    """Of yes-or-no columns that have nothing to do with one another."""
    people = counts["assigned"]
    names = {column for each in METRICS for column in (*each.columns, each.exposed)}
    means = {name: counts.get(name.rpartition("_")[0], 0) / max(people, 1) for name in names} | {BEFORE: 0.0}
    pairs = {(one, other): 0.0 for one in means for other in means if one <= other}
    return Moments(people, means, pairs | {(name, name): mean * (1 - mean) for name, mean in means.items()})


def concluded(
    *names: str, pending: int = 0, newest: timedelta = timedelta(), declared: Any = None, **arms: Any
) -> Report:
    funnel = {name: {step: counts.get(step, 0) for step in FUNNEL} for name, counts in arms.items()}
    measured = Measured(
        counted={days: [WEEK] for days in HORIZONS},
        arms={name: moments(counts) for name, counts in arms.items() if counts["assigned"]},
        crossed=None,
        weeks={},
        segments={},
        reached=funnel,
    )
    window = Window(SENT, SENT, {days: pending if days == 1 else 0 for days in HORIZONS}, {})
    gathered = Gathered(
        {WEEK: window}, {WEEK: funnel}, measured, Earned.nothing(ATTRIBUTES), [], [], None, CLOSE - newest, ""
    )
    files = EditionFiles(WEEK, Path())
    question = Question(experiment(*names, **(declared or {})), [files], files, LATER)
    return study(gathered, question, METRICS, campaign="weekly_winddown", simulated=False, manifests={})


def findings(report: Report) -> list[str]:
    return [verdict.finding for verdict in report.verdicts]


def test_better() -> None:
    found = concluded(control=arm(9000, 2700), treatment=arm(9000, 2970))
    assert findings(found) == ["better"]
    assert found.verdicts[0].headline == "Treatment did better than control"
    assert "33.0% completed within 24 hours of sending, against 30.0% in control" in found.verdicts[0].sentence
    assert "+3.0 percentage points" in found.verdicts[0].sentence.replace("\N{NO-BREAK SPACE}", " ")


def test_worse() -> None:
    found = concluded(control=arm(9000, 2970), treatment=arm(9000, 2700))
    assert findings(found) == ["worse"]
    assert "\N{MINUS SIGN}3.0" in found.verdicts[0].sentence


def test_a_difference_that_chance_could_make_is_too_early_to_tell() -> None:
    found = concluded(control=arm(900, 270), treatment=arm(900, 290))
    assert findings(found) == ["no_difference_shown"]
    assert found.verdicts[0].headline == "Too early to tell"


def test_a_sample_ratio_alarm_voids_even_a_great_difference() -> None:
    found = concluded(control=arm(9000, 2700), treatment=arm(8000, 4000))
    assert findings(found) == ["void"]
    assert "first at “eligible”" in found.verdicts[0].sentence


@pytest.mark.parametrize("step", ["sent", "delivered"])
def test_arm_dependent_loss_on_the_way_voids_it_too(step: str) -> None:
    """Planted: the randomiser is right, and one arm's messages are dropped later."""
    found = concluded(control=arm(9000, 2700), treatment=arm(9000, 2970, **{step: 8200}))
    assert findings(found) == ["void"]
    assert [check.alarm for check in found.checks if check.step == step] == [True]
    assert f"first at “{step}”" in found.verdicts[0].sentence


def test_openings_out_of_proportion_void_nothing_and_forbid_comparing_openers() -> None:
    found = concluded(control=arm(9000, 2700, opened=3000), treatment=arm(9000, 2970, opened=3900))
    assert findings(found) == ["better"]
    assert not found.readings[0].may_be_read


def test_open_windows_come_before_any_difference() -> None:
    found = concluded(control=arm(9000, 100), treatment=arm(9000, 900), pending=12)
    assert findings(found) == ["too_early"]
    assert found.verdicts[0].sentence == "12 of 18,000 people are still within their 24 hours."


@pytest.mark.parametrize(
    ("control", "treatment", "reason"),
    [
        (arm(0, 0), arm(10, 1), "nobody was assigned to control."),
        (arm(0, 0), arm(0, 0), "nobody was assigned to control or treatment."),
        (arm(10, 1, sent=0), arm(10, 1, sent=0), "nothing has been sent yet."),
        (arm(10, 0), arm(10, 0), "have the app's completions been ingested?"),
    ],
)
def test_nothing_to_compare_is_a_sentence(
    control: Mapping[str, int], treatment: Mapping[str, int], reason: str
) -> None:
    found = concluded(control=control, treatment=treatment)
    assert findings(found) == ["nothing_to_compare"]
    assert found.verdicts[0].sentence.endswith(reason)


def test_a_campaign_with_one_variant_has_nothing_to_compare() -> None:
    assert findings(concluded("only", only=arm(10, 1))) == ["nothing_to_compare"]


def test_planned_contrasts_are_adjusted_by_holm_and_the_others_shown_too() -> None:
    planned = (PlannedContrast("personal", "control"), PlannedContrast("personal", "popular"))
    arms = {"control": arm(9000, 2700), "popular": arm(9000, 2825), "personal": arm(9000, 2970)}
    found = concluded("control", "popular", "personal", declared={"contrasts": planned}, **arms)
    assert [(verdict.variant, verdict.finding) for verdict in found.verdicts] == [
        ("personal", "better"),
        ("personal", "better"),
    ]
    pairs = {(pair.variant, pair.against): pair for pair in found.primary.comparisons}
    first, second, other = pairs["personal", "control"], pairs["personal", "popular"], pairs["popular", "control"]
    assert first.contrast is not None
    assert second.contrast is not None
    assert first.adjusted_p == pytest.approx(2 * first.contrast.p_value)
    assert second.adjusted_p == pytest.approx(second.contrast.p_value)
    assert (other.planned, other.adjusted_p) == (False, None)


def test_a_difference_that_holm_takes_back_is_not_called() -> None:
    arms = {"control": arm(9000, 2700), "a": arm(9000, 2825), "b": arm(9000, 2710)}
    found = concluded("control", "a", "b", **arms)
    pair = found.primary.comparisons[0]
    assert pair.contrast is not None
    assert pair.adjusted_p is not None
    assert pair.contrast.p_value < 0.05 < pair.adjusted_p
    assert findings(found) == ["no_difference_shown", "no_difference_shown"]


@pytest.mark.parametrize(("unsubscribed", "verdict"), [(20, "held"), (45, "undecided"), (120, "broken")])
def test_guardrails_are_held_against_the_margin_that_was_declared(unsubscribed: int, verdict: str) -> None:
    rails = (Guardrail(MetricName.UNSUBSCRIBED, 0.003),)
    found = concluded(
        control=arm(9000, 2700, unsubscribed=20),
        treatment=arm(9000, 2700, unsubscribed=unsubscribed),
        declared={"guardrails": rails},
    )
    (result,) = (each for each in found.metrics if each.name is MetricName.UNSUBSCRIBED)
    assert result.comparisons[0].guarded is not None
    assert result.comparisons[0].guarded.verdict == verdict


@pytest.mark.parametrize(("quiet", "warned"), [(timedelta(hours=5), False), (timedelta(hours=7), True)])
def test_completions_that_stop_before_the_windows_close_are_warned_of(quiet: timedelta, *, warned: bool) -> None:
    found = concluded(control=arm(10, 1), treatment=arm(10, 1), newest=quiet)
    assert any("have the later completions been ingested" in warning for warning in found.warnings) == warned
