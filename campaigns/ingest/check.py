"""The check at the door: every line of a file is read and judged before any of it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from campaigns.ingest.shapes import FIELDS, SHAPES, TIME_PATTERN
from recsource.engine import Engine, Queries, Row
from recsource.errors import InputError

_SQL = Queries("campaigns")
_SHOWN = 80
_AGAIN = "Nothing of this file has been recorded: correct it and ingest it again"


def read(engine: Engine, path: Path) -> None:
    """Make the table `records` of a file's lines.

    Raises:
        InputError: the file cannot be read, or a line is not of the format; the first such line is named.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; wanted JSON Lines of events or completions")
    try:
        engine.run(_SQL("ingest/lines", path=path))
    except duckdb.Error as error:
        raise InputError(f"{path}: {_reason(error)}; wanted JSON Lines in UTF-8. {_AGAIN}") from error
    engine.run(_SQL("ingest/records", shapes=SHAPES, fields=FIELDS, time_pattern=TIME_PATTERN))
    for fault in engine.rows(_SQL("ingest/faults")):
        raise InputError(_sentence(path, fault))


def _sentence(path: Path, fault: Row) -> str:
    number, kind, key, line, found, faulty = fault
    others = f" ({faulty:,} lines are wrong)" if isinstance(faulty, int) and faulty > 1 else ""
    return f"{path}, line {number}: {_complaint(str(kind), str(key), str(line), found)}{others}. {_AGAIN}"


def _complaint(kind: str, key: str, line: str, found: object) -> str:
    """What was found and what was wanted."""
    match key:
        case "{}":
            return f"found {_short(line)}, which is not a whole JSON object; wanted one on each line"
        case "?":
            return (
                f"found {_short(line)}; wanted an event (delivery_id, type, …) or a completion (user_id, event, …)"
            )
        case "+":
            (shape,) = (shape for shape in SHAPES if shape.kind == kind)
            (stray, *_) = json.loads(line).keys() - set(shape.names)
            return f'found the key "{_short(stray)}", which no {kind} has; wanted only {", ".join(shape.names)}'
    (field,) = (field for shape in SHAPES if shape.kind == kind for field in shape.fields if field.name == key)
    value = "nothing" if found is None else _short(str(found))
    return f'"{key}" is {value}; wanted {field.wanted}'


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _reason(error: duckdb.Error) -> str:
    """The engine's own words, its first line that says something of the file's content."""
    if "unicode" in str(error):
        return "the text is not UTF-8"
    return str(error).partition("\n")[0]
