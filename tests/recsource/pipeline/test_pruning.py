"""Old runs go; whatever is current, newest, or needed by one of these stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from killing import KillableStorage, Killed, Killer
from plain_parts import START, Bench, HoldingRecommender, PlainRecommender

from recsource.errors import InputError
from recsource.pipeline import steps
from recsource.pipeline.pruning import find_old, remove
from recsource.pipeline.running import run


def days(bench: Bench, count: int) -> None:
    for day in range(count):
        bench.now = START + timedelta(days=day)
        run(bench.parts())


@pytest.fixture
def bench() -> Bench:
    """Trained on 24 November and 2 December, inferred every other day until the 6th."""
    made = Bench()
    made.recommender = HoldingRecommender(made.storage)
    days(made, 14)
    return made


def runs(bench: Bench) -> list[str]:
    keys = bench.storage.keys("runs/")
    return sorted({key.split("/")[1] for key in keys})


ALL = [f"202611{day}" for day in (24, 26, 28, 30)] + ["20261202", "20261204", "20261206"]


def test_the_world_of_these_tests(bench: Bench) -> None:
    assert runs(bench) == ALL


def test_the_newest_stay_and_what_they_rely_on(bench: Bench) -> None:
    assert [old.run for old in find_old(bench.parts(), keep=2)] == ALL[:4]
    assert [old.run for old in find_old(bench.parts(), keep=4)] == ALL[1:3]


def test_the_current_one_stays_and_what_trained_it(bench: Bench) -> None:
    steps.pull(bench.parts(), "20261126", again=True)
    assert [old.run for old in find_old(bench.parts(), keep=1)] == ["20261128", "20261130", "20261204"]


def test_what_would_go_is_told_before_anything_goes(bench: Bench) -> None:
    first = find_old(bench.parts(), keep=2)[0]
    assert first.holdings == ["20261124-model", "20261124-group"]
    assert "runs/20261124/run.json" in first.keys
    assert runs(bench) == ALL


def test_what_goes_goes_with_files_and_holdings(bench: Bench) -> None:
    for old in find_old(bench.parts(), keep=2):
        remove(bench.parts(), old)
    assert runs(bench) == ALL[4:]
    assert isinstance(bench.recommender, HoldingRecommender)
    assert list(bench.recommender.held) == ["20261202"]


def test_a_removal_that_was_killed_anywhere_is_found_again(bench: Bench) -> None:
    original, killer = bench.storage, Killer()
    bench.storage = KillableStorage(original, killer)
    keys = original.keys("runs/20261124/")
    for left in range(len(keys), 0, -1):
        assert len(original.keys("runs/20261124/")) == left
        assert "runs/20261124/run.json" in original.keys("runs/20261124/")
        (old,) = (one for one in find_old(bench.parts(), keep=2) if one.run == "20261124")
        killer.calls, killer.at = 0, 1
        with pytest.raises(Killed):
            remove(bench.parts(), old)
        killer.at = 0
    assert original.keys("runs/20261124/") == []


def test_runs_of_another_source_are_not_ones_own(bench: Bench) -> None:
    bench.recommender = PlainRecommender(bench.storage)
    assert find_old(bench.parts(), keep=1) == []


def test_keeping_none_is_no_wish_that_is_granted(bench: Bench) -> None:
    with pytest.raises(InputError, match=r"--keep is 0; wanted 1 or more"):
        find_old(bench.parts(), keep=0)
