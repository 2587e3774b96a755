"""A storage that is a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from recsource.errors import StorageError
from recsource.ports import Stored
from recsource.storage.keys import require_key

_PARTIAL = ".partial"
"""Where files are written before they appear under their keys: on the same file system, or they could not."""


class Folder:
    """Keys are paths below `root`, which is made where it is not there."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def url(self) -> str:
        """The folder's path."""
        return str(self.root)

    def path(self, key: str) -> Path:
        """Where a key's file is, or would be."""
        return self.root / require_key(key)

    def put(self, path: Path, key: str) -> None:
        """Copy a file in; it appears at once as a whole."""
        self._appear(key, lambda draft: shutil.copyfile(path, draft))

    def get(self, key: str, path: Path) -> None:
        """Copy a file out; it appears at `path` at once as a whole."""
        source = self.path(key)
        with self._told(key, "read"), TemporaryDirectory(prefix=".winddown-", dir=path.parent) as drafts:
            draft = Path(drafts) / path.name
            shutil.copyfile(source, draft)
            draft.replace(path)

    def write(self, key: str, text: str) -> None:
        """Write a small text; it replaces the old one at once."""
        self._appear(key, lambda draft: draft.write_text(text, encoding="utf-8", newline=""))

    def read(self, key: str) -> str | None:
        """A small text; None where there is none."""
        with self._told(key, "read"):
            try:
                return self.path(key).read_bytes().decode()
            except FileNotFoundError:
                return None

    def keys(self, prefix: str) -> Sequence[str]:
        """All keys that begin so, sorted."""
        return [file.key for file in self.files(prefix)]

    def files(self, prefix: str) -> Sequence[Stored]:
        """All files whose keys begin so, by key."""
        with self._told(prefix, "list"):
            return sorted(self._found(prefix), key=lambda file: file.key)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove files; what is not there is no error."""
        for key in keys:
            with self._told(key, "delete"):
                self.path(key).unlink(missing_ok=True)

    def _appear(self, key: str, write: Callable[[Path], object]) -> None:
        target = self.path(key)
        with self._told(key, "write"):
            partial = self.root / _PARTIAL
            partial.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=partial) as drafts:
                draft = Path(drafts) / "draft"
                write(draft)
                target.parent.mkdir(parents=True, exist_ok=True)
                draft.replace(target)

    def _found(self, prefix: str) -> Iterator[Stored]:
        """The prefix's own folder is walked, not the whole of the storage."""
        for folder, names, files in os.walk(self.root / prefix.rpartition("/")[0]):
            if Path(folder) == self.root:
                names[:] = [name for name in names if name != _PARTIAL]
            for name in files:
                path = Path(folder, name)
                key = path.relative_to(self.root).as_posix()
                if key.startswith(prefix):
                    yield _stored(key, path.stat())

    @contextmanager
    def _told(self, key: str, action: str) -> Iterator[None]:
        try:
            yield
        except (OSError, UnicodeDecodeError) as error:
            advice = (
                "look whether the step that writes it has run"
                if isinstance(error, FileNotFoundError)
                else "look at permissions and free space"
            )
            raise StorageError(f"cannot {action} {key!r} in {self.root}: {_reason(error)}; {advice}") from error


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _stored(key: str, found: os.stat_result) -> Stored:
    return Stored(
        key=key,
        size=found.st_size,
        version=f"{found.st_size}-{found.st_mtime_ns}",
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
    )
