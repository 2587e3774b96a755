"""What is judged: a second run on what was known some days ago, or an earlier run's batches."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from plain_parts import START, Bench, PlainRecommender

from recsource.errors import DatasetError
from recsource.pipeline import steps
from recsource.pipeline.pruning import find_old
from recsource.pipeline.running import run

RUN = "20261124"
DAY = timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def evaluation(bench: Bench, run_id: str = RUN) -> str:
    return bench.storage.read(f"runs/{run_id}/evaluation.md") or ""


def test_a_second_run_is_made_of_what_was_known_before_and_judged_by_what_came_since(bench: Bench) -> None:
    run(bench.parts(held_out=14 * DAY), RUN)
    assert isinstance(bench.recommender, PlainRecommender)
    held_out = f"{RUN}-held-out"
    assert (held_out, START - 14 * DAY) in bench.exported
    assert f"train {held_out}" in bench.recommender.asked
    (question,) = bench.asked
    assert question.runs == (held_out,)
    assert (question.window.split, question.window.until) == (START - 14 * DAY, START)


def test_the_second_run_is_nobodys_current_one_and_goes_with_the_first(bench: Bench) -> None:
    run(bench.parts(held_out=14 * DAY), RUN)
    bench.now = START + 8 * DAY
    later = run(bench.parts(held_out=14 * DAY))
    assert later is not None
    assert later.run == "20261202"
    (old,) = find_old(bench.parts(), keep=1)
    assert old.run == RUN
    assert any(key.startswith(f"runs/{RUN}-held-out/") for key in old.keys)


def test_without_a_second_run_the_latest_earlier_batches_are_judged(bench: Bench) -> None:
    for day in range(9):
        bench.now = START + day * DAY
        run(bench.parts())
    (question,) = bench.asked
    assert question.runs == ("20261130",)
    assert (question.window.split, question.window.until) == (START, START + 8 * DAY)


def test_where_there_is_no_earlier_batch_it_is_said(bench: Bench) -> None:
    run(bench.parts(), RUN)
    assert "There is no earlier batch yet" in evaluation(bench)


def test_too_little_history_for_a_split_stops_nothing(bench: Bench) -> None:
    def export(run_id: str, moment: datetime) -> dict[str, object]:
        if run_id.endswith("-held-out"):
            raise DatasetError("interactions: 3 are fewer than 1000")
        return dict(bench._export(run_id, moment))

    ran = run(bench.parts(held_out=14 * DAY, export=export), RUN)
    assert ran is not None
    assert "interactions: 3 are fewer than 1000" in str(ran.results["evaluate"]["why_not_judged"])
    assert "pull" in ran.results


def test_the_models_own_metrics_stand_beside_ours(bench: Bench) -> None:
    run(bench.parts(), RUN)
    assert "ndcg_at_25" in evaluation(bench)
    result = steps.evaluate(bench.parts(), RUN)
    assert result["own_metrics"] == {"personalised": {"ndcg_at_25": 0.25}, "popularity": {"ndcg_at_25": 0.25}}
