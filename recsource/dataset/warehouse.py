"""What the export asks of whatever holds the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from recsource.dataset.limits import Measures
from recsource.dataset.query import Extraction, Tables
from recsource.ports import Storage


class Extract(Protocol):
    """The rows of a query, measured but not yet in the storage."""

    @property
    def measures(self) -> Measures:
        """How much they are, and what is wrong with them."""
        ...

    def unload(self, storage: Storage, folder: str) -> Mapping[str, str]:
        """Write them as CSV with a header, sorted, into a folder of the storage that then holds nothing else.

        Args:
            storage: where.
            folder: what their keys begin with, a slash at its end.

        Returns:
            The SHA-256 of each file, by its key.

        Raises:
            StorageError: they cannot be written.
            DatasetError: the warehouse does not give them.
        """
        ...


class Warehouse(Protocol):
    """Where interactions, users and items are."""

    @property
    def tables(self) -> Tables:
        """What they are called there."""
        ...

    def extract(self, name: str, extraction: Extraction, drafts: Path) -> Extract:
        """Carry a query out, or get ready to, and measure its rows.

        Args:
            name: the query's, for files and errors.
            extraction: the query.
            drafts: a folder for files on their way, which is emptied afterwards.

        Raises:
            DatasetError: the query fails.
        """
        ...


def sha256(path: Path) -> str:
    """A file's hash, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
