"""The engine: DuckDB, driven by named SQL files.

A query is a Jinja2 text in a package's `sql` folder. Values reach it only through the filters
`literal`, `choices` and `name`, so that nothing a user or a file contains is ever read as SQL; a parameter that a
query needs and does not get is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self, cast

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined

from recsource.errors import RecsourceError

if TYPE_CHECKING:  # NumPy comes with an extra, for those who ask for arrays
    import numpy as np

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


class Engine:
    """One DuckDB connection, its working files in a folder of its own that goes with it.

    Args:
        memory_limit: what DuckDB may use before it spills to disk, such as `1GB`.
        threads: how many threads it may use; None for one a core.
        working_folder: where spilled data goes; None for the system's temporary folder.
    """

    def __init__(
        self, *, memory_limit: str = "1GB", threads: int | None = None, working_folder: Path | None = None
    ) -> None:
        self._folder = TemporaryDirectory(prefix="winddown-", dir=working_folder)
        self._connection = duckdb.connect(":memory:")
        settings: dict[str, object] = {
            "memory_limit": memory_limit,
            "temp_directory": self._folder.name,
            "preserve_insertion_order": False,
            "TimeZone": "UTC",
            # A batch's pairs are far more than the catalogue's items: the written order of joins is right,
            # and the optimiser, which cannot see into a JSON file, builds its hash table on the wrong side.
            "disabled_optimizers": "join_order,build_side_probe_side",
            **({} if threads is None else {"threads": threads}),
        }
        for key, value in settings.items():
            # Globally, or cursors would still have the machine's time zone.
            self._connection.execute(f"SET GLOBAL {key} = {_literal(value)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection and its working files."""
        self._connection.close()
        self._folder.cleanup()

    def run(self, sql: str) -> None:
        """Carry out a query for its effect."""
        self._execute(sql)

    def rows(self, sql: str) -> list[Row]:
        """Every row of a small result."""
        return self._execute(sql).fetchall()

    def row(self, sql: str) -> Row:
        """The one row of a query that has exactly one."""
        (row,) = self.rows(sql)
        return row

    def numbers(self, sql: str) -> tuple[int, ...]:
        """The one row of a query whose columns are all whole numbers."""
        return cast("tuple[int, ...]", self.row(sql))

    def stream(self, sql: str, *, size: int) -> Iterator[Row]:
        """The rows of a large result, `size` fetched at a time, on a cursor of their own."""
        cursor = self._execute(sql, self._connection.cursor())
        while chunk := cursor.fetchmany(size):
            yield from chunk

    def arrays(self, sql: str) -> Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
        """A large result as NumPy's arrays, by column; what is null is masked."""
        return cast(
            "Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]", self._execute(sql).fetchnumpy()
        )

    def columns(self, sql: str) -> dict[str, str]:
        """The names and types of a query's columns, in order."""
        return {str(name): str(kind) for name, kind, *_ in self.rows(f"DESCRIBE {sql}")}

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """Work on one thread inside, where the order of what is written must not depend on how many there are."""
        (threads,) = self.row("SELECT current_setting('threads')")
        self.run("SET threads = 1")
        try:
            yield
        finally:
            self.run(f"SET threads = {threads}")

    def load(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
        """Make a table of rows that come from outside the engine.

        They pass through a file, which DuckDB reads thousands of times faster than it takes inserts.

        Args:
            table: the table's name; replaced where there is one.
            columns: names and SQL types.
            rows: values as text, numbers, datetimes or None.
        """
        path = Path(self._folder.name) / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(_line(row) for row in rows)
        self.run(_CORE("load", table=table, columns=dict(columns), path=path))
        path.unlink()

    def _execute(self, sql: str, on: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyConnection:
        try:
            return (on or self._connection).execute(sql)
        except duckdb.OutOfMemoryException as error:
            raise RecsourceError(
                f"the engine needs more memory or disk than it may use ({_first_line(error)}); "
                "raise `memory_limit` under [engine] in winddown.toml, or free disk space"
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _line(row: Sequence[object]) -> str:
    r"""A row as CSV: every value in quotes, so that None, `\N` without, is told from any text."""
    fields = ("\\N" if value is None else '"' + str(value).replace('"', '""') + '"' for value in row)
    return ",".join(fields) + "\r\n"


def _literal(value: object) -> str:
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
            text = "[" + ", ".join(map(_literal, value)) + "]"
        case _:
            raise TypeError(f"no SQL literal for {type(value).__name__}")
    return text


def _choices(values: Iterable[object]) -> str:
    """What a value may be: literals in parentheses, as `IN` and `ENUM` have them."""
    return "(" + ", ".join(map(_literal, values)) + ")"


def _name(value: str) -> str:
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
    environment.filters |= {"literal": _literal, "name": _name, "choices": _choices}
    return environment


_CORE = Queries("recsource")
