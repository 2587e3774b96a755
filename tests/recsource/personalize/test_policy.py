"""The documented policy allows what the adapter does, and nothing that it does not do."""

from __future__ import annotations

import json
from pathlib import Path

from personalize_house import RUN, House

POLICY = json.loads((Path(__file__).parents[3] / "docs" / "personalize-policy.json").read_text("utf-8"))


def test_the_policy_names_exactly_the_operations_that_are_used(house: House) -> None:
    recommender = house.recommender(filter_expression='EXCLUDE ItemID WHERE Items.KIND IN ("music")')
    recommender.infer(RUN, recommender.train(RUN), 5)
    recommender.clear(RUN)
    used = {f"personalize:{operation}" for operation, _ in house.fake.requests}
    allowed = {
        action
        for statement in POLICY["pipeline"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if action.startswith("personalize:")
    }
    assert allowed == used


def test_personalize_reads_and_writes_where_a_run_has_its_files(house: House) -> None:
    recommender = house.recommender()
    recommender.infer(RUN, recommender.train(RUN), 5)
    (reads,), (writes,) = (
        [
            statement["Resource"]
            for statement in POLICY["personalize_role"]["permissions"]["Statement"]
            if statement["Action"] == action
        ]
        for action in ("s3:GetObject", "s3:PutObject")
    )
    places = {
        *(job.fields["dataSource"]["dataLocation"] for job in house.books.of("DatasetImportJob")),
        *(job.fields["jobInput"]["s3DataSource"]["path"] for job in house.books.of("BatchInferenceJob")),
    }
    outputs = {job.fields["jobOutput"]["s3DataDestination"]["path"] for job in house.books.of("BatchInferenceJob")}
    assert all(any(_covers(resource, place) for resource in reads) for place in places)
    assert all(any(_covers(resource, place) for resource in writes) for place in outputs)


def _covers(resource: str, place: str) -> bool:
    """Whether a policy's resource means a place such as `s3://bucket/recs/runs/20261124/…`."""
    named = resource.replace("BUCKET", "bucket").replace("FOLDER", "recs").removeprefix("arn:aws:s3:::")
    before, _, after = named.partition("*")
    where = place.removeprefix("s3://")
    return where.startswith(before) and after.rstrip("*") in where
