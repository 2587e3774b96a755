"""An exported dataset, read into arrays.

Rows may come in any order and in any number of files: everything is numbered in the order of ids.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import duckdb
import numpy as np

from recsource.dataset.layout import Layout, TableName
from recsource.engine import Engine, Queries
from recsource.errors import DatasetError
from recsource.local.arrays import Floats, Ints, Texts
from recsource.local.corpus import Corpus, Pairs
from recsource.local.features import Column, Kind, features_of
from recsource.ports import Storage

DAY = 86_400
_SQL = Queries("recsource")
_CREATED = "CREATION_TIMESTAMP"
_NUMBERS = {"int", "long", "float", "double"}


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """A dataset that lies in a folder of this machine.

    Attributes:
        interactions, users, items: CSV files of each table.
        item_schema: the items' Avro schema, as JSON.
    """

    interactions: Sequence[Path]
    users: Sequence[Path]
    items: Sequence[Path]
    item_schema: str


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets recommendations, in the order of ids.

    Attributes:
        user_ids: each once.
        user: each one's index in the corpus; -1 of those whom it does not know.
        group: each one's group in it.
    """

    user_ids: Texts
    user: Ints
    group: Ints


def fetch(storage: Storage, run: str, folder: Path) -> DatasetFiles:
    """Download a run's dataset.

    Raises:
        DatasetError: the run has none.
    """
    layout = Layout(run)
    schema = storage.read(layout.schema("items"))
    if schema is None:
        raise DatasetError(
            f"run {run}: there is no {layout.schema('items')} in {storage.url}; "
            f"run `winddown recs export --run {run}` first"
        )

    def table(name: TableName) -> list[Path]:
        keys = [key for key in storage.keys(layout.table(name)) if key.endswith(".csv")]
        if not keys:
            raise DatasetError(
                f"run {run}: no CSV file under {layout.table(name)} in {storage.url}; export it again"
            )
        paths = [folder / f"{name}-{number}.csv" for number in range(len(keys))]
        for key, path in zip(keys, paths, strict=True):
            storage.get(key, path)
        return paths

    return DatasetFiles(table("interactions"), table("users"), table("items"), schema)


def read_corpus(engine: Engine, files: DatasetFiles, similar_by: Sequence[str], at: int | None = None) -> Corpus:
    """Read a dataset; the engine keeps its users, for `read_recipients`.

    Args:
        engine: reads.
        files: what.
        similar_by: the columns of users that make a group; those that the dataset lacks are left out.
        at: the moment, in Unix seconds, before which interactions count; None for just after the last one.

    Raises:
        DatasetError: a file is not what it should be, or there are no interactions.
    """
    try:
        return _read(engine, files, similar_by, at)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"the dataset cannot be read: {reason}; export it again") from error


def _read(engine: Engine, files: DatasetFiles, similar_by: Sequence[str], at: int | None) -> Corpus:
    interactions, users, items = (_reader(paths) for paths in (files.interactions, files.users, files.items))
    moment = at if at is not None else engine.numbers(_SQL("local/last_moment", interactions=interactions))[0]
    known = engine.columns(f"FROM {users}")
    grouping = [column for column in similar_by if column in known]
    engine.run(_SQL("local/read_items", items=items, interactions=interactions))
    engine.run(_SQL("local/read_users", users=users, interactions=interactions, similar_by=grouping))
    group = engine.arrays("SELECT group_no FROM listener ORDER BY user_no")["group_no"].astype(np.int32)
    pairs = _pairs(engine, interactions, moment)
    if not len(pairs.age):
        raise DatasetError("the dataset has no interactions, so that nothing can be learned; export more of them")
    described = engine.arrays("FROM item ORDER BY item_no")
    item_ids = described["item_id"]
    return Corpus(
        item_ids=np.asarray(item_ids, dtype=object),
        item_age=_ages(described.get(_CREATED), len(item_ids), moment),
        features=features_of(_metadata(described, files.item_schema), len(item_ids)),
        pairs=pairs,
        group=group,
        groups=int(group.max(initial=0)) + 1,
    )


def _pairs(engine: Engine, interactions: str, moment: int) -> Pairs:
    found = engine.arrays(_SQL("local/read_pairs", interactions=interactions, at=moment))
    return Pairs(
        user=found["user_no"].astype(np.int32, copy=False),
        item=found["item_no"].astype(np.int32, copy=False),
        age=found["age"].astype(np.int32, copy=False),
        plays=found["plays"].astype(np.float32, copy=False),
    )


def _reader(files: Sequence[Path]) -> str:
    return _SQL("local/csv", files=[str(file) for file in files]).strip()


def _ages(created: object, items: int, moment: int) -> Floats:
    """Days since creation; NaN where nothing is said of it."""
    if created is None:
        return np.full(items, np.nan)
    seconds = np.array([np.nan if value is None else float(value) for value in _texts(created)])
    return (moment - seconds) / DAY


def _metadata(described: Mapping[str, object], schema: str) -> dict[str, Column]:
    """The columns that a model learns from: categories and numbers, but no sentences."""
    fields = cast("list[dict[str, object]]", json.loads(schema)["fields"])
    kinds = {str(field["name"]): _kind(field) for field in fields}
    return {
        name: Column(kind, _texts(described[name]))
        for name, kind in kinds.items()
        if kind and name in described and name != _CREATED
    }


def _kind(field: Mapping[str, object]) -> Kind | None:
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    if field.get("categorical") or "boolean" in types:
        return "categorical"
    return "numeric" if _NUMBERS.intersection(types) else None


def _texts(column: object) -> list[str | None]:
    """A column of texts as a list; None where one is missing."""
    return cast("list[str | None]", cast("Texts", column).tolist())


def read_recipients(engine: Engine, file: Path) -> Recipients:
    """Who of the corpus that the engine has read gets recommendations.

    Args:
        engine: the one that read the corpus.
        file: `{"userId": "…"}` a line.

    Raises:
        DatasetError: it is not such a file.
    """
    try:
        found = engine.arrays(_SQL("local/recipients", file=file))
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"{file.name} cannot be read: {reason}; export it again") from error
    return Recipients(
        user_ids=np.asarray(found["user_id"], dtype=object),
        user=found["user_no"].astype(np.int32, copy=False),
        group=found["group_no"].astype(np.int32),
    )
