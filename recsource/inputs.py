"""The door: every input file is checked here once, and afterwards trusted.

A table may be Parquet, CSV or JSON Lines, one file or a glob. What is wrong with it is said in a sentence
that names the file, the column, how many rows, and the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from recsource.engine import PlanningEngine, Queries
from recsource.engine.port import Form
from recsource.errors import InputError
from recsource.schema import Column, Table

_SQL = Queries("recsource")
_FORMS: Mapping[str, Form] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
}
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table's rows lie: `pattern` as the operator wrote it, and the files that it matched, sorted."""

    pattern: str
    files: tuple[Path, ...]


def find(table: str, pattern: str, root: Path) -> Source:
    """The files of a table.

    Args:
        table: the table's name, for the error's sentence.
        pattern: a path or glob, absolute or relative to `root`.
        root: the workspace.

    Raises:
        InputError: nothing matches.
    """
    path = root / pattern
    files = [path] if path.is_file() else matching(pattern, root)
    if not files:
        raise InputError(
            f"{table}: no file matches {pattern!r} in {root}; "
            f"put the file there or correct `{table}` under [data] in winddown.toml"
        )
    return Source(pattern, tuple(files))


def matching(pattern: str, root: Path) -> list[Path]:
    """The files that a glob matches, sorted; a relative one is taken from `root`, whose own name is no pattern."""
    found = (root / name for name in glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207 - Path's takes no absolute pattern
    return sorted(path for path in found if path.is_file())


def open_table(engine: PlanningEngine, table: Table, source: Source) -> None:
    """Make a table of the engine from its files, checked against the schema.

    It holds the schema's columns first, in the schema's order and types, then any others as they came.

    Raises:
        InputError: a file cannot be read, a column is missing or of the wrong type, a value is missing,
            a key stands twice, or an id is unknown to the table it refers to.
    """
    try:
        reader, found = _look(engine, table, source)
        _require_types(engine, table, source, reader, found)
        extra = [name for name in found if name not in table.columns]
        engine.run(_SQL("inputs/open", table=table, reader=reader, found=found, extra=extra))
        _require_values(engine, table, source)
        _require_unique_keys(engine, table, source)
        _require_known_ids(engine, table, source)
    except engine.failure as error:
        raise InputError(
            f"{table.name}: {source.pattern!r} cannot be read: {engine.reason(error)}; mend or re-export the file"
        ) from error


def _look(engine: PlanningEngine, table: Table, source: Source) -> tuple[str, Mapping[str, str]]:
    """The SQL that reads the files, and the columns found with their types.

    JSON's reader would guess types: an id such as `F47AC10B-…` would come back in lower case, a title such as
    `12:30` as `12:30:00`. So it guesses for the columns that the schema does not know, and the rest is text.
    """
    guessed = engine.columns(f"SELECT * FROM {_reader(engine, table, source, {})}")
    _require_columns(table, source, guessed)
    known = dict.fromkeys(guessed.keys() & table.columns.keys(), "VARCHAR")
    reader = _reader(engine, table, source, guessed | known)
    return reader, engine.columns(f"SELECT * FROM {reader}")


def _reader(engine: PlanningEngine, table: Table, source: Source, columns: Mapping[str, str]) -> str:
    forms = {_FORMS.get(file.suffix.lower()) for file in source.files}
    form = forms.pop()
    if forms or form is None:
        raise InputError(
            f"{table.name}: {source.pattern!r} matches files ending in "
            f"{', '.join(sorted({file.suffix or 'nothing' for file in source.files}))}; "
            "wanted only .parquet, only .csv, or only .jsonl files"
        )
    return engine.reader(form, source.files, columns)


def _require_columns(table: Table, source: Source, found: Mapping[str, str]) -> None:
    wanted = [name for name, column in table.columns.items() if not column.optional]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise InputError(
            f"{table.name}: {source.pattern!r} has no column {_quoted(missing)}; "
            f"it has {_quoted(list(found))}; add or rename the column"
        )


def _require_types(
    engine: PlanningEngine, table: Table, source: Source, reader: str, found: Mapping[str, str]
) -> None:
    doubtful = {
        name: column for name, column in table.columns.items() if name in found and found[name] != column.type
    }
    for name, total in _counted(engine, "mistyped", doubtful, reader=reader, found=found):
        column = doubtful[name]
        types = {"wanted": column.type, "found": found[name]}
        bad = engine.rows(_SQL("inputs/mistyped", reader=reader, name=name, shown=_SHOWN, **types))
        raise InputError(
            f"{table.name}: {source.pattern!r}, column {name!r}: {total} value(s) are not "
            f"{_spoken(column)}, first {_quoted([str(value) for (value,) in bad])}; correct them"
        )


def _counted(
    engine: PlanningEngine, fault: str, columns: Mapping[str, Column], **parameters: object
) -> Iterator[tuple[str, int]]:
    """The columns that have a fault, and how often: all of them in one pass, as a sound file has none."""
    if columns:
        totals = engine.numbers(_SQL(f"inputs/count_{fault}", columns=columns, **parameters))
        yield from ((name, total) for name, total in zip(columns, totals, strict=True) if total)


def _spoken(column: Column) -> str:
    return {
        "INTEGER": "whole numbers",
        "BOOLEAN": "true or false",
        "TIMESTAMP": "times (UTC, such as 2026-11-21 18:00:00)",
    }.get(column.type, column.type.lower())


def _require_values(engine: PlanningEngine, table: Table, source: Source) -> None:
    strict = {name: column for name, column in table.columns.items() if column.values or not column.nullable}
    for name, total in _counted(engine, "invalid", strict, table=table):
        column = strict[name]
        bad = engine.rows(_SQL("inputs/invalid", table=table, name=name, column=column, shown=_SHOWN))
        wanted = f"one of {_quoted(list(column.values))}" if column.values else "a value in every row"
        raise InputError(
            f"{table.name}: {source.pattern!r}, column {name!r}: {total} row(s) hold "
            f"{_quoted(sorted({str(row[0]) for row in bad}))} where {wanted} is wanted, "
            f"first {_rows(table, bad)}; correct or remove them"
        )


def _require_unique_keys(engine: PlanningEngine, table: Table, source: Source) -> None:
    if not table.key:
        return
    repeated = engine.rows(_SQL("inputs/repeated", table=table, shown=_SHOWN))
    if repeated:
        total, *_ = repeated[0]
        raise InputError(
            f"{table.name}: {source.pattern!r}: {total} key(s) ({', '.join(table.key)}) stand more than once, "
            f"first {_quoted([' / '.join(map(str, row[1:])) for row in repeated])}; keep one row each"
        )


def _require_known_ids(engine: PlanningEngine, table: Table, source: Source) -> None:
    for name, column in table.columns.items():
        if not column.references:
            continue
        other, _, key = column.references.partition(".")
        unknown = engine.rows(_SQL("inputs/unknown", table=table, name=name, other=other, key=key, shown=_SHOWN))
        if unknown:
            raise InputError(
                f"{table.name}: {source.pattern!r}, column {name!r}: {unknown[0][0]} row(s) name an id that "
                f"{other} does not have, first {_quoted([str(value) for _, value in unknown])}; "
                f"add them to {other} or remove the rows"
            )


def _rows(table: Table, bad: list[tuple[object, ...]]) -> str:
    names = table.key or tuple(table.columns)
    return "; ".join(", ".join(f"{k} {v!r}" for k, v in zip(names, row[1:], strict=True)) for row in bad)


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
