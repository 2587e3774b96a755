"""What the jobs of a fake Amazon Personalize do with the data in the bucket: check it, learn from it, infer.

`CountingWork` recommends what most people met, and is done at once; `LocalWork` has the local recommender learn
from the very files that were imported.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from recsource.dataset.layout import TABLES, Layout
from recsource.ports import ModelName, Recommender, Storage, Trained
from recsource.storage.folder import Folder

_LEAST_INTERACTIONS, _LEAST_USERS = 1_000, 25
_LONGEST_ID = 256
_NUMBERS = {"int": int, "long": int, "float": float, "double": float}


class FailedWorkError(Exception):
    """A job that fails; its words become the resource's `failureReason`."""


@dataclass(frozen=True)
class Model:
    """What was learnt. `trained` is what the local recommender knows it by."""

    name: ModelName
    metrics: Mapping[str, float]
    ranking: Sequence[str] = ()
    trained: Trained | None = None
    folder: Path = Path()


class Work(Protocol):
    """The part of Personalize that computes."""

    def check(self, table: str, schema: Mapping[str, Any], location: str) -> None:
        """Import: whether the files at a location are of the schema."""
        ...

    def train(self, recipe: str, sources: Mapping[str, str]) -> Model:
        """Learn from the imported files, each table's by its lower-case name."""
        ...

    def infer(self, model: Model, source: str, destination: str, num_results: int) -> None:
        """Write `<input>.out`, and a `_CHECK` object, as Personalize does to see whether it may write there."""
        ...


@dataclass
class CountingWork:
    """Recommends what most people met.

    Attributes:
        storage: the bucket, as the pipeline sees it.
        least_interactions: fewer cannot be trained on.
    """

    storage: Storage
    least_interactions: int = _LEAST_INTERACTIONS
    inferred: list[str] = field(default_factory=list)

    def check(self, table: str, schema: Mapping[str, Any], location: str) -> None:
        keys = [key for key in self.storage.keys(self._key(location)) if key.endswith(".csv")]
        if not keys:
            raise FailedWorkError(f"There are no CSV files at {location}")
        for key in keys:
            rows = csv.reader(io.StringIO(self.storage.read(key) or ""))
            _check_rows(next(rows, []), rows, schema)
        rows_there = sum((self.storage.read(key) or "").count("\n") - 1 for key in keys)
        if table == "INTERACTIONS" and rows_there < self.least_interactions:
            raise FailedWorkError(f"The dataset has {rows_there} interactions, not {self.least_interactions}")

    def train(self, recipe: str, sources: Mapping[str, str]) -> Model:
        met: dict[str, set[str]] = {}
        users: Counter[str] = Counter()
        for row in self._rows(sources["interactions"]):
            met.setdefault(row["ITEM_ID"], set()).add(row["USER_ID"])
            users[row["USER_ID"]] += 1
        if sum(n > 1 for n in users.values()) < _LEAST_USERS:
            raise FailedWorkError(f"Fewer than {_LEAST_USERS} users have 2 interactions or more")
        ranking = sorted(met, key=lambda item: (-len(met[item]), item))
        share = len(met[ranking[0]]) / len(users)
        name: ModelName = "popularity" if recipe == "aws-popularity-count" else "personalised"
        return Model(name, _metrics(share if name == "popularity" else share / 2), tuple(ranking))

    def infer(self, model: Model, source: str, destination: str, num_results: int) -> None:
        people = (self.storage.read(self._key(source)) or "").splitlines()
        items = list(model.ranking[:num_results])
        scores = [round(1 / rank, 7) for rank in range(1, len(items) + 1)]
        lines = [_out(json.loads(person)["userId"], items, scores) for person in people]
        self.storage.write(self._key(f"{destination}_CHECK"), "")
        self.storage.write(self._key(f"{destination}{source.rpartition('/')[2]}.out"), "".join(lines))
        self.inferred.append(destination)

    def _rows(self, location: str) -> Iterator[Mapping[str, str]]:
        for key in self.storage.keys(self._key(location)):
            yield from csv.DictReader(io.StringIO(self.storage.read(key) or ""))

    def _key(self, url: str) -> str:
        if not url.startswith(f"{self.storage.url}/"):
            raise FailedWorkError(f"Insufficient privileges for accessing {url}")
        return url.removeprefix(f"{self.storage.url}/")


@dataclass
class LocalWork(CountingWork):
    """Has the local recommender learn from what was imported, and infer.

    Attributes:
        folder: where it works; somebody else removes it.
    """

    folder: Path = Path()
    learnt: int = 0

    def train(self, recipe: str, sources: Mapping[str, str]) -> Model:
        counted = super().train(recipe, sources)
        self.learnt += 1
        folder = self.folder / str(self.learnt)
        layout = Layout("fake")
        for table in TABLES:
            for number, key in enumerate(self.storage.keys(self._key(sources[table]))):
                self._fetch(key, folder / layout.table(table) / f"{number:04}.csv")
            schema = f"{self._key(sources[table]).removesuffix('/')}.avsc.json"
            self._fetch(schema, folder / layout.schema(table))
        trained = {one.model: one for one in _recommender(folder).train("fake")}
        return Model(counted.name, counted.metrics, counted.ranking, trained[counted.name], folder)

    def infer(self, model: Model, source: str, destination: str, num_results: int) -> None:
        assert model.trained is not None
        layout = Layout("fake")
        self._fetch(self._key(source), model.folder / layout.recipients)
        (key,) = _recommender(model.folder).infer("fake", [model.trained], num_results)
        self.storage.write(self._key(f"{destination}_CHECK"), "")
        self.storage.put(model.folder / key, self._key(f"{destination}{source.rpartition('/')[2]}.out"))
        self.inferred.append(destination)

    def _fetch(self, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.storage.get(key, path)


def _recommender(folder: Path) -> Recommender:
    from recsource.local.recommender import LocalRecommender
    from recsource.local.settings import LocalSettings

    return LocalRecommender(Folder(folder), LocalSettings())


def _check_rows(header: Sequence[str], rows: Iterable[Sequence[str]], schema: Mapping[str, Any]) -> None:
    types = {one["name"]: one["type"] for one in schema["fields"]}
    if set(header) != types.keys():
        raise FailedWorkError(f"The columns {header} are not those of the schema, {list(types)}")
    for number, row in enumerate(rows, start=2):
        for name, value in zip(header, row, strict=True):
            _check_value(name, value, types[name], number)


def _check_value(name: str, value: str, kind: str | list[str], line: int) -> None:
    kinds = [kind] if isinstance(kind, str) else kind
    if not value:
        if "null" not in kinds:
            raise FailedWorkError(f"Line {line}: {name} is missing")
        return
    if name in {"USER_ID", "ITEM_ID"} and len(value) > _LONGEST_ID:
        raise FailedWorkError(f"Line {line}: {name} has {len(value)} characters; {_LONGEST_ID} are allowed")
    number = next((_NUMBERS[one] for one in kinds if one in _NUMBERS), None)
    if number:
        try:
            number(value)
        except ValueError as error:
            raise FailedWorkError(f"Line {line}: {name} is {value!r}, no {kinds}") from error


def _metrics(share: float) -> dict[str, float]:
    """By the names that Personalize uses."""
    at = {f"{name}_at_{k}": round(share / k, 4) for name in ("precision",) for k in (5, 10, 25)}
    gains = {f"normalized_discounted_cumulative_gain_at_{k}": round(share / 2, 4) for k in (5, 10, 25)}
    return {"coverage": round(share / 10, 4), "mean_reciprocal_rank_at_25": round(share / 3, 4), **gains, **at}


def _out(user: str, items: Sequence[str], scores: Sequence[float]) -> str:
    output = {"recommendedItems": items, "scores": scores}
    return json.dumps({"input": {"userId": user}, "output": output, "error": None}, separators=(",", ":")) + "\n"
