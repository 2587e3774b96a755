"""The fake Personalize itself: within botocore's description of the service, and as strict as the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from personalize_entries import REGION, ROLE
from personalize_house import RUN, House
from personalize_server import MODEL
from service_model import answered, faults

from recsource.personalize.connection import connect

NO_MUSIC = 'EXCLUDE ItemID WHERE Items.KIND IN ("music")'
GROUP = "arn:aws:personalize:eu-west-1:123456789012:dataset-group/winddown-20261124"


@pytest.fixture
def client(house: House) -> Any:
    """A real client of a fake that makes everything at once."""
    house.books.steps = ()
    return connect(region=REGION, endpoint_url=house.url)


def refused(code: str, call: Callable[[], object]) -> str:
    """What is said with that error."""
    with pytest.raises(ClientError) as told:
        call()
    assert told.value.response["Error"]["Code"] == code
    return str(told.value.response["Error"]["Message"])


def test_every_answer_is_of_the_shape_that_the_service_model_gives(house: House) -> None:
    recommender = house.recommender(filter_expression=NO_MUSIC)
    recommender.infer(RUN, recommender.train(RUN), 5)
    recommender.clear(RUN)
    assert len({operation for operation, _ in house.fake.answers}) == 29
    for operation, answer in house.fake.answers:
        if not operation.startswith("Delete"):
            _forget_role(answer)
            assert faults(answered(MODEL, operation), answer) == [], operation


def _forget_role(answer: dict[str, Any]) -> None:
    """The model wants an ARN of Personalize's where `DescribeDatasetImportJob` gives a role's."""
    answer.get("datasetImportJob", {}).pop("roleArn", None)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"name": "x" * 64}, "64 long, wanted 1 to 63"),
        ({"name": "-winddown"}, "does not match"),
        ({"name": "winddown", "roleArn": "somebody"}, "does not match"),
        ({"name": "winddown", "domain": "WELLNESS"}, "none of"),
        ({"name": "winddown", "roleArn": ROLE}, "go together"),
    ],
)
def test_requests_are_checked_for_lengths_patterns_and_enumerations(
    client: Any, wanted: dict[str, str], words: str
) -> None:
    assert words in refused("InvalidInputException", lambda: client.create_dataset_group(**wanted))


def test_numbers_are_checked_too(client: Any) -> None:
    assert "wanted 1 to 100" in refused("InvalidInputException", lambda: client.list_schemas(maxResults=101))


def test_a_name_is_taken_once(client: Any) -> None:
    client.create_dataset_group(name="winddown")
    refused("ResourceAlreadyExistsException", lambda: client.create_dataset_group(name="winddown"))


def test_lists_come_in_pages(client: Any) -> None:
    for number in range(5):
        client.create_dataset_group(name=f"winddown-{number}")
    first = client.list_dataset_groups(maxResults=100)
    assert len(first["datasetGroups"]) == 2
    pages = list(client.get_paginator("list_dataset_groups").paginate())
    assert [len(page["datasetGroups"]) for page in pages] == [2, 2, 1]


def test_what_depends_on_something_waits_for_it(house: House, client: Any) -> None:
    house.books.steps = ("CREATE IN_PROGRESS",)
    group = client.create_dataset_group(name="winddown")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
    wanted = {"name": "winddown", "datasetGroupArn": group, "recipeArn": recipe}
    refused("ResourceInUseException", lambda: client.create_solution(**wanted))
    client.describe_dataset_group(datasetGroupArn=group)
    assert client.create_solution(**wanted)["solutionArn"]


def test_what_is_used_cannot_be_deleted(house: House, client: Any) -> None:
    recommender = house.recommender()
    recommender.train(RUN)
    refused("ResourceInUseException", lambda: client.delete_dataset_group(datasetGroupArn=GROUP))
    schema = client.list_schemas()["schemas"][0]["schemaArn"]
    refused("ResourceInUseException", lambda: client.delete_schema(schemaArn=schema))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("{", "no Avro record"),
        ('{"type": "record", "namespace": "somewhere.else", "fields": []}', "no Avro record"),
    ],
)
def test_a_schema_has_to_be_one(client: Any, schema: str, words: str) -> None:
    assert words in refused("InvalidInputException", lambda: client.create_schema(name="x", schema=schema))


@pytest.mark.parametrize("num_results", [0, 501])
def test_more_than_500_items_are_refused_by_the_service_alone(house: House, client: Any, num_results: int) -> None:
    trained = house.recommender().train(RUN)
    path = f"s3://bucket/recs/runs/{RUN}/users.jsonl"
    wanted = {
        "jobName": "x",
        "solutionVersionArn": trained[0].reference,
        "numResults": num_results,
        "jobInput": {"s3DataSource": {"path": path}},
        "jobOutput": {"s3DataDestination": {"path": "s3://bucket/recs/out/"}},
        "roleArn": ROLE,
    }
    said = refused("InvalidInputException", lambda: client.create_batch_inference_job(**wanted))
    assert said == "numResults must be between 1 and 500"


def test_files_that_are_not_of_their_schema_fail_the_import(house: House) -> None:
    key = f"runs/{RUN}/dataset/items/part-0000.csv"
    house.bucket.texts[key] = house.bucket.texts[key].replace("CREATION_TIMESTAMP", "CREATED")
    with pytest.raises(Exception, match=r"CREATE FAILED: The columns .* are not those of the schema"):
        house.recommender().train(RUN)
