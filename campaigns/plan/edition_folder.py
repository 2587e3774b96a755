"""An edition's folder: what was planned, who was excluded and assigned, and the manifest; a report later."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, WinddownError

_FILES = (
    "plan.parquet",
    "items.parquet",
    "collections.parquet",
    "excluded.parquet",
    "assignments.parquet",
    "manifest.json",
)


@dataclass(frozen=True, slots=True)
class EditionFolder:
    """The files of one edition under a workspace's `editions`."""

    edition: Edition
    path: Path

    @classmethod
    def of(cls, edition: Edition, editions: Path) -> EditionFolder:
        """The edition's folder, whether it is there yet or not."""
        return cls(edition, editions / edition.campaign / edition.name)

    @property
    def plan(self) -> Path:
        """One row a person planned, in the order of sending."""
        return self.path / "plan.parquet"

    @property
    def excluded(self) -> Path:
        """Everybody else who was considered, with the reason."""
        return self.path / "excluded.parquet"

    @property
    def assignments(self) -> Path:
        """Who was assigned what, for the warehouse; `assigned_at` is the edition's moment, not the clock's.

        Assignment is a function of salts and ids, and planning twice gives the same bytes; when it was recorded
        stands in the ledger.
        """
        return self.path / "assignments.parquet"

    @property
    def items(self) -> Path:
        """The items that the plan's slots name, as they were when it was planned."""
        return self.path / "items.parquet"

    @property
    def collections(self) -> Path:
        """Likewise the collections."""
        return self.path / "collections.parquet"

    @property
    def checked(self) -> Path:
        """Says which messages were looked at and found sound."""
        return self.path / "checked.json"

    @property
    def approved(self) -> Path:
        """Says who approved which plan."""
        return self.path / "approved.json"

    @property
    def manifest(self) -> Path:
        """Written last: an edition without one is not planned."""
        return self.path / "manifest.json"

    def read_manifest(self) -> Mapping[str, object] | None:
        """What the edition was made from, or None when it is not planned.

        Raises:
            WinddownError: the file is damaged.
        """
        try:
            manifest: Mapping[str, object] = json.loads(self.manifest.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise WinddownError(
                f"{self.manifest}: this is no manifest ({error}); plan the edition again"
            ) from error
        return manifest

    def require_manifest(self) -> Mapping[str, object]:
        """What the edition was made from.

        Raises:
            ConfigurationError: it is not planned yet.
        """
        manifest = self.read_manifest()
        if manifest is None:
            raise ConfigurationError(
                f"{self.edition} is not planned: {self.manifest} is not there; run `winddown plan` first"
            )
        return manifest

    @contextmanager
    def draft(self, host: str) -> Iterator[EditionFolder]:
        """A folder beside this one to write in; it is gone afterwards, whatever happened.

        What this host's killed processes left behind is swept away; whether another host's live nobody here knows.
        """
        ours = f".{self.edition.name}-{host}-"
        for left in self.path.parent.glob(f"{ours}*"):
            if _is_dead(left.name.removeprefix(ours)):
                rmtree(left, ignore_errors=True)
        path = self.path.with_name(f"{ours}{os.getpid()}")
        path.mkdir(parents=True)
        try:
            yield EditionFolder(self.edition, path)
        finally:
            rmtree(path, ignore_errors=True)

    def publish(self, draft: EditionFolder) -> None:
        """Put a draft's files in place, the manifest last."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.manifest.unlink(missing_ok=True)
        for name in _FILES:
            (draft.path / name).replace(self.path / name)


def _is_dead(number: str) -> bool:
    """Whether the process that had this number is no more; whoever had our own had it before us."""
    if not number.isdecimal():  # of a host whose name begins as ours does
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it lives, and is another user's
        return False
    return int(number) == os.getpid()
