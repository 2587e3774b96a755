"""Stamps: what tells that a file changed, without reading it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

Stamp = tuple[tuple[str, int, int], ...]


def stamp_of(paths: Iterable[Path]) -> Stamp:
    """Name, time of change (ns) and size of each file that is there."""
    return tuple(sorted(stamp for path in paths for stamp in _stamp(path)))


def files_in(folder: Path) -> list[Path]:
    """Every file of a folder and its folders, but for editors' and systems' own."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "~", "#"))]


def _stamp(path: Path) -> Iterable[tuple[str, int, int]]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return ((str(path), found.st_mtime_ns, found.st_size),)
