"""What stands in the books of a fake Amazon Personalize, and how much of it an account may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REGION, ACCOUNT = "eu-west-1", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/PersonalizeReadsAndWrites"
COMING = ("CREATE PENDING", "CREATE IN_PROGRESS")
GOING = ("DELETE PENDING", "DELETE IN_PROGRESS")

PATHS = {
    "DatasetGroup": "dataset-group",
    "Schema": "schema",
    "Dataset": "dataset",
    "DatasetImportJob": "dataset-import-job",
    "Solution": "solution",
    "SolutionVersion": "solution",
    "Filter": "filter",
    "BatchInferenceJob": "batch-inference-job",
}


class RefusedError(Exception):
    """A request that Personalize answers with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = f"{code}Exception", message


@dataclass
class Entry:
    """A resource.

    Attributes:
        fields: what `Describe…` tells of it, but for its status.
        ahead: the statuses that it still has to go through.
        becomes: its status when it has.
    """

    kind: str
    arn: str
    fields: dict[str, Any]
    created: float
    ahead: list[str]
    becomes: str = "ACTIVE"
    model: Any = None

    @property
    def status(self) -> str:
        return self.ahead[0] if self.ahead else self.becomes

    @property
    def coming(self) -> bool:
        return self.status in COMING


@dataclass(frozen=True, slots=True)
class Quotas:
    """How much of it an account may have, and how much of it at a time."""

    dataset_groups: int = 500
    schemas: int = 500
    solutions_in_group: int = 10
    filters_in_group: int = 10
    imports_at_a_time: int = 5
    versions_at_a_time: int = 20
    batches_at_a_time: int = 5


def member(kind: str) -> str:
    """What `Describe…` gives it as."""
    return kind[0].lower() + kind[1:]


def arn_of(kind: str) -> str:
    """The member that holds its ARN."""
    return f"{member(kind)}Arn"


def recipe_of(entry: Entry) -> str:
    """The name of a solution's or a version's recipe."""
    return str(entry.fields["recipeArn"]).rpartition("/")[2]
