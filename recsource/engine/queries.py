"""Named SQL files, and how values get into them.

A query is a Jinja2 text in a package's `sql` folder. Values reach it only through the filters
`literal`, `choices` and `name`, so that nothing a user or a file contains is ever read as SQL; a parameter that a
query needs and does not get is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Queries:
    """A package's SQL files: `Queries("recsource")("rules/kinds")` renders `recsource/sql/rules/kinds.sql`."""

    package: str

    def __call__(self, query: str, /, **parameters: object) -> str:
        """The SQL text of a query with its parameters filled in.

        Raises:
            jinja2.UndefinedError: a parameter is missing.
        """
        return _environment(self.package).get_template(f"{query}.sql").render(parameters)


def literal(value: object) -> str:
    """A value as a SQL literal; times are taken as UTC."""
    match value:
        case None:
            text = "NULL"
        case bool() | int() | float():
            text = repr(value).upper()
        case datetime():
            text = f"TIMESTAMP '{value.replace(tzinfo=None).isoformat(sep=' ')}'"
        case date():
            text = f"DATE '{value.isoformat()}'"
        case str() | Path():
            text = "'" + str(value).replace("'", "''") + "'"
        case list() | tuple():
            text = "[" + ", ".join(map(literal, value)) + "]"
        case _:
            raise TypeError(f"no SQL literal for {type(value).__name__}")
    return text


def choices(values: Iterable[object]) -> str:
    """What a value may be: literals in parentheses, as `IN` and `ENUM` have them."""
    return "(" + ", ".join(map(literal, values)) + ")"


def name(value: str) -> str:
    """A column's or table's name, quoted."""
    return '"' + value.replace('"', '""') + '"'


@cache
def _environment(package: str) -> Environment:
    environment = Environment(
        loader=PackageLoader(package, "sql"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - this is SQL, where HTML's escaping would be wrong; `literal` quotes
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"literal": literal, "name": name, "choices": choices}
    return environment
