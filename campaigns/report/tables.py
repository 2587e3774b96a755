"""The tables that others write, interactions and items, opened as views whatever format they are in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from campaigns.report.script import Script
from recsource.engine import Queries
from recsource.errors import InputError

_SQL = Queries("campaigns")
_READERS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json"}
_INTERACTIONS = {"user_id": "VARCHAR", "item_id": "VARCHAR", "event": "VARCHAR", "at": "TIMESTAMP"}
_ITEMS = {
    "item_id": "VARCHAR",
    "title": "VARCHAR",
    "kind": "VARCHAR",
    "published_at": "TIMESTAMP",
    "duration_s": "INTEGER",
    "collection_id": "VARCHAR",
}
_ASSIGNMENTS = {"user_id": "VARCHAR", "variant": "VARCHAR", "assigned_at": "TIMESTAMP"}
_EXPOSURES = {
    "user_id": "VARCHAR",
    "experiment": "VARCHAR",
    "variant": "VARCHAR",
    "method": "VARCHAR",
    "salt": "VARCHAR",
    "at": "TIMESTAMP",
}
_COLUMNS = {
    "interactions": _INTERACTIONS,
    "items": _ITEMS,
    "assignments": _ASSIGNMENTS,
    "exposures": _EXPOSURES,
}
_OPTIONAL = frozenset({"collection_id"})


def open_interactions(script: Script, paths: Sequence[Path]) -> None:
    """Open the app's interactions: those of the workspace and those ingested are one pile.

    Raises:
        InputError: nothing matches, or a file cannot be read.
    """
    _open(script, "interactions", _INTERACTIONS, paths, "without the app's completions every rate would be zero")


def open_items(script: Script, paths: Sequence[Path]) -> None:
    """Open the catalogue.

    Raises:
        InputError: nothing matches, or a file cannot be read.
    """
    _open(script, "items", _ITEMS, paths, "without them nobody knows which items are new, or how long they are")


def open_assignments(script: Script, paths: Sequence[Path]) -> None:
    """Open the assignments of a test inside the app, as the view `in_app`.

    Raises:
        InputError: nothing matches, or a file cannot be read.
    """
    _open(script, "assignments", _ASSIGNMENTS, paths, "without them there is nobody to compare", view="in_app")


def open_exposures(script: Script, paths: Sequence[Path]) -> None:
    """Open what an application logged of whom it showed what.

    Raises:
        InputError: nothing matches, or a file cannot be read.
    """
    _open(script, "exposures", _EXPOSURES, paths, "without them nobody knows who was in the test")


def unreadable(table: str, error: duckdb.Error) -> InputError:
    """What to say where reading fails half-way, and not yet on opening."""
    reason, wanted = str(error).partition("\n")[0], _COLUMNS[table]
    return InputError(f"{table} cannot be read: {reason}; wanted the columns {_listed(wanted)}")


def _open(
    script: Script, table: str, columns: Mapping[str, str], paths: Sequence[Path], without: str, view: str = ""
) -> None:
    try:
        parts = [
            (reader, files, _found(script, table, reader, files, columns))
            for reader, files in _by_reader(table, paths, without).items()
        ]
        script.run("rows", table=view or table, columns=columns, parts=parts)
    except duckdb.Error as error:
        raise unreadable(table, error) from error


def _found(
    script: Script, table: str, reader: str, files: Sequence[str], columns: Mapping[str, str]
) -> Mapping[str, str]:
    """The columns that the files have, and their types."""
    read = _SQL("report/read", reader=reader, files=files, columns=columns)
    found = script.engine.columns(f"SELECT * FROM {read}")
    if missing := [column for column in columns if column not in found and column not in _OPTIONAL]:
        raise InputError(
            f"{table}: {files[0]} cannot be read: it has no column {missing[0]!r}; "
            f"wanted the columns {_listed(columns)}"
        )
    return found


def _listed(columns: Mapping[str, str]) -> str:
    *first, last = (column for column in columns if column not in _OPTIONAL)
    return f"{', '.join(first)} and {last}"


def _by_reader(table: str, paths: Sequence[Path], without: str) -> Mapping[str, Sequence[str]]:
    """The files that the paths and globs match, by the way to read them."""
    files = sorted({file for path in paths for file in _matches(path)})
    if not files:
        raise InputError(f"{table}: no file matches {', '.join(map(str, paths)) or 'anything'}; {without}")
    readers: dict[str, list[str]] = {}
    for file in files:
        readers.setdefault(_reader(table, file), []).append(str(file))
    return readers


def _matches(path: Path) -> Iterator[Path]:
    return iter([path]) if path.is_file() else Path(path.anchor).glob(str(path.relative_to(path.anchor)))


def _reader(table: str, file: Path) -> str:
    ending = file.with_suffix("").suffix if file.suffix == ".gz" else file.suffix
    if ending not in _READERS:
        raise InputError(f"{table}: {file} ends in {ending!r}; wanted one of {', '.join(_READERS)}")
    return _READERS[ending]
