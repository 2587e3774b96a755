"""Runs compared, of one source or of two: which batches are judged, by which times, and under which names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from plain_parts import START, Bench, HoldingRecommender

from recsource.errors import InferenceError
from recsource.pipeline import steps
from recsource.pipeline.comparing import compare
from recsource.pipeline.running import run

DAY = timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    """A local run, and one of Personalize's a day later."""
    made = Bench()
    run(made.parts(), "ours")
    made.now += DAY
    made.recommender = HoldingRecommender(made.storage)
    run(made.parts(), "theirs")
    return made


def test_both_models_of_every_run_are_judged_against_the_first_runs_popularity(bench: Bench) -> None:
    bench.now += 7 * DAY
    compare(bench.parts(), ["ours", "theirs"])
    question = bench.asked[-1]
    assert [(name, one.run, one.model) for name, one in question.contestants.items()] == [
        ("local ours", "ours", "personalised"),
        ("local ours popularity", "ours", "popularity"),
        ("personalize theirs", "theirs", "personalised"),
        ("personalize theirs popularity", "theirs", "popularity"),
    ]
    assert question.baseline == "local ours popularity"
    assert question.runs == ("ours", "theirs")


def test_they_are_judged_by_what_none_of_them_could_know(bench: Bench) -> None:
    bench.now += 7 * DAY
    compare(bench.parts(), ["ours", "theirs"])
    window = bench.asked[-1].window
    assert (window.split, window.until) == (START + DAY, START + 8 * DAY)


def test_a_batch_knows_what_its_models_were_trained_on_and_no_more() -> None:
    bench = Bench()
    for day in range(4):
        bench.now = START + day * DAY
        run(bench.parts())
    compare(bench.parts(), ["20261126"])
    assert bench.asked[-1].window.split == START


def test_what_is_too_young_is_said(bench: Bench) -> None:
    with pytest.raises(
        InferenceError, match=r"knows all that was played until 2026-11-25 06:00; compare them a day"
    ):
        compare(bench.parts(), ["ours", "theirs"])


def test_a_run_that_is_not_there_is_said_with_those_that_are(bench: Bench) -> None:
    with pytest.raises(InferenceError, match=r"run mine: there is no such run; there are: theirs, ours"):
        compare(bench.parts(), ["mine"])


def test_a_run_without_a_batch_is_said() -> None:
    bench = Bench()
    steps.export(bench.parts(), "begun")
    with pytest.raises(InferenceError, match=r"run begun: it has no batch; run `winddown recs infer --run begun`"):
        compare(bench.parts(), ["begun"])
