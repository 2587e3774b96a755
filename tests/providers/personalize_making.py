"""What a fake Amazon Personalize asks of whoever makes something: quotas, order, and what fits together.

Source: "Amazon Personalize endpoints and quotas" in the developer guide, and each `Create…` in the API reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from personalize_entries import Entry, RefusedError, recipe_of

if TYPE_CHECKING:
    from personalize_books import Books

_WANTED_FIELDS = {
    "INTERACTIONS": {"USER_ID", "ITEM_ID", "TIMESTAMP"},
    "USERS": {"USER_ID"},
    "ITEMS": {"ITEM_ID"},
}
_RECIPES = {
    "aws-user-personalization-v2",
    "aws-user-personalization",
    "aws-popularity-count",
    "aws-trending-now",
    "aws-similar-items",
}
_EXPLORING = {"aws-user-personalization-v2", "aws-user-personalization"}
_EXPLORATION = {"explorationWeight", "explorationItemAgeCutOff"}
_MOST_RESULTS = 500


def create_group(books: Books, wanted: dict[str, Any]) -> Entry:
    books.within(books.of("DatasetGroup"), books.quotas.dataset_groups, "dataset groups")
    if ("kmsKeyArn" in wanted) != ("roleArn" in wanted):
        raise RefusedError("InvalidInput", "kmsKeyArn and roleArn go together")
    return books.add("DatasetGroup", wanted["name"], wanted)


def create_schema(books: Books, wanted: dict[str, Any]) -> Entry:
    books.within(books.of("Schema"), books.quotas.schemas, "schemas")
    try:
        schema = json.loads(wanted["schema"])
        sound = schema["type"] == "record" and schema["namespace"] == "com.amazonaws.personalize.schema"
        sound = sound and all({"name", "type"} <= one.keys() for one in schema["fields"])
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise RefusedError("InvalidInput", "The schema is no Avro record in Personalize's namespace")
    return books.add("Schema", wanted["name"], wanted, steps=())


def create_dataset(books: Books, wanted: dict[str, Any]) -> Entry:
    group = books.active(wanted["datasetGroupArn"], "DatasetGroup")
    kind = wanted["datasetType"].upper()
    if kind not in _WANTED_FIELDS:
        raise RefusedError("InvalidInput", f"No such dataset type: {kind}")
    schema = json.loads(books.active(wanted["schemaArn"], "Schema").fields["schema"])
    names = {one["name"] for one in schema["fields"]}
    if missing := _WANTED_FIELDS[kind] - names:
        raise RefusedError("InvalidInput", f"The schema lacks {sorted(missing)}, which {kind} needs")
    if kind != "INTERACTIONS" and names == _WANTED_FIELDS[kind]:
        raise RefusedError("InvalidInput", f"{kind} needs a metadata field")
    return books.add("Dataset", f"{group.fields['name']}/{kind}", wanted)


def create_import_job(books: Books, wanted: dict[str, Any]) -> Entry:
    dataset = books.active(wanted["datasetArn"], "Dataset")
    books.at_a_time("DatasetImportJob", books.quotas.imports_at_a_time)
    if any(job.coming for job in books.of("DatasetImportJob", datasetArn=dataset.arn)):
        raise RefusedError("ResourceInUse", f"{dataset.arn} is being imported to")
    if "roleArn" not in wanted or not wanted["dataSource"].get("dataLocation", "").startswith("s3://"):
        raise RefusedError("InvalidInput", "Invalid Data location, or no role to read it with")
    return books.add("DatasetImportJob", wanted["jobName"], wanted)


def create_solution(books: Books, wanted: dict[str, Any]) -> Entry:
    group = books.active(wanted["datasetGroupArn"], "DatasetGroup")
    books.within(books.of("Solution", datasetGroupArn=group.arn), books.quotas.solutions_in_group, "solutions")
    if wanted.get("recipeArn", "").rpartition("/")[2] not in _RECIPES | books.legacy:
        raise RefusedError("InvalidInput", f"The recipe is not available: {wanted.get('recipeArn')}")
    return books.add("Solution", wanted["name"], wanted)


def create_version(books: Books, wanted: dict[str, Any]) -> Entry:
    solution = books.active(wanted["solutionArn"], "Solution")
    books.at_a_time("SolutionVersion", books.quotas.versions_at_a_time)
    return add_version(books, wanted, solution, "MANUAL")


def add_version(books: Books, wanted: dict[str, Any], solution: Entry, how: str) -> Entry:
    """Its ARN ends in a hash; one without a name could be made again and again."""
    number = len(books.made)
    name = wanted.get("name", f"unnamed-{number}")
    for other in books.of("SolutionVersion", solutionArn=solution.arn):
        if other.fields["name"] == name:
            raise RefusedError("ResourceAlreadyExists", f"Another version is called {name}: {other.arn}")
    inherited = {key: solution.fields[key] for key in ("recipeArn", "datasetGroupArn")}
    ending = sha256(f"{solution.arn}/{name}".encode()).hexdigest()[:8]
    given = {"trainingMode": "FULL", **wanted, **inherited, "name": name, "trainingType": how}
    return books.add("SolutionVersion", f"{solution.fields['name']}/{ending}", given)


def create_filter(books: Books, wanted: dict[str, Any]) -> Entry:
    group = books.active(wanted["datasetGroupArn"], "DatasetGroup")
    books.within(books.of("Filter", datasetGroupArn=group.arn), books.quotas.filters_in_group, "filters")
    if not re.match(r"(INCLUDE|EXCLUDE)\s+(ItemID|UserID)\s+WHERE\s", wanted["filterExpression"]):
        raise RefusedError("InvalidInput", "The filter expression is not one")
    return books.add("Filter", wanted["name"], wanted)


def create_batch_job(books: Books, wanted: dict[str, Any]) -> Entry:
    version = books.active(wanted["solutionVersionArn"], "SolutionVersion")
    books.at_a_time("BatchInferenceJob", books.quotas.batches_at_a_time)
    if not 1 <= wanted.get("numResults", 25) <= _MOST_RESULTS:
        raise RefusedError("InvalidInput", f"numResults must be between 1 and {_MOST_RESULTS}")
    if recipe_of(version) == "aws-trending-now":
        raise RefusedError("InvalidInput", "The recipe does not support batch inference")
    _require_exploration(version, wanted)
    if "filterArn" in wanted:
        _require_filter(books, version, wanted["filterArn"])
    if not wanted["jobOutput"]["s3DataDestination"]["path"].endswith("/"):
        raise RefusedError("InvalidInput", "The output path must be a folder")
    return books.add("BatchInferenceJob", wanted["jobName"], wanted)


def _require_exploration(version: Entry, wanted: Mapping[str, Any]) -> None:
    explored = wanted.get("batchInferenceJobConfig", {}).get("itemExplorationConfig", {})
    if explored and (recipe_of(version) not in _EXPLORING or not explored.keys() <= _EXPLORATION):
        raise RefusedError("InvalidInput", "The recipe takes no such itemExplorationConfig")


def _require_filter(books: Books, version: Entry, arn: str) -> None:
    chosen = books.active(arn, "Filter")
    if chosen.fields["datasetGroupArn"] != version.fields["datasetGroupArn"]:
        raise RefusedError("InvalidInput", "The filter belongs to another dataset group")


CREATE: dict[str, Callable[[Books, dict[str, Any]], Entry]] = {
    "DatasetGroup": create_group,
    "Schema": create_schema,
    "Dataset": create_dataset,
    "DatasetImportJob": create_import_job,
    "Solution": create_solution,
    "SolutionVersion": create_version,
    "Filter": create_filter,
    "BatchInferenceJob": create_batch_job,
}
