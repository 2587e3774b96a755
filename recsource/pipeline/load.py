"""Loading a batch into Amazon Redshift: the texts that somebody runs there, or hands to a scheduler.

`COPY` reads the files that a manifest names, and takes from every line what the JSONPaths file says ("COPY from
JSON format" in Redshift's developer guide). Lists become values of the type SUPER, which a query then unnests
("Querying semistructured data"). Lines with an error are copied too, and offer nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from recsource.engine import Queries
from recsource.ports import Storage, Stored

_SQL = Queries("recsource")
_PATHS = ("$['input']['userId']", "$['output']['recommendedItems']", "$['output']['scores']", "$['error']")
"""One for each column of the table that the lines are copied to, in its order."""


@dataclass(frozen=True, slots=True)
class Load:
    """What loads a batch.

    Attributes:
        jsonpaths: the JSONPaths file.
        manifest: names the files, so that a `_CHECK` object among them is not read.
        statements: to be run in one transaction, in order.
    """

    jsonpaths: str
    manifest: str
    statements: tuple[str, ...]


def load(
    storage: Storage,
    files: Sequence[Stored],
    folder: str,
    *,
    role: str,
    table: str = "recommendations",
    region: str = "",
    max_errors: int = 1_000,
) -> Load:
    """The texts that load a batch into a table of (`user_id`, `item_id`, `rank`).

    Args:
        storage: the bucket.
        files: the batch's, as `recsource.pipeline.pull.find_files` finds them.
        folder: what the keys of `jsonpaths.json` and `manifest.json` begin with, a slash at its end.
        role: the ARN of the IAM role that reads the bucket.
        table: which table; it may begin with its schema's name and a dot. What it holds is replaced.
        region: the bucket's, where it is not the cluster's.
        max_errors: how many lines may be unreadable.
    """
    names = ("create", "copy", "replace", "insert")
    parameters = {
        "staged": "recommendation_lines",
        "table": table,
        "manifest": f"{storage.url}/{folder}manifest.json",
        "jsonpaths": f"{storage.url}/{folder}jsonpaths.json",
        "role": role,
        "region": region,
        "max_errors": max_errors,
    }
    return Load(
        jsonpaths=_json({"jsonpaths": list(_PATHS)}),
        manifest=_json({"entries": [{"url": f"{storage.url}/{file.key}", "mandatory": True} for file in files]}),
        statements=tuple(_SQL(f"pull/{name}", **parameters).strip() for name in names),
    )


def write_load(storage: Storage, folder: str, texts: Load) -> None:
    """Put the JSONPaths file and the manifest where the statements look for them.

    Raises:
        StorageError: they cannot be written.
    """
    storage.write(f"{folder}jsonpaths.json", texts.jsonpaths)
    storage.write(f"{folder}manifest.json", texts.manifest)


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
