"""What planning asks of an engine: to carry out SQL, to read files, to take rows in and to lay rows out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Protocol, cast

from recsource.engine.queries import Row

Form = Literal["parquet", "csv", "json"]
"""How a table's file is written; `json` is JSON Lines."""


class PlanningEngine(Protocol):
    """An engine that can plan. Whatever it is, queries are DuckDB's SQL, and types have DuckDB's names.

    Attributes:
        failure: what it raises where a query or a file cannot be carried out or read.
    """

    failure: ClassVar[type[Exception]]

    def run(self, sql: str) -> None:
        """Carry out statements for their effect."""

    def rows(self, sql: str) -> list[Row]:
        """Every row of a small result."""

    def row(self, sql: str) -> Row:
        """The one row of a query that has exactly one."""
        (row,) = self.rows(sql)
        return row

    def numbers(self, sql: str) -> tuple[int, ...]:
        """The one row of a query whose columns are all whole numbers."""
        return cast("tuple[int, ...]", self.row(sql))

    def stream(self, sql: str, *, size: int) -> Iterator[Row]:
        """The rows of a large result in their order, `size` fetched at a time."""

    def columns(self, sql: str) -> dict[str, str]:
        """The names and types of a query's columns, in order."""

    def load(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
        """Make a table of rows that come from outside the engine.

        Args:
            table: the table's name; replaced where there is one.
            columns: names and SQL types.
            rows: values as text, numbers, datetimes or None.
        """

    def reader(self, form: Form, files: Sequence[Path], columns: Mapping[str, str]) -> str:
        """What stands after FROM for a table's files; a column that one of them lacks is null there.

        Args:
            form: how all of them are written.
            files: at least one.
            columns: the types of all columns, where `form` is `json` and they are known; CSV is all text.
        """

    def batch_reader(self, files: Sequence[Path], longest: int) -> str:
        """What stands after FROM for a batch of recommendations: `(input, output, error)`, see `recsource.batch`.

        A line that is no JSON of the right shape, or of more bytes than `longest`, reads as nulls.
        """

    def write(self, sql: str, path: Path) -> None:
        """Write a query's rows, which it must order by columns of its own, as one Parquet file.

        The same rows give the same bytes, whatever the engine, its threads and partitions.
        """

    def reason(self, error: Exception) -> str:
        """A `failure` in the engine's own words, on a line, and without the row that it may quote."""
