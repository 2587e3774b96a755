"""The warehouse that is the workspace's own files, read by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recsource.dataset.limits import Measures
from recsource.dataset.query import OWN_NAMES, Extraction, Tables
from recsource.dataset.warehouse import Extract, sha256
from recsource.engine import Engine, Queries
from recsource.errors import DatasetError
from recsource.ports import Storage

_SQL = Queries("recsource")
_PART = "part-0000.csv"


@dataclass(frozen=True, slots=True)
class _Draft:
    path: Path
    measures: Measures

    def unload(self, storage: Storage, folder: str) -> Mapping[str, str]:
        key = f"{folder}{_PART}"
        storage.put(self.path, key)
        storage.delete(other for other in storage.keys(folder) if other != key)
        return {key: sha256(self.path)}


@dataclass(frozen=True, slots=True)
class FilesWarehouse:
    """Tables of the engine, opened and checked by `recsource.inputs.open_table`."""

    engine: Engine

    @property
    def tables(self) -> Tables:
        """As the schema calls them."""
        return OWN_NAMES

    def extract(self, name: str, extraction: Extraction, drafts: Path) -> Extract:
        """Write the rows to a draft, and measure them there: what is looked at is what will be uploaded."""
        path = drafts / f"{name}.csv"
        try:
            self.engine.run(_SQL("export/write", query=extraction.query, path=path))
            return _Draft(path, self._measure(extraction, path))
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise DatasetError(f"{name} cannot be exported: {reason}; mend the file that it comes from") from error

    def _measure(self, extraction: Extraction, path: Path) -> Measures:
        relation = _SQL("export/read", files=[str(path)]).strip()
        measured = self.engine.row(extraction.measure(relation))
        if not extraction.is_of_interactions:
            return extraction.measures(measured)
        return extraction.measures(measured, self.engine.row(extraction.listeners(relation)))
