"""Batch inference on Personalize: what is asked for, what comes of it, and what is refused."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from personalize_house import RUN, House, export

from recsource.errors import InferenceError
from recsource.ports import Trained

KMS = "arn:aws:kms:eu-west-1:123456789012:key/1234"
NO_MUSIC = 'EXCLUDE ItemID WHERE Items.KIND IN ("music")'
WRITTEN = [f"runs/{RUN}/personalised/users.jsonl.out", f"runs/{RUN}/popularity/users.jsonl.out"]


@pytest.fixture
def trained(house: House) -> list[Trained]:
    return list(house.recommender().train(RUN))


def jobs(house: House) -> Counter[str]:
    return Counter(name for kind, name in house.books.made if kind == "BatchInferenceJob")


def test_every_model_writes_a_line_for_everybody(house: House, trained: list[Trained]) -> None:
    assert list(house.recommender().infer(RUN, trained, 7)) == WRITTEN
    people = [json.loads(line)["userId"] for line in house.bucket.texts[f"runs/{RUN}/users.jsonl"].splitlines()]
    for key in WRITTEN:
        lines = [json.loads(line) for line in house.bucket.texts[key].splitlines()]
        assert [line["input"]["userId"] for line in lines] == people
        assert {len(line["output"]["recommendedItems"]) for line in lines} == {7}


def test_the_object_that_only_checks_permissions_is_no_batch(house: House, trained: list[Trained]) -> None:
    keys = house.recommender().infer(RUN, trained, 7)
    assert f"runs/{RUN}/personalised/_CHECK" in house.bucket.texts
    assert not [key for key in keys if key.endswith("_CHECK")]


def test_inferring_again_makes_no_second_job(house: House, trained: list[Trained]) -> None:
    recommender = house.recommender()
    first = recommender.infer(RUN, trained, 7)
    assert recommender.infer(RUN, trained, 7) == first
    assert jobs(house) == {f"winddown-{RUN}-personalised": 1, f"winddown-{RUN}-popularity": 1}


def test_a_later_run_infers_with_the_models_of_an_earlier_one(house: House, trained: list[Trained]) -> None:
    export(house.bucket, "20261126", people=3)
    keys = house.recommender(filter_expression=NO_MUSIC).infer("20261126", trained, 7)
    assert [key.split("/")[1] for key in keys] == ["20261126", "20261126"]
    assert {len(house.bucket.texts[key].splitlines()) for key in keys} == {3}
    (chosen,) = house.books.of("Filter")
    assert chosen.fields["datasetGroupArn"] == trained[0].details["dataset_group"]
    assert f"winddown-{RUN}-f-" in chosen.fields["name"]


@pytest.mark.parametrize("num_results", [0, 501])
def test_more_items_than_personalize_gives_are_refused_here(
    house: House, trained: list[Trained], num_results: int
) -> None:
    before = len(house.fake.requests)
    with pytest.raises(InferenceError, match=rf"`num_results` is {num_results}; wanted 1 to 500"):
        house.recommender().infer(RUN, trained, num_results)
    assert len(house.fake.requests) == before


def test_filters_and_exploration_reach_the_job(house: House, trained: list[Trained]) -> None:
    exploring = {"explorationWeight": "0.4", "explorationItemAgeCutOff": "30"}
    house.recommender(filter_expression=NO_MUSIC, exploration=exploring, kms_key_arn=KMS).infer(RUN, trained, 7)
    (chosen,) = house.books.of("Filter")
    assert chosen.fields["filterExpression"] == NO_MUSIC
    personalised, popularity = house.books.of("BatchInferenceJob")
    assert personalised.fields["filterArn"] == popularity.fields["filterArn"] == chosen.arn
    assert personalised.fields["batchInferenceJobConfig"] == {"itemExplorationConfig": exploring}
    assert "batchInferenceJobConfig" not in popularity.fields
    for job in (personalised, popularity):
        assert job.fields["jobInput"]["s3DataSource"]["kmsKeyArn"] == KMS
        assert job.fields["jobOutput"]["s3DataDestination"]["kmsKeyArn"] == KMS


def test_another_filter_is_another_one_by_name(house: House, trained: list[Trained]) -> None:
    house.recommender(filter_expression=NO_MUSIC).infer(RUN, trained, 7)
    export(house.bucket, "20261126")
    house.recommender(filter_expression=NO_MUSIC.replace("music", "talk")).infer("20261126", trained, 7)
    assert len(house.books.of("Filter")) == 2


def test_why_a_batch_failed_is_said(house: House, trained: list[Trained]) -> None:
    house.books.failing[f"winddown-{RUN}-popularity"] = "Access denied"
    with pytest.raises(InferenceError, match=r"winddown-20261124-popularity is CREATE FAILED: Access denied"):
        house.recommender().infer(RUN, trained, 7)


def test_what_personalize_refuses_is_passed_on(house: House, trained: list[Trained]) -> None:
    with pytest.raises(InferenceError, match=r"filter .* cannot be made: The filter expression is not one"):
        house.recommender(filter_expression="music, please").infer(RUN, trained, 7)


def test_a_batch_that_left_nothing_is_said(house: House, trained: list[Trained]) -> None:
    recommender = house.recommender()
    for key in recommender.infer(RUN, trained, 7):
        del house.bucket.texts[key]
    with pytest.raises(InferenceError, match=r"personalised/ holds no \.out file"):
        recommender.infer(RUN, trained, 7)
