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
from typing import Any

from personalize_entries import (
    ACCOUNT,
    COMING,
    GOING,
    PATHS,
    REGION,
    Entry,
    Quotas,
    RefusedError,
    arn_of,
    member,
    recipe_of,
)
from personalize_making import CREATE, add_version
from personalize_work import FailedWorkError, Work

_FAILING_SILENTLY = {"Schema", "Dataset", "Solution"}


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
            return {arn_of(kind): CREATE[kind](self, wanted).arn}
        entry = self.there(wanted[arn_of(kind)], kind)
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
        told = {**entry.fields, arn_of(entry.kind): entry.arn, **_times(entry)}
        if entry.kind != "Schema":
            told["status"] = entry.status
        self._move(entry)
        return {member(entry.kind): told}

    def _list(self, kind: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        narrowed = {name: value for name, value in wanted.items() if name.endswith("Arn")}
        found = [self._summary(entry) for entry in self.of(kind, **narrowed)]
        size = min(wanted.get("maxResults", 100), self.page)
        start = int(wanted.get("nextToken", "0"))
        plural = "Filters" if kind == "Filter" else f"{member(kind)}s"
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
        return {**told, arn_of(entry.kind): entry.arn, **_times(entry), **status}

    def _metrics(self, arn: str) -> dict[str, Any]:
        version = self.there(arn, "SolutionVersion")
        if version.status != "ACTIVE":
            raise RefusedError("ResourceInUse", f"{arn} is {version.status}")
        return {"solutionVersionArn": arn, "metrics": version.model.metrics}

    def there(self, arn: str, kind: str) -> Entry:
        entry = self.entries.get(arn)
        if entry is None or entry.kind != kind:
            raise RefusedError("ResourceNotFound", f"The given {kind} ARN could not be found: {arn}")
        return entry

    def active(self, arn: str, kind: str) -> Entry:
        entry = self.there(arn, kind)
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
        version.model = self.work.train(recipe_of(version), sources)

    def infer(self, job: Entry) -> None:
        version = self.entries[job.fields["solutionVersionArn"]]
        source = job.fields["jobInput"]["s3DataSource"]["path"]
        destination = job.fields["jobOutput"]["s3DataDestination"]["path"]
        self.work.infer(version.model, source, destination, job.fields.get("numResults", 25))

    def begin_automatic_training(self, solution: Entry) -> None:
        """What happens unless `performAutoTraining` is false."""
        if solution.fields.get("performAutoTraining", True):
            wanted = {"name": f"{solution.fields['name']}-auto", "solutionArn": solution.arn}
            add_version(self, wanted | {"trainingMode": "FULL"}, solution, "AUTOMATIC")

    # making

    def add(self, kind: str, path: str, fields: dict[str, Any], steps: tuple[str, ...] | None = None) -> Entry:
        arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}:{PATHS[kind]}/{path}"
        if arn in self.entries:
            raise RefusedError("ResourceAlreadyExists", f"Another resource with Arn {arn} already exists.")
        ahead = list(self.steps if steps is None else steps)
        entry = Entry(kind, arn, dict(fields), 1_700_000_000.0 + len(self.made), ahead)
        self.entries[arn] = entry
        self.made.append((kind, fields.get("jobName") or fields["name"]))
        if not ahead:
            self._arrive(entry)
        return entry

    def within(self, there: list[Entry], most: int, what: str) -> None:
        if len(there) >= most:
            raise RefusedError("LimitExceeded", f"More than {most} {what}.")

    def at_a_time(self, kind: str, most: int) -> None:
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


def _times(entry: Entry) -> dict[str, float]:
    return {"creationDateTime": entry.created, "lastUpdatedDateTime": entry.created}


_WORK: dict[str, Callable[[Books, Entry], None]] = {
    "DatasetImportJob": Books.import_data,
    "Solution": Books.begin_automatic_training,
    "SolutionVersion": Books.train,
    "BatchInferenceJob": Books.infer,
}
