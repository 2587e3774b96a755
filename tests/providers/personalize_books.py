"""The books of a fake Amazon Personalize: what there is, how it comes into being, and what depends on what.

Rules and quotas as the developer guide and the API reference have them ("Amazon Personalize endpoints and
quotas", `CreateDatasetGroup`, …). Time passes when somebody looks: each `Describe…` moves its resource on, and
each request that finds Personalize busy moves on what it is busy with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from personalize_work import FailedWorkError, Work

REGION, ACCOUNT = "eu-west-1", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/PersonalizeReadsAndWrites"
COMING = ("CREATE PENDING", "CREATE IN_PROGRESS")
GOING = ("DELETE PENDING", "DELETE IN_PROGRESS")

_PATHS = {
    "DatasetGroup": "dataset-group",
    "Schema": "schema",
    "Dataset": "dataset",
    "DatasetImportJob": "dataset-import-job",
    "Solution": "solution",
    "SolutionVersion": "solution",
    "Filter": "filter",
    "BatchInferenceJob": "batch-inference-job",
}
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
_FAILING_SILENTLY = {"Schema", "Dataset", "Solution"}


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


@dataclass
class Books:
    """All resources.

    Attributes:
        work: what jobs do with the data.
        steps: the statuses that a resource goes through before it is there.
        page: how many entries a page of a list has at most.
        legacy: recipes that this account still has, though new accounts do not get them.
        failing: names of resources that fail, and why; solutions and datasets do not, which could not say it.
        made: the kind and name of everything that was ever made, in order.
    """

    work: Work
    steps: tuple[str, ...] = COMING
    page: int = 2
    quotas: Quotas = field(default_factory=Quotas)
    legacy: set[str] = field(default_factory=set)
    failing: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    made: list[tuple[str, str]] = field(default_factory=list)

    def carry_out(self, operation: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """An operation's answer.

        Raises:
            RefusedError: Personalize would not.
        """
        if operation == "GetSolutionMetrics":
            return self._metrics(wanted["solutionVersionArn"])
        found = re.fullmatch(r"(Create|Describe|List|Delete)(\w+)", operation)
        assert found, operation
        verb, kind = found.groups()
        if verb == "List":
            return self._list(kind.removesuffix("s"), wanted)
        if verb == "Create":
            return {_arn_of(kind): _CREATE[kind](self, wanted).arn}
        entry = self._there(wanted[_arn_of(kind)], kind)
        return self._describe(entry) if verb == "Describe" else self._delete(entry)

    def of(self, kind: str, **fields: Any) -> list[Entry]:
        """The resources of a kind that have such fields."""
        return [
            entry
            for entry in self.entries.values()
            if entry.kind == kind and all(entry.fields.get(name) == value for name, value in fields.items())
        ]

    # looking

    def _describe(self, entry: Entry) -> dict[str, Any]:
        told = {**entry.fields, _arn_of(entry.kind): entry.arn, **_times(entry)}
        if entry.kind != "Schema":
            told["status"] = entry.status
        self._move(entry)
        return {_member(entry.kind): told}

    def _list(self, kind: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        narrowed = {name: value for name, value in wanted.items() if name.endswith("Arn")}
        found = [self._summary(entry) for entry in self.of(kind, **narrowed)]
        size = min(wanted.get("maxResults", 100), self.page)
        start = int(wanted.get("nextToken", "0"))
        plural = "Filters" if kind == "Filter" else f"{_member(kind)}s"
        answer: dict[str, Any] = {plural: found[start : start + size]}
        return answer | ({"nextToken": str(start + size)} if start + size < len(found) else {})

    def _summary(self, entry: Entry) -> dict[str, Any]:
        kept = {
            "name",
            "jobName",
            "datasetType",
            "recipeArn",
            "solutionVersionArn",
            "trainingType",
            "failureReason",
        }
        dropped = {"SolutionVersion": {"name", "recipeArn"}}.get(entry.kind, set())
        told = {name: value for name, value in entry.fields.items() if name in kept - dropped}
        status = {} if entry.kind == "Schema" else {"status": entry.status}
        return {**told, _arn_of(entry.kind): entry.arn, **_times(entry), **status}

    def _metrics(self, arn: str) -> dict[str, Any]:
        version = self._there(arn, "SolutionVersion")
        if version.status != "ACTIVE":
            raise RefusedError("ResourceInUse", f"{arn} is {version.status}")
        return {"solutionVersionArn": arn, "metrics": version.model.metrics}

    def _there(self, arn: str, kind: str) -> Entry:
        entry = self.entries.get(arn)
        if entry is None or entry.kind != kind:
            raise RefusedError("ResourceNotFound", f"The given {kind} ARN could not be found: {arn}")
        return entry

    def _active(self, arn: str, kind: str) -> Entry:
        entry = self._there(arn, kind)
        if entry.kind != "Schema" and entry.status != "ACTIVE":
            raise RefusedError("ResourceInUse", f"{arn} is {entry.status}")
        return entry

    # time passing

    def _move(self, entry: Entry) -> None:
        was_going = entry.status in GOING
        if entry.ahead:
            entry.ahead.pop(0)
            if not entry.ahead:
                self._leave(entry) if was_going else self._arrive(entry)

    def _arrive(self, entry: Entry) -> None:
        """Do the work that takes the time."""
        name = entry.fields.get("jobName") or entry.fields["name"]
        wanted = "" if entry.kind in _FAILING_SILENTLY else self.failing.get(name, "")
        reason = wanted or self._failure(entry)
        if reason:
            entry.becomes = "CREATE FAILED"
            entry.fields["failureReason"] = reason

    def _failure(self, entry: Entry) -> str:
        try:
            _WORK.get(entry.kind, lambda _, __: None)(self, entry)
        except FailedWorkError as failure:
            return str(failure)
        return ""

    def _leave(self, entry: Entry) -> None:
        del self.entries[entry.arn]
        if entry.kind == "Solution":
            for version in self.of("SolutionVersion", solutionArn=entry.arn):
                del self.entries[version.arn]
        if entry.kind == "Dataset":
            for job in self.of("DatasetImportJob", datasetArn=entry.arn):
                del self.entries[job.arn]

    def import_data(self, job: Entry) -> None:
        dataset = self.entries[job.fields["datasetArn"]]
        schema = self.entries[dataset.fields["schemaArn"]].fields["schema"]
        location = job.fields["dataSource"]["dataLocation"]
        self.work.check(dataset.fields["datasetType"].upper(), json.loads(schema), location)

    def train(self, version: Entry) -> None:
        sources = {
            dataset.fields["datasetType"].lower(): job.fields["dataSource"]["dataLocation"]
            for dataset in self.of("Dataset", datasetGroupArn=version.fields["datasetGroupArn"])
            for job in self.of("DatasetImportJob", datasetArn=dataset.arn)
            if job.status == "ACTIVE"
        }
        if "interactions" not in sources:
            raise FailedWorkError("There is no Item interactions data to train with")
        version.model = self.work.train(_recipe(version), sources)

    def infer(self, job: Entry) -> None:
        version = self.entries[job.fields["solutionVersionArn"]]
        source = job.fields["jobInput"]["s3DataSource"]["path"]
        destination = job.fields["jobOutput"]["s3DataDestination"]["path"]
        self.work.infer(version.model, source, destination, job.fields.get("numResults", 25))

    def begin_automatic_training(self, solution: Entry) -> None:
        """What happens unless `performAutoTraining` is false."""
        if solution.fields.get("performAutoTraining", True):
            wanted = {"name": f"{solution.fields['name']}-auto", "solutionArn": solution.arn}
            self._add_version(wanted | {"trainingMode": "FULL"}, solution, "AUTOMATIC")

    # making

    def create_group(self, wanted: dict[str, Any]) -> Entry:
        self._within(self.of("DatasetGroup"), self.quotas.dataset_groups, "dataset groups")
        if ("kmsKeyArn" in wanted) != ("roleArn" in wanted):
            raise RefusedError("InvalidInput", "kmsKeyArn and roleArn go together")
        return self._add("DatasetGroup", wanted["name"], wanted)

    def create_schema(self, wanted: dict[str, Any]) -> Entry:
        self._within(self.of("Schema"), self.quotas.schemas, "schemas")
        try:
            schema = json.loads(wanted["schema"])
            sound = schema["type"] == "record" and schema["namespace"] == "com.amazonaws.personalize.schema"
            sound = sound and all({"name", "type"} <= one.keys() for one in schema["fields"])
        except (ValueError, KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise RefusedError("InvalidInput", "The schema is no Avro record in Personalize's namespace")
        return self._add("Schema", wanted["name"], wanted, steps=())

    def create_dataset(self, wanted: dict[str, Any]) -> Entry:
        group = self._active(wanted["datasetGroupArn"], "DatasetGroup")
        kind = wanted["datasetType"].upper()
        if kind not in _WANTED_FIELDS:
            raise RefusedError("InvalidInput", f"No such dataset type: {kind}")
        schema = json.loads(self._active(wanted["schemaArn"], "Schema").fields["schema"])
        names = {one["name"] for one in schema["fields"]}
        if missing := _WANTED_FIELDS[kind] - names:
            raise RefusedError("InvalidInput", f"The schema lacks {sorted(missing)}, which {kind} needs")
        if kind != "INTERACTIONS" and names == _WANTED_FIELDS[kind]:
            raise RefusedError("InvalidInput", f"{kind} needs a metadata field")
        return self._add("Dataset", f"{group.fields['name']}/{kind}", wanted)

    def create_import_job(self, wanted: dict[str, Any]) -> Entry:
        dataset = self._active(wanted["datasetArn"], "Dataset")
        self._at_a_time("DatasetImportJob", self.quotas.imports_at_a_time)
        if any(job.coming for job in self.of("DatasetImportJob", datasetArn=dataset.arn)):
            raise RefusedError("ResourceInUse", f"{dataset.arn} is being imported to")
        if "roleArn" not in wanted or not wanted["dataSource"].get("dataLocation", "").startswith("s3://"):
            raise RefusedError("InvalidInput", "Invalid Data location, or no role to read it with")
        return self._add("DatasetImportJob", wanted["jobName"], wanted)

    def create_solution(self, wanted: dict[str, Any]) -> Entry:
        group = self._active(wanted["datasetGroupArn"], "DatasetGroup")
        self._within(self.of("Solution", datasetGroupArn=group.arn), self.quotas.solutions_in_group, "solutions")
        if wanted.get("recipeArn", "").rpartition("/")[2] not in _RECIPES | self.legacy:
            raise RefusedError("InvalidInput", f"The recipe is not available: {wanted.get('recipeArn')}")
        return self._add("Solution", wanted["name"], wanted)

    def create_version(self, wanted: dict[str, Any]) -> Entry:
        solution = self._active(wanted["solutionArn"], "Solution")
        self._at_a_time("SolutionVersion", self.quotas.versions_at_a_time)
        return self._add_version(wanted, solution, "MANUAL")

    def _add_version(self, wanted: dict[str, Any], solution: Entry, how: str) -> Entry:
        """Its ARN ends in a hash; one without a name could be made again and again."""
        number = len(self.made)
        name = wanted.get("name", f"unnamed-{number}")
        for other in self.of("SolutionVersion", solutionArn=solution.arn):
            if other.fields["name"] == name:
                raise RefusedError("ResourceAlreadyExists", f"Another version is called {name}: {other.arn}")
        inherited = {key: solution.fields[key] for key in ("recipeArn", "datasetGroupArn")}
        ending = sha256(f"{solution.arn}/{name}".encode()).hexdigest()[:8]
        given = {"trainingMode": "FULL", **wanted, **inherited, "name": name, "trainingType": how}
        return self._add("SolutionVersion", f"{solution.fields['name']}/{ending}", given)

    def create_filter(self, wanted: dict[str, Any]) -> Entry:
        group = self._active(wanted["datasetGroupArn"], "DatasetGroup")
        self._within(self.of("Filter", datasetGroupArn=group.arn), self.quotas.filters_in_group, "filters")
        if not re.match(r"(INCLUDE|EXCLUDE)\s+(ItemID|UserID)\s+WHERE\s", wanted["filterExpression"]):
            raise RefusedError("InvalidInput", "The filter expression is not one")
        return self._add("Filter", wanted["name"], wanted)

    def create_batch_job(self, wanted: dict[str, Any]) -> Entry:
        version = self._active(wanted["solutionVersionArn"], "SolutionVersion")
        self._at_a_time("BatchInferenceJob", self.quotas.batches_at_a_time)
        if not 1 <= wanted.get("numResults", 25) <= _MOST_RESULTS:
            raise RefusedError("InvalidInput", f"numResults must be between 1 and {_MOST_RESULTS}")
        if _recipe(version) == "aws-trending-now":
            raise RefusedError("InvalidInput", "The recipe does not support batch inference")
        self._require_exploration(version, wanted)
        if "filterArn" in wanted:
            self._require_filter(version, wanted["filterArn"])
        if not wanted["jobOutput"]["s3DataDestination"]["path"].endswith("/"):
            raise RefusedError("InvalidInput", "The output path must be a folder")
        return self._add("BatchInferenceJob", wanted["jobName"], wanted)

    def _require_exploration(self, version: Entry, wanted: Mapping[str, Any]) -> None:
        explored = wanted.get("batchInferenceJobConfig", {}).get("itemExplorationConfig", {})
        if explored and (_recipe(version) not in _EXPLORING or not explored.keys() <= _EXPLORATION):
            raise RefusedError("InvalidInput", "The recipe takes no such itemExplorationConfig")

    def _require_filter(self, version: Entry, arn: str) -> None:
        chosen = self._active(arn, "Filter")
        if chosen.fields["datasetGroupArn"] != version.fields["datasetGroupArn"]:
            raise RefusedError("InvalidInput", "The filter belongs to another dataset group")

    def _add(self, kind: str, path: str, fields: dict[str, Any], steps: tuple[str, ...] | None = None) -> Entry:
        arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}:{_PATHS[kind]}/{path}"
        if arn in self.entries:
            raise RefusedError("ResourceAlreadyExists", f"Another resource with Arn {arn} already exists.")
        ahead = list(self.steps if steps is None else steps)
        entry = Entry(kind, arn, dict(fields), 1_700_000_000.0 + len(self.made), ahead)
        self.entries[arn] = entry
        self.made.append((kind, fields.get("jobName") or fields["name"]))
        if not ahead:
            self._arrive(entry)
        return entry

    def _within(self, there: list[Entry], most: int, what: str) -> None:
        if len(there) >= most:
            raise RefusedError("LimitExceeded", f"More than {most} {what}.")

    def _at_a_time(self, kind: str, most: int) -> None:
        coming = [entry for entry in self.of(kind) if entry.coming]
        if len(coming) >= most:
            for entry in coming:  # or whoever waits for them to make room would wait for ever
                self._move(entry)
            raise RefusedError("LimitExceeded", f"More than {most} resources with PENDING or IN_PROGRESS status.")

    # deleting

    def _delete(self, entry: Entry) -> dict[str, Any]:
        if entry.status in GOING:
            raise RefusedError("ResourceInUse", f"{entry.arn} is {entry.status}")
        if used := next(self._users(entry), None):
            raise RefusedError("ResourceInUse", f"{entry.arn} is used by {used.arn}")
        if entry.kind == "Schema":
            self._leave(entry)
        else:
            entry.ahead = list(GOING)
        return {}

    def _users(self, entry: Entry) -> Iterator[Entry]:
        """What has to be gone, or settled, before this can go."""
        within: Callable[[str], list[Entry]]
        match entry.kind:
            case "DatasetGroup":
                within = lambda kind: self.of(kind, datasetGroupArn=entry.arn)  # noqa: E731 - read right below
                yield from (*within("Solution"), *within("Dataset"), *within("Filter"))
            case "Schema":
                yield from self.of("Dataset", schemaArn=entry.arn)
            case "Solution":
                versions = self.of("SolutionVersion", solutionArn=entry.arn)
                jobs = [
                    job for one in versions for job in self.of("BatchInferenceJob", solutionVersionArn=one.arn)
                ]
                yield from (one for one in (*versions, *jobs) if one.coming)
            case "Dataset":
                group = entry.fields["datasetGroupArn"]
                versions = self.of("SolutionVersion", datasetGroupArn=group)
                imports = self.of("DatasetImportJob", datasetArn=entry.arn)
                yield from (one for one in (*versions, *imports) if one.coming)


def _member(kind: str) -> str:
    return kind[0].lower() + kind[1:]


def _arn_of(kind: str) -> str:
    return f"{_member(kind)}Arn"


def _times(entry: Entry) -> dict[str, float]:
    return {"creationDateTime": entry.created, "lastUpdatedDateTime": entry.created}


def _recipe(entry: Entry) -> str:
    return str(entry.fields["recipeArn"]).rpartition("/")[2]


_CREATE: dict[str, Callable[[Books, dict[str, Any]], Entry]] = {
    "DatasetGroup": Books.create_group,
    "Schema": Books.create_schema,
    "Dataset": Books.create_dataset,
    "DatasetImportJob": Books.create_import_job,
    "Solution": Books.create_solution,
    "SolutionVersion": Books.create_version,
    "Filter": Books.create_filter,
    "BatchInferenceJob": Books.create_batch_job,
}
_WORK: dict[str, Callable[[Books, Entry], None]] = {
    "DatasetImportJob": Books.import_data,
    "Solution": Books.begin_automatic_training,
    "SolutionVersion": Books.train,
    "BatchInferenceJob": Books.infer,
}
