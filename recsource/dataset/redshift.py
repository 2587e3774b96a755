"""The warehouse that is Amazon Redshift: it writes to the bucket itself (`UNLOAD`), asked through its Data API.

The query is the same text as for DuckDB, put into Redshift's dialect by SQLGlot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlglot
from sqlglot.errors import ErrorLevel

from recsource.dataset.data_api import DataApi
from recsource.dataset.limits import Measures
from recsource.dataset.query import OWN_NAMES, Extraction, Tables
from recsource.dataset.warehouse import Extract, sha256
from recsource.engine import Queries
from recsource.errors import DatasetError
from recsource.ports import Storage

_SQL = Queries("recsource")
_KEEP_CASE = "SET enable_case_sensitive_identifier TO true"
"""Redshift writes a header in lower case otherwise, however its names are quoted ("Names and identifiers")."""


@dataclass(frozen=True, slots=True)
class UnloadSettings:
    """How Redshift writes to the bucket.

    Attributes:
        role: the ARN of the IAM role that does it; it needs to list, write and delete there.
        tables: what the tables are called, with their schemas.
        kms_key: encrypts what is written; empty for SSE-S3.
        region: the bucket's, where it is not the cluster's.
    """

    role: str
    tables: Tables = field(default_factory=lambda: OWN_NAMES)
    kms_key: str = ""
    region: str = ""


def in_redshift(query: str) -> str:
    """A query of DuckDB's in Redshift's dialect, every name quoted: `language` and others are reserved there.

    Raises:
        sqlglot.errors.UnsupportedError: Redshift has nothing like it.
    """
    (text,) = sqlglot.transpile(
        query,
        read="duckdb",
        write="redshift",
        identify=True,
        pretty=True,
        comments=False,
        unsupported_level=ErrorLevel.RAISE,
    )
    return text


def unload(query: str, folder: str, settings: UnloadSettings) -> str:
    """The statement that writes a query's rows into a bucket's folder ("UNLOAD" in Redshift's developer guide).

    Args:
        query: in Redshift's dialect, without a LIMIT of its own, which UNLOAD does not take.
        folder: `s3://…/`; what lies in it already is removed.
        settings: how it is written.
    """
    return _SQL(
        "export/unload",
        query=query,
        folder=folder,
        role=settings.role,
        kms_key=settings.kms_key,
        region=settings.region,
    ).strip()


@dataclass(frozen=True, slots=True)
class _Pending:
    """What Redshift will write when asked to."""

    name: str
    extraction: Extraction
    measures: Measures
    settings: UnloadSettings
    api: DataApi
    drafts: Path

    def unload(self, storage: Storage, folder: str) -> Mapping[str, str]:
        statement = unload(in_redshift(self.extraction.query), f"{storage.url}/{folder}", self.settings)
        self.api.run(f"unload {self.name}", [_KEEP_CASE, statement])
        keys = storage.keys(folder)
        if not keys:
            raise DatasetError(
                f"redshift: {self.name}: it was unloaded to {storage.url}/{folder}, where nothing lies; "
                "look whether somebody has removed it, and export as of another moment or under another run id"
            )
        return {key: self._hash(storage, key) for key in keys}

    def _hash(self, storage: Storage, key: str) -> str:
        draft = self.drafts / "part.csv"
        storage.get(key, draft)
        with draft.open(encoding="utf-8") as file:
            header = file.readline().rstrip("\r\n")
        wanted = ",".join(column.name for column in self.extraction.columns)
        if header != wanted:
            raise DatasetError(
                f"{key} begins with {header!r}; wanted {wanted!r}; look whether the cluster lets a session "
                "set `enable_case_sensitive_identifier`"
            )
        return sha256(draft)


@dataclass(frozen=True, slots=True)
class RedshiftWarehouse:
    """Tables that are called and built as in `recsource.schema`, in a cluster or a workgroup."""

    api: DataApi
    settings: UnloadSettings

    @property
    def tables(self) -> Tables:
        """As the settings call them."""
        return self.settings.tables

    def extract(self, name: str, extraction: Extraction, drafts: Path) -> Extract:
        """Measure the rows in Redshift; nothing leaves it yet."""
        return _Pending(name, extraction, self._measure(name, extraction), self.settings, self.api, drafts)

    def _measure(self, name: str, extraction: Extraction) -> Measures:
        relation = f"({extraction.query})"
        measured = self.api.row(f"measure {name}", in_redshift(extraction.measure(relation)))
        if not extraction.is_of_interactions:
            return extraction.measures(measured)
        return extraction.measures(
            measured, self.api.row("listeners", in_redshift(extraction.listeners(relation)))
        )
