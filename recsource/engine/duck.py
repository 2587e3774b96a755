"""The engine: DuckDB, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, Self, cast

import duckdb

from recsource.engine.port import Form, PlanningEngine
from recsource.engine.queries import Queries, Row, literal
from recsource.errors import RecsourceError

if TYPE_CHECKING:  # NumPy comes with an extra, for those who ask for arrays
    import numpy as np


class Engine(PlanningEngine):
    """One DuckDB connection, its working files in a folder of its own that goes with it.

    Args:
        memory_limit: what DuckDB may use before it spills to disk, such as `1GB`.
        threads: how many threads it may use; None for one a core.
        working_folder: where spilled data goes; None for the system's temporary folder.
    """

    failure: ClassVar[type[Exception]] = duckdb.Error

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
            self._connection.execute(f"SET GLOBAL {key} = {literal(value)}")

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
        """
        path = Path(self._folder.name) / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(_line(row) for row in rows)
        self.run(_CORE("engine/load", table=table, columns=dict(columns), path=path))
        path.unlink()

    def reader(self, form: Form, files: Sequence[Path], columns: Mapping[str, str]) -> str:
        """What stands after FROM for a table's files: DuckDB's own readers."""
        return _CORE(f"engine/read_{form}", files=list(map(str, files)), columns=columns).strip()

    def batch_reader(self, files: Sequence[Path], longest: int) -> str:
        """What stands after FROM for a batch of recommendations."""
        return _CORE("engine/read_batch", files=list(map(str, files)), longest=longest).strip()

    def write(self, sql: str, path: Path) -> None:
        """Write a query's rows as one Parquet file, on one thread, so that its row groups are always the same."""
        with self.one_thread():
            self.run(_CORE("engine/write", query=sql, path=path))

    def reason(self, error: Exception) -> str:
        """DuckDB's own words, but for the row that it quotes, which may be somebody's, and its advice."""
        first, *more = str(error).partition("Possible ")[0].strip().splitlines()
        return f"{first} {more[-1]}" if "Original Line" in str(error) else first

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


_CORE = Queries("recsource")
