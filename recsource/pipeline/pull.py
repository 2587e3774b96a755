"""Pulling a batch: from where inference wrote it to where the weekly email reads it, all of it or nothing.

    <folder>/batches/<identity>/*.out       the batch's files, with the times at which they were written
    <folder>/batches/<identity>/batch.json  what it is and holds
    <folder>/current                        a symbolic link to one of them

A batch is gathered in a draft, which gets its name when it is whole; then the link is replaced. Whatever a crash
interrupts, the link shows a whole batch, the old one or the new one. The settings name the link:
`recommendations = "<folder>/current"` under [data] in winddown.toml.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from recsource.batch import Batch
from recsource.dataset.layout import CURRENT, Layout
from recsource.engine import Engine, Queries
from recsource.errors import BatchRefusedError, InferenceError, StorageError
from recsource.ports import ModelName, Storage, Stored
from recsource.storage.folder import Folder

LINK = "current"
_BATCHES, _DRAFTS, _RECORD = "batches", ".drafts", "batch.json"
_SQL = Queries("recsource")


@dataclass(frozen=True, slots=True)
class LineCounts:
    """What the lines of a batch hold.

    Attributes:
        lines: all of them.
        unreadable: no JSON of the format.
        errors: those with the recommender's own error.
        empty: those with neither an error nor items.
        pairs: people's items, in all.
    """

    lines: int
    unreadable: int
    errors: int
    empty: int
    pairs: int

    @property
    def offered(self) -> int:
        """Lines that offer somebody something."""
        return self.lines - self.unreadable - self.errors - self.empty


@dataclass(frozen=True, slots=True)
class Pulled:
    """A batch that is here, whole.

    Attributes:
        identity: the same for the same files of the same run and model, another one for others.
        run: whose.
        model: which.
        written_at: when the oldest of its files was written (UTC).
        files: their names.
        counts: what they hold.
    """

    identity: str
    run: str
    model: ModelName
    written_at: datetime
    files: tuple[str, ...]
    counts: LineCounts

    def as_dict(self) -> dict[str, object]:
        """As JSON holds it."""
        return asdict(self) | {"written_at": self.written_at.isoformat(), "files": list(self.files)}

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The record that lies beside a batch's files."""
        found = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        return cls(
            **found
            | {
                "written_at": datetime.fromisoformat(found["written_at"]),
                "files": tuple(found["files"]),
                "counts": LineCounts(**found["counts"]),
            }
        )


def pull(storage: Storage, run: str, model: ModelName, folder: Path, engine: Engine) -> Pulled:
    """Make a run's batch the current one; a batch that is here already is not fetched again.

    Args:
        storage: where inference wrote it.
        run: its id.
        model: which model's batch.
        folder: where it goes, in the workspace.
        engine: counts its lines.

    Raises:
        InferenceError: there is no batch.
        BatchRefusedError: none of its lines offers anything; the current batch stays.
        StorageError: it cannot be read, or not written here.
    """
    found = find_files(storage, run, model)
    identity = identify(run, model, found)
    place = folder / _BATCHES / identity
    try:
        (folder / _DRAFTS).mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder / _DRAFTS) as drafts:
            if not (place / _RECORD).exists():
                draft = _gather(storage, found, Path(drafts) / identity)
                _describe(draft, run, model, found, engine)
                _settle(draft, place)
            pulled = Pulled.read(place)
            _point(folder / LINK, Path(_BATCHES, identity), Path(drafts))
    except OSError as error:
        raise StorageError(
            f"cannot pull the batch to {folder}: {error.strerror or error}; look at permissions and free space"
        ) from error
    storage.write(CURRENT, json.dumps(pulled.as_dict(), indent=2) + "\n")
    return pulled


def current_batch(folder: Path) -> str:
    """The identity of the batch that is current; empty where none is."""
    try:
        return Pulled.read(folder / LINK).identity
    except (OSError, KeyError, TypeError, ValueError):
        return ""


def find_files(storage: Storage, run: str, model: ModelName) -> Sequence[Stored]:
    """A batch's `.out` files; a `_CHECK` object beside them is not one.

    Raises:
        InferenceError: there is none.
    """
    prefix = Layout(run).batch(model)
    found = [file for file in storage.files(prefix) if file.key.endswith(".out")]
    if not found:
        raise InferenceError(
            f"run {run}: no file ending in .out below {storage.url}/{prefix}; infer first, or name another run"
        )
    return found


def identify(run: str, model: ModelName, files: Sequence[Stored]) -> str:
    """What a batch is known by: its run, its model, and its files' names, sizes and versions."""
    parts = [run, model, *(f"{file.key} {file.size} {file.version}" for file in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def clear_batches(folder: Path, keep: int) -> list[Path]:
    """Remove all batches but the current one and the `keep` latest others, and drafts that a crash left.

    Returns:
        The folders that were removed.
    """
    shutil.rmtree(folder / _DRAFTS, ignore_errors=True)
    current = (folder / LINK).resolve()
    others = [batch for batch in (folder / _BATCHES).glob("*") if batch.resolve() != current]
    old = sorted(others, key=lambda batch: Pulled.read(batch).written_at, reverse=True)[keep:]
    for batch in old:
        shutil.rmtree(batch)
    return old


def _gather(storage: Storage, files: Sequence[Stored], draft: Path) -> Path:
    """All files in a draft, under names that tell two folders' files apart."""
    draft.mkdir()
    base = os.path.commonpath([Path(file.key).parent for file in files])
    for file in files:
        _fetch(storage, file, draft / Path(file.key).relative_to(base).as_posix().replace("/", "-"))
    return draft


def _fetch(storage: Storage, file: Stored, path: Path) -> None:
    """A file with its own time. In a folder on the same disk it is read in place: it gets a second name there."""
    if isinstance(storage, Folder):
        try:
            path.hardlink_to(storage.path(file.key))
        except OSError:
            pass  # another disk, or one without links: a copy it is
        else:
            return
    storage.get(file.key, path)
    os.utime(path, (file.modified_at.timestamp(), file.modified_at.timestamp()))


def _describe(draft: Path, run: str, model: ModelName, found: Sequence[Stored], engine: Engine) -> None:
    files = tuple(sorted(draft.iterdir()))
    written_at = min(file.modified_at for file in found)
    counts = LineCounts(*engine.numbers(_SQL("pull/lines", reader=Batch(files, written_at).reader(engine))))
    if not counts.offered:
        raise BatchRefusedError(
            f"run {run}: none of the {counts.lines} lines of its batch offers anything ({counts.unreadable} "
            f"unreadable, {counts.errors} errors, {counts.empty} empty); look at the batch inference job"
        )
    pulled = Pulled(draft.name, run, model, written_at, tuple(file.name for file in files), counts)
    (draft / _RECORD).write_text(json.dumps(pulled.as_dict(), indent=2) + "\n", encoding="utf-8")


def _settle(draft: Path, place: Path) -> None:
    """Give a whole batch its name; where another process was faster, its own stays."""
    place.parent.mkdir(exist_ok=True)
    try:
        draft.rename(place)
    except OSError:
        if not (place / _RECORD).exists():
            raise


def _point(link: Path, target: Path, drafts: Path) -> None:
    if link.exists() and not link.is_symlink():
        raise StorageError(f"{link} is in the way of the link to the current batch; move it elsewhere")
    draft = drafts / LINK
    draft.symlink_to(target, target_is_directory=True)
    draft.replace(link)
