"""Clearing away an old run on Personalize: everything of it, nothing else, in an order that Personalize allows."""

from __future__ import annotations

from collections import deque

import pytest
from personalize_house import RUN, House, export
from personalize_server import Mishap

from recsource.errors import TrainingError

NO_MUSIC = 'EXCLUDE ItemID WHERE Items.KIND IN ("music")'
OTHER = "20261201"


@pytest.fixture
def two_runs(house: House) -> House:
    """Both trained and inferred."""
    export(house.bucket, OTHER)
    recommender = house.recommender(filter_expression=NO_MUSIC)
    for run in (RUN, OTHER):
        recommender.infer(run, recommender.train(run), 5)
    return house


def left(house: House, run: str) -> list[str]:
    """What there is of a run, but for batch inference jobs, which cannot be deleted."""
    return [arn for arn, entry in house.books.entries.items() if run in arn and entry.kind != "BatchInferenceJob"]


def test_all_of_a_run_goes_and_nothing_of_another(two_runs: House) -> None:
    before = left(two_runs, OTHER)
    two_runs.recommender().clear(RUN)
    assert left(two_runs, RUN) == []
    assert left(two_runs, OTHER) == before != []


def test_what_would_go_is_told_without_touching_it(two_runs: House) -> None:
    holdings = two_runs.recommender().holdings(RUN)
    assert not [name for name, _ in two_runs.fake.requests if name.startswith("Delete")]
    kinds = [arn.split(":")[5].split("/")[0] for arn in holdings]
    assert kinds == [*["solution"] * 2, "filter", *["dataset"] * 3, *["schema"] * 3, "dataset-group"]


def test_a_run_that_begins_like_another_is_another(two_runs: House) -> None:
    longer = f"{RUN}-2"
    export(two_runs.bucket, longer)
    two_runs.recommender().train(longer)
    two_runs.recommender().clear(RUN)
    assert len(two_runs.recommender().holdings(longer)) == 9


def test_what_is_still_in_use_is_waited_for(two_runs: House) -> None:
    refusal = ("ResourceInUseException", "it is in use")
    two_runs.fake.refusals |= {"DeleteDataset": deque([refusal] * 2), "DeleteSchema": deque([refusal])}
    two_runs.recommender().clear(RUN)
    assert left(two_runs, RUN) == []


@pytest.mark.parametrize("operation", ["DeleteSolution", "DeleteFilter", "DeleteDataset", "DeleteDatasetGroup"])
@pytest.mark.parametrize("mishap", list(Mishap))
def test_mishaps_leave_nothing_behind(two_runs: House, operation: str, mishap: Mishap) -> None:
    two_runs.fake.mishaps[operation] = deque([mishap])
    two_runs.recommender().clear(RUN)
    assert left(two_runs, RUN) == []


def test_a_refusal_is_said_and_the_rest_goes_next_time(two_runs: House) -> None:
    two_runs.fake.refusals["DeleteDataset"] = deque([("InvalidInputException", "not today")])
    with pytest.raises(TrainingError, match=r"cannot be deleted: not today"):
        two_runs.recommender().clear(RUN)
    assert left(two_runs, RUN)
    two_runs.recommender().clear(RUN)
    assert left(two_runs, RUN) == []


def test_a_run_that_was_never_trained_has_nothing(house: House) -> None:
    assert list(house.recommender().holdings("20270101")) == []
    house.recommender().clear("20270101")
