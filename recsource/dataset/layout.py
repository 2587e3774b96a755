"""Where the files of a run lie in a storage: the same for every source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recsource.ports import ModelName

TableName = Literal["interactions", "users", "items"]
TABLES: tuple[TableName, ...] = ("interactions", "users", "items")

CURRENT = "current.json"
"""Which batch is current; at the base, beside `runs/`."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The keys of one run's files, relative to the storage."""

    run: str

    @property
    def root(self) -> str:
        """What all of the run's keys begin with."""
        return f"runs/{self.run}/"

    @property
    def record(self) -> str:
        """What was done in the run."""
        return f"{self.root}run.json"

    @property
    def recipients(self) -> str:
        """Who gets recommendations: `{"userId": "…"}` a line."""
        return f"{self.root}users.jsonl"

    def table(self, name: TableName) -> str:
        """The folder of a table's CSV files, with a slash at its end."""
        return f"{self.root}dataset/{name}/"

    def schema(self, name: TableName) -> str:
        """A table's Avro schema."""
        return f"{self.root}dataset/{name}.avsc.json"

    def batch(self, model: ModelName) -> str:
        """The folder of a model's `.out` files, with a slash at its end."""
        return f"{self.root}{model}/"
