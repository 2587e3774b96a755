"""Power from the past: the baseline is what plain counting finds, and the plan what statsmodels promises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from past_weeks import NOW, PEOPLE, WEEKS, history, listening
from statsmodels.stats.power import NormalIndPower
from tiny_campaign import campaign

from campaigns.analysis.power import Baseline
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Experiment
from campaigns.ground.metric import MetricName
from campaigns.replay.drawing import draw
from campaigns.replay.history import History
from campaigns.replay.planning import baseline_of, plan_experiment
from campaigns.report.metrics import BY_NAME

WORLD = listening()
DAYS = BY_NAME[MetricName.COMPLETION_DAYS_7]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with history(tmp_path_factory.mktemp("past"), WORLD) as found:
        yield found


def _days() -> np.ndarray:
    """Distinct days with a completion after each week's moment, people by weeks, counted a person at a time."""
    last = NOW - timedelta(days=8)
    saturday = (last - timedelta(days=(last.isoweekday() - 6) % 7)).date()
    moments = [
        datetime(saturday.year, saturday.month, saturday.day, 18, tzinfo=UTC) - timedelta(weeks=n)
        for n in reversed(range(WEEKS))
    ]
    done: dict[str, list[datetime]] = defaultdict(list)
    for row in WORLD.interactions:
        if row["event"] == "complete":
            done[str(row["user_id"])].append(row["at"].replace(tzinfo=UTC))  # type: ignore[attr-defined]  # a datetime
    return np.array(
        [
            [
                len({(at - moment).days for at in done[f"user {n}"] if moment <= at < moment + timedelta(days=7)})
                for moment in moments
            ]
            for n in range(PEOPLE)
        ]
    )


def test_the_baseline_is_what_counting_a_person_at_a_time_finds(past: History) -> None:
    days, baseline = _days(), baseline_of(past, DAYS)
    assert (past.sent, past.audience, len(past.counted(DAYS))) == (False, PEOPLE, WEEKS)
    assert baseline.mean == pytest.approx(days.mean())
    assert baseline.variance == pytest.approx(days.var(ddof=1), rel=1e-9)
    total = days.sum(axis=1).var(ddof=1)
    assert baseline.correlation == pytest.approx((total / (WEEKS * baseline.variance) - 1) / (WEEKS - 1), rel=1e-9)
    assert 0.2 < baseline.correlation < 0.9
    assert 0.5 < baseline.covariate < 1  # habits last


def _plan(past: History, before: Baseline, **declared: object):  # type: ignore[no-untyped-def]  # noqa: ANN202
    experiment: Experiment = campaign(
        experiment={"primary": "completion_days_7", "minimum_effect": 0.3, **declared}
    ).experiment.experiment()
    return plan_experiment("weekly", experiment, past, DAYS, before)


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_size_is_that_of_statsmodels(past: History, share: float) -> None:
    variants = [
        {"name": "control", "source": "curated", "share": 1 - share},
        {"name": "treatment", "source": "recommended", "share": share},
    ]
    baseline = baseline_of(past, DAYS)
    (pair,) = _plan(past, baseline, variants=variants).contrasts
    control = NormalIndPower().solve_power(
        0.3 / baseline.variance**0.5, power=0.8, alpha=0.05, ratio=share / (1 - share)
    )
    assert pair.people == pytest.approx(control / (1 - share), abs=1.01)


def test_smaller_traffic_a_layer_and_more_looks_all_need_a_larger_effect(past: History) -> None:
    baseline = baseline_of(past, DAYS)
    found = {
        name: _plan(past, baseline, **declared).contrasts[0].detectable[0]
        for name, declared in {
            "all": {},
            "half": {"traffic": 0.5},
            "layer": {"layer": {"name": "home", "shards": [0, 5_000]}},
            "looks": {"looks": [0.25, 0.5, 0.75, 1]},
        }.items()
    }
    assert found["half"] == found["layer"] == pytest.approx(found["all"] * 2**0.5)
    assert 1 < found["looks"] / found["all"] < 1.03


def test_people_who_stay_in_their_arm_gain_less_from_weeks_than_those_drawn_anew(past: History) -> None:
    baseline = baseline_of(past, DAYS)
    sticky, weekly = (
        _plan(past, baseline, assignment=scheme).contrasts[0].detectable for scheme in ("sticky", "weekly")
    )
    assert sticky[0] == weekly[0]
    assert sticky[7] > weekly[7] == pytest.approx(weekly[0] / 8**0.5)


def test_three_arms_share_the_5_percent(past: History) -> None:
    variants = [
        {"name": name, "source": source, "share": share}
        for name, source, share in (
            ("control", "curated", 0.4),
            ("popularity", "popular", 0.2),
            ("treatment", "recommended", 0.4),
        )
    ]
    plan = _plan(past, baseline_of(past, DAYS), variants=variants)
    assert [(pair.treatment, pair.control) for pair in plan.contrasts] == [
        ("popularity", "control"),
        ("treatment", "control"),
    ]
    assert plan.contrasts[0].detectable[0] > plan.contrasts[1].detectable[0]
    alone = _plan(past, baseline_of(past, DAYS), variants=variants, contrasts=[["treatment", "control"]])
    assert alone.contrasts[0].detectable[0] < plan.contrasts[1].detectable[0]


def test_the_declared_effect_is_the_primary_metrics_alone(past: History) -> None:
    experiment = campaign(experiment={"minimum_effect": 0.02}).experiment.experiment()
    plan = plan_experiment("weekly", experiment, past, DAYS, baseline_of(past, DAYS))
    assert (plan.effect, plan.contrasts[0].people, plan.contrasts[0].weeks) == (None, None, None)


def test_a_single_variant_has_nothing_to_plan(past: History) -> None:
    only = [{"name": "treatment", "source": "recommended", "share": 1}]
    with pytest.raises(ConfigurationError, match="has a single variant, and nothing to compare"):
        _plan(past, baseline_of(past, DAYS), variants=only, baseline="treatment")


def test_the_picture_is_a_png_and_the_same_for_the_same_plan(past: History) -> None:
    plan = _plan(past, baseline_of(past, DAYS))
    first, second = draw(plan), draw(plan)
    assert first.startswith(b"\x89PNG")
    assert first == second


def test_weeks_that_the_interactions_do_not_reach_back_to_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(
            ConfigurationError, match=r"interactions: they go back to 2026-08-1[89], over \d+ of the 30 weeks"
        ),
        history(tmp_path, listening(people=3), weeks=30),
    ):
        pass
