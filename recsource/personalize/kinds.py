"""The kinds of resources that Personalize has, as far as they are used, and how its API speaks of each."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource. The API's names follow from `shape`: `CreateDatasetGroup`, `datasetGroupArn`, ….

    Attributes:
        noun: as people call it.
        shape: as the API calls it.
        name: the member that holds a resource's name.
        within: the member by which lists are narrowed to what belongs to another resource.
        plural: the member that holds a list; its name with an `s` where left out.
        anonymous: whether lists leave names out.
        settles: whether it takes time to come into being, and has a status.
    """

    noun: str
    shape: str
    name: str = "name"
    within: str = ""
    plural: str = ""
    anonymous: bool = False
    settles: bool = True

    @property
    def member(self) -> str:
        """What `Describe…` gives it as."""
        return self.shape[0].lower() + self.shape[1:]

    @property
    def arn(self) -> str:
        """The member that holds its ARN."""
        return f"{self.member}Arn"

    @property
    def create(self) -> str:
        """The client's method that makes one."""
        return f"create_{self._snake}"

    @property
    def describe(self) -> str:
        """The client's method that tells of one."""
        return f"describe_{self._snake}"

    @property
    def list(self) -> str:
        """The client's method that tells of all."""
        return f"list_{self._snake}s"

    @property
    def listed(self) -> str:
        """The member that holds that list."""
        return self.plural or f"{self.member}s"

    @property
    def delete(self) -> str:
        """The client's method that removes one."""
        return f"delete_{self._snake}"

    @property
    def _snake(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.shape).lower()


DATASET_GROUP = Kind("dataset group", "DatasetGroup")
SCHEMA = Kind("schema", "Schema", settles=False)
DATASET = Kind("dataset", "Dataset", within="datasetGroupArn")
IMPORT_JOB = Kind("dataset import job", "DatasetImportJob", name="jobName", within="datasetArn")
SOLUTION = Kind("solution", "Solution", within="datasetGroupArn")
SOLUTION_VERSION = Kind("solution version", "SolutionVersion", within="solutionArn", anonymous=True)
FILTER = Kind("filter", "Filter", within="datasetGroupArn", plural="Filters")
BATCH_JOB = Kind("batch inference job", "BatchInferenceJob", name="jobName", within="solutionVersionArn")
