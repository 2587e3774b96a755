"""When `recs run` trains, when it infers, and when it leaves things as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from plain_parts import START, Bench, PlainRecommender

from recsource.errors import TrainingError
from recsource.pipeline import steps
from recsource.pipeline.running import run, run_at_hand

DAY = timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def days_of(bench: Bench, count: int) -> list[str]:
    """What a daily cron job does, a line a day."""
    did = []
    for day in range(count):
        bench.now = START + day * DAY
        ran = run(bench.parts())
        did.append("-" if ran is None else "trained" if "train" in ran.results else "inferred")
    return did


def test_a_daily_cron_job_infers_every_other_day_and_trains_every_week(bench: Bench) -> None:
    assert days_of(bench, 9) == ["trained", "-", "inferred", "-", "inferred", "-", "inferred", "-", "trained"]


def test_what_is_inferred_between_trainings_comes_from_the_last_training(bench: Bench) -> None:
    days_of(bench, 3)
    assert isinstance(bench.recommender, PlainRecommender)
    assert bench.recommender.asked[-1] == "infer 20261126 with 20261124/personalised for 500 items"


def test_whoever_wants_it_anyway_gets_it(bench: Bench) -> None:
    days_of(bench, 1)
    bench.now += timedelta(hours=30)
    forced = run(bench.parts(), force=True)
    assert forced is not None
    assert forced.run == "20261125"
    assert list(forced.results) == ["export", "train", "evaluate", "infer", "pull"]


def test_a_named_run_is_done_whether_one_is_due_or_not(bench: Bench) -> None:
    days_of(bench, 1)
    named = run(bench.parts(), "extra")
    assert named is not None
    assert (named.run, "train" in named.results) == ("extra", False)


@pytest.mark.parametrize("broken", ["export", "pull"])
def test_a_run_that_was_interrupted_is_gone_on_with_after_midnight(bench: Bench, broken: str) -> None:
    def fails(*_: object) -> dict[str, object]:
        raise TrainingError("not today")

    with pytest.raises(TrainingError):
        run(bench.parts(**{broken: fails}))
    bench.now = START + timedelta(hours=20)
    ran = run(bench.parts())
    assert ran is not None
    assert ran.run == "20261124"
    assert isinstance(bench.recommender, PlainRecommender)
    assert bench.recommender.asked.count("train 20261124") == 1
    assert run(bench.parts()) is None


def test_a_run_that_fails_for_days_is_left_behind(bench: Bench) -> None:
    def fails(*_: object) -> dict[str, object]:
        raise TrainingError("never")

    for day in range(4):
        bench.now = START + day * DAY
        with pytest.raises(TrainingError):
            run(bench.parts(pull=fails))
    bench.now = START + 4 * DAY
    ran = run(bench.parts())
    assert ran is not None
    assert ran.run == "20261128"


def test_sources_do_not_mix(bench: Bench) -> None:
    days_of(bench, 1)
    bench.recommender = PlainRecommender(bench.storage, name="personalize")
    bench.now = START + DAY
    ran = run(bench.parts())
    assert ran is not None
    assert "train" in ran.results


def test_single_steps_go_on_with_the_run_that_is_not_done(bench: Bench) -> None:
    assert run_at_hand(bench.parts()) == "20261124"
    steps.export(bench.parts(), "by-hand")
    bench.now = START + DAY
    assert run_at_hand(bench.parts()) == "by-hand"
    assert run_at_hand(bench.parts(), having="train") == "20261125"
    steps.train(bench.parts(), "by-hand")
    assert run_at_hand(bench.parts(), having="train") == "by-hand"
