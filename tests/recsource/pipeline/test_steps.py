"""Each step: done once, as of the moment and with the settings it began with, and only after what it needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from plain_parts import START, Bench, HoldingRecommender, PlainRecommender

from recsource.errors import DatasetError, InferenceError, InputError, StorageError, TrainingError
from recsource.pipeline import steps
from recsource.pipeline.record import read_record
from recsource.ports import Trained

RUN = "20261124"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def all_steps(bench: Bench, run: str = RUN) -> None:
    parts = bench.parts()
    for step in (steps.export, steps.train, steps.evaluate, steps.infer, steps.pull):
        step(parts, run)


def asked(bench: Bench) -> list[str]:
    assert isinstance(bench.recommender, PlainRecommender)
    return bench.recommender.asked


def test_a_run_leaves_a_record_of_all_that_was_done(bench: Bench) -> None:
    bench.settings = {"train": {"recipe": "aws-user-personalization-v2"}, "infer": {"num_results": 500}}
    all_steps(bench)
    record = json.loads(bench.storage.read(f"runs/{RUN}/run.json") or "")
    assert (record["run"], record["source"]) == (RUN, "local")
    assert list(record["steps"]) == sorted(["export", "train", "evaluate", "infer", "pull"])
    assert all(step["done_at"] for step in record["steps"].values())
    train, infer = record["steps"]["train"], record["steps"]["infer"]
    assert train["settings"] == {"recipe": "aws-user-personalization-v2"}
    assert train["result"]["models"][0] == {
        "model": "personalised",
        "reference": f"{RUN}/personalised",
        "metrics": {"ndcg_at_25": 0.25},
        "details": {"seed": "7"},
    }
    assert infer["result"]["trained_in"] == RUN
    assert record["steps"]["export"]["result"]["hashes"]


def test_what_is_done_is_not_done_again(bench: Bench) -> None:
    all_steps(bench)
    before = list(asked(bench))
    all_steps(bench)
    assert asked(bench) == before == [f"train {RUN}", f"infer {RUN} with {RUN}/personalised for 500 items"]
    assert len(bench.exported) == len(bench.told) == 1


def test_a_step_that_is_asked_for_again_is_done_again_and_what_came_after_it_forgotten(bench: Bench) -> None:
    all_steps(bench)
    steps.train(bench.parts(), RUN, again=True)
    record = read_record(bench.storage, RUN)
    assert record is not None
    assert list(record.steps) == ["export", "train"]
    assert asked(bench).count(f"train {RUN}") == 2


@pytest.mark.parametrize("step", [steps.export, steps.train, steps.infer])
def test_what_personalize_keeps_under_a_name_cannot_be_done_again(bench: Bench, step: object) -> None:
    bench.recommender = HoldingRecommender(bench.storage)
    all_steps(bench)
    with pytest.raises(InputError, match=r"cannot be repeated; name a new run"):
        step(bench.parts(), RUN, again=True)  # type: ignore[operator]
    steps.evaluate(bench.parts(), RUN, again=True)


def test_an_export_that_was_interrupted_goes_on_as_of_the_moment_it_began(bench: Bench) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise StorageError("the disk is full")

    with pytest.raises(StorageError):
        steps.export(bench.parts(export=broken), RUN)
    bench.now = START + timedelta(hours=9)
    steps.export(bench.parts(), RUN)
    assert bench.exported == [(RUN, START)]


def test_a_run_does_not_change_its_settings_half_way(bench: Bench) -> None:
    bench.settings = {"export": {"interaction_days": 365}}
    steps.export(bench.parts(), RUN)
    bench.settings = {"export": {"interaction_days": 30}}
    with pytest.raises(InputError, match=r"`interaction_days` was 365 and is 30; put them back, or name"):
        steps.export(bench.parts(), RUN)
    steps.export(bench.parts(), RUN, again=True)
    assert len(bench.exported) == 2


def test_a_step_that_failed_may_be_tried_with_other_settings(bench: Bench) -> None:
    def broken(_run: str, _moment: object) -> dict[str, object]:
        raise DatasetError("languages: nobody speaks that")

    bench.settings = {"export": {"languages": ["xx"]}}
    with pytest.raises(DatasetError):
        steps.export(bench.parts(export=broken), RUN)
    bench.settings = {"export": {"languages": ["en"]}}
    steps.export(bench.parts(), RUN)
    record = read_record(bench.storage, RUN)
    assert record is not None
    assert record.steps["export"].settings == {"languages": ["en"]}


def test_what_personalize_has_begun_is_not_gone_on_with_under_other_settings(bench: Bench) -> None:
    class Failing(HoldingRecommender):
        def train(self, run: str) -> Sequence[Trained]:
            raise TrainingError(f"personalize: the training of {run} has stopped")

    bench.recommender = Failing(bench.storage)
    bench.settings = {"train": {"recipe": "old"}}
    steps.export(bench.parts(), RUN)
    with pytest.raises(TrainingError):
        steps.train(bench.parts(), RUN)
    bench.settings = {"train": {"recipe": "new"}}
    with pytest.raises(InputError, match=r"`recipe` was 'old' and is 'new'; put them back, or name a new run"):
        steps.train(bench.parts(), RUN)


def test_a_run_belongs_to_its_source(bench: Bench) -> None:
    steps.export(bench.parts(), RUN)
    bench.recommender = PlainRecommender(bench.storage, name="personalize")
    with pytest.raises(InputError, match=r"one of 'local', not of 'personalize'; name another with --run"):
        steps.export(bench.parts(), RUN)


@pytest.mark.parametrize(
    ("step", "error", "first"),
    [
        (steps.train, DatasetError, "export"),
        (steps.evaluate, TrainingError, "train"),
        (steps.infer, DatasetError, "export"),
        (steps.pull, InferenceError, "infer"),
    ],
)
def test_a_step_says_what_has_to_be_done_before_it(
    bench: Bench, step: object, error: type[Exception], first: str
) -> None:
    with pytest.raises(error, match=rf"`{first}` is not done; run `winddown recs {first} --run {RUN}` first"):
        step(bench.parts(), RUN)  # type: ignore[operator]


def test_inference_without_any_model_is_said(bench: Bench) -> None:
    steps.export(bench.parts(), RUN)
    with pytest.raises(InferenceError, match=r"nothing is trained yet"):
        steps.infer(bench.parts(), RUN)


def test_inference_uses_the_run_that_was_trained_last(bench: Bench) -> None:
    for days, run in enumerate(("first", "second")):
        bench.now = START + timedelta(days=days)
        steps.export(bench.parts(), run)
        steps.train(bench.parts(), run)
    bench.now = START + timedelta(days=2)
    steps.export(bench.parts(), "third")
    assert steps.infer(bench.parts(), "third")["trained_in"] == "second"
    assert steps.infer(bench.parts(), "first")["trained_in"] == "first"


def test_people_are_told_how_the_models_compare(bench: Bench) -> None:
    all_steps(bench)
    (told,) = bench.told
    headline, fence, header, row, end = told.splitlines()
    assert headline == f"Recommendations: local has trained run {RUN}:"
    assert fence == end == "```"
    assert header.split() == ["personalised", "popularity"]
    assert row.split() == ["ndcg_at_25", "0.2500", "0.2500"]


@pytest.mark.parametrize("run", ["", "Monday", "20261124/..", "x" * 32])
def test_a_run_has_a_sensible_id(bench: Bench, run: str) -> None:
    with pytest.raises(InputError, match=r"wanted 1 to 31 small letters, digits or hyphens"):
        steps.export(bench.parts(), run)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 2}', '{"format": 1, "run": "x", "source": "y", "steps": 3}']
)
def test_a_broken_record_is_said(bench: Bench, text: str) -> None:
    bench.storage.write(f"runs/{RUN}/run.json", text)
    with pytest.raises(StorageError, match=r"runs/20261124/run\.json is no run's record"):
        steps.export(bench.parts(), RUN)
