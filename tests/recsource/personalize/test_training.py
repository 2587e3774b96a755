"""Training on Personalize: what is made, that it is made once, and what is said when it fails."""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import replace
from datetime import timedelta

import pytest
from personalize_entries import ROLE, Quotas
from personalize_house import RUN, House, export
from personalize_server import Mishap

from recsource.errors import TrainingError
from recsource.personalize import PersonalizeSettings
from recsource.personalize.waiting import Patience

KMS = "arn:aws:kms:eu-west-1:123456789012:key/1234"
ONCE = {"DatasetGroup": 1, "Schema": 3, "Dataset": 3, "DatasetImportJob": 3, "Solution": 2, "SolutionVersion": 2}


def made(house: House) -> Counter[str]:
    return Counter(kind for kind, _ in house.books.made)


def test_two_models_are_trained_in_a_group_named_after_the_run(house: House) -> None:
    personalised, popularity = house.recommender().train(RUN)
    assert made(house) == ONCE
    assert personalised.model == "personalised"
    assert personalised.details["recipe"] == "aws-user-personalization-v2"
    assert popularity.details["recipe"] == "aws-popularity-count"
    assert personalised.details["dataset_group"].endswith(":dataset-group/winddown-20261124")
    assert popularity.details["dataset_group"] == personalised.details["dataset_group"]
    assert personalised.reference in house.books.entries
    assert {"coverage", "precision_at_25", "mean_reciprocal_rank_at_25"} <= personalised.metrics.keys()
    assert personalised.metrics != popularity.metrics


def test_every_arn_of_a_training_is_told(house: House) -> None:
    trained = house.recommender().train(RUN)
    told = {arn for one in trained for arn in (one.reference, *one.details.values())}
    untold = [arn for arn, entry in house.books.entries.items() if arn not in told and entry.kind != "Schema"]
    assert untold == []


def test_nothing_trains_by_itself_later(house: House) -> None:
    house.recommender().train(RUN)
    assert [entry.fields["performAutoTraining"] for entry in house.books.of("Solution")] == [False, False]
    assert {entry.fields["trainingMode"] for entry in house.books.of("SolutionVersion")} == {"FULL"}


def test_the_fake_would_train_by_itself_unless_told_not_to(house: House) -> None:
    trained = house.recommender().train(RUN)
    group = trained[0].details["dataset_group"]
    recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
    house.books.steps = ()
    house.books.carry_out("CreateSolution", {"name": "by-hand", "datasetGroupArn": group, "recipeArn": recipe})
    assert made(house)["SolutionVersion"] == 3


def test_training_again_makes_nothing_and_says_the_same(house: House) -> None:
    recommender = house.recommender()
    first = recommender.train(RUN)
    assert recommender.train(RUN) == first
    assert made(house) == ONCE


def test_another_run_is_another_group(house: House) -> None:
    export(house.bucket, "20261201")
    recommender = house.recommender()
    recommender.train(RUN)
    recommender.train("20261201")
    assert made(house) == {kind: 2 * count for kind, count in ONCE.items()}


def test_names_are_as_long_as_personalize_allows_and_no_longer(house: House) -> None:
    run = "r" * 40
    export(house.bucket, run)
    house.recommender(prefix="p" * 9).train(run)
    assert max(len(name) for _, name in house.books.made) == 63


def test_questions_come_less_and_less_often_and_never_less_than_every_quarter_of_an_hour(house: House) -> None:
    house.books.steps = ("CREATE PENDING", *["CREATE IN_PROGRESS"] * 9)
    house.recommender(patience=Patience(deadline=timedelta(days=1))).train(RUN)
    assert house.timer.slept[:10] == [15, 30, 60, 120, 240, 480, 900, 900, 900, 900]


def test_a_training_that_takes_too_long_is_given_up_and_gone_on_with(house: House) -> None:
    house.books.steps = ("CREATE IN_PROGRESS",) * 100
    with pytest.raises(TrainingError, match=r"still CREATE IN_PROGRESS after 12 hours; run the same run again"):
        house.recommender().train(RUN)
    for entry in house.books.entries.values():
        del entry.ahead[1:]
    house.books.steps = ()
    house.recommender().train(RUN)
    assert made(house) == ONCE


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("winddown-20261124", "dataset group"),
        ("winddown-20261124-items", "dataset import job"),
        ("winddown-20261124-popularity", "solution version"),
    ],
)
def test_why_something_failed_is_said(house: House, name: str, noun: str) -> None:
    house.books.failing[name] = "The moon was full"
    words = rf"{noun} {name} is CREATE FAILED: The moon was full; mend that, and name a new run"
    with pytest.raises(TrainingError, match=words):
        house.recommender().train(RUN)


def test_what_personalize_says_of_bad_data_is_passed_on(house: House) -> None:
    export(house.bucket, people=20, items=10)
    with pytest.raises(TrainingError, match=r"import job .* CREATE FAILED: The dataset has \d+ interactions"):
        house.recommender().train(RUN)


def test_a_run_that_is_not_exported_is_said(house: House) -> None:
    with pytest.raises(TrainingError, match=r"interactions\.avsc\.json is not there; export"):
        house.recommender().train("20270101")


@pytest.mark.parametrize(
    "operation", ["CreateDatasetGroup", "CreateDataset", "CreateSolutionVersion", "ListSchemas"]
)
@pytest.mark.parametrize("mishap", list(Mishap))
def test_mishaps_on_the_way_make_nothing_twice(house: House, operation: str, mishap: Mishap) -> None:
    house.fake.mishaps[operation] = deque([mishap])
    assert len(house.recommender().train(RUN)) == 2
    assert made(house) == ONCE


@pytest.mark.parametrize("sightings", [1, 3])
def test_what_lists_do_not_show_yet_is_looked_for_again(house: House, sightings: int) -> None:
    refusal = ("ResourceAlreadyExistsException", "Another resource with that name already exists")
    house.fake.refusals["CreateSolution"] = deque([refusal] * sightings)
    house.recommender().train(RUN)
    assert made(house) == ONCE


def test_a_name_that_is_taken_by_something_unseen_is_said(house: House) -> None:
    refusal = ("ResourceAlreadyExistsException", "Another resource with that name already exists")
    house.fake.refusals["CreateSolution"] = deque([refusal] * 5)
    with pytest.raises(TrainingError, match=r"solution winddown-20261124-personalised .* name a new run"):
        house.recommender().train(RUN)


def test_more_at_a_time_than_personalize_does_waits_for_its_turn(house: House) -> None:
    house.books.quotas = Quotas(imports_at_a_time=1, versions_at_a_time=1)
    house.recommender().train(RUN)
    assert made(house) == ONCE
    refused = [name for name, _ in house.fake.requests if name == "CreateDatasetImportJob"]
    assert len(refused) > 3


def test_waiting_for_ones_turn_has_an_end_too(house: House) -> None:
    refusal = ("LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status.")
    house.fake.refusals["CreateDatasetImportJob"] = deque([refusal] * 500)
    with pytest.raises(TrainingError, match=r"import job .* could not be begun after 12 hours \(More than 5"):
        house.recommender().train(RUN)


def test_an_account_that_is_full_is_told_how_to_make_room(house: House) -> None:
    house.books.quotas = replace(Quotas(), dataset_groups=0)
    with pytest.raises(TrainingError, match=r"More than 0 dataset groups.*winddown recs prune"):
        house.recommender().train(RUN)


def test_a_group_of_another_workspace_is_not_taken_for_ones_own(house: House) -> None:
    house.recommender().train(RUN)
    house.bucket.texts = {f"other/{key}": text for key, text in house.bucket.texts.items()}
    house.bucket.url = "s3://bucket/recs"
    moved = house.recommender()
    house.bucket.texts |= {key.removeprefix("other/"): text for key, text in house.bucket.texts.items()}
    house.bucket.url = "s3://elsewhere"
    with pytest.raises(TrainingError, match=r"holds data from s3://bucket/recs/.*`prefix` of its own"):
        moved.train(RUN)


def test_a_recipe_closed_to_new_accounts_is_named_as_such(house: House) -> None:
    with pytest.raises(TrainingError, match=r"closed aws-hrnn-metadata to accounts that do not have it"):
        house.recommender(recipe="aws-hrnn-metadata").train(RUN)


def test_an_account_that_still_has_that_recipe_trains_with_it(house: House) -> None:
    house.books.legacy.add("aws-hrnn-metadata")
    trained = house.recommender(recipe="aws-hrnn-metadata").train(RUN)
    assert trained[0].details["recipe"] == "aws-hrnn-metadata"


def test_a_key_encrypts_the_group_and_hyperparameters_reach_the_personalised_model_alone(house: House) -> None:
    house.recommender(kms_key_arn=KMS, hyperparameters={"apply_recency_bias": "true"}).train(RUN)
    (group,) = house.books.of("DatasetGroup")
    assert (group.fields["kmsKeyArn"], group.fields["roleArn"]) == (KMS, ROLE)
    configs = [entry.fields.get("solutionConfig") for entry in house.books.of("Solution")]
    assert configs == [{"algorithmHyperParameters": {"apply_recency_bias": "true"}}, None]


def test_schemas_arrive_as_they_were_exported(house: House) -> None:
    house.recommender().train(RUN)
    exported = {text for key, text in house.bucket.texts.items() if key.endswith(".avsc.json")}
    assert {entry.fields["schema"] for entry in house.books.of("Schema")} == exported
    assert all(json.loads(text)["type"] == "record" for text in exported)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"role_arn": ""}, "`role_arn` is ''"),
        ({"prefix": "Winddown"}, "`prefix` is 'Winddown'"),
        ({"recipe": "aws-user-personalisation"}, "is unknown; use aws-user-personalization-v2"),
        ({"recipe": "aws-trending-now"}, "cannot recommend items to users in a batch"),
        ({"recipe": "aws-sims"}, "cannot recommend items to users in a batch"),
        ({"recipe": "aws-hrnn-metadata", "exploration": {"explorationWeight": "1"}}, "takes no exploration"),
        ({"filter_expression": "x" * 2501}, "has 2501 characters"),
    ],
)
def test_settings_that_cannot_work_are_refused_up_front(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(TrainingError, match=words.replace("(", r"\(")):
        PersonalizeSettings(**{"role_arn": ROLE, **wrong})  # type: ignore[arg-type]


def test_a_folder_is_no_place_for_personalize(house: House) -> None:
    house.bucket.url = "/home/somebody/recs"
    with pytest.raises(TrainingError, match=r"set `base` to s3://bucket/folder"):
        house.recommender()
