"""The engine for more people than one machine holds: Spark, given the same SQL.

Spark reads the inputs, decides, and hands rows out as Parquet. The driver sees counts and small tables; what an
edition keeps, or the ledger is told, is laid out by DuckDB, and so is the same bytes whichever engine decided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from shutil import rmtree
from typing import ClassVar, Self

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame
from sqlglot import exp

from recsource.engine import dialect
from recsource.engine.duck import Engine
from recsource.engine.exchange import Exchange
from recsource.engine.port import Form, PlanningEngine
from recsource.engine.queries import Row, literal, name
from recsource.engine.session import open_session
from recsource.engine.spark_reading import read_batch, read_table
from recsource.engine.spark_settings import SparkSettings
from recsource.errors import EngineError

_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")


class SparkEngine(PlanningEngine):
    """A session of Spark's, its working files in a folder of its own that goes with it.

    Args:
        settings: where Spark runs.
        memory_limit: what laying rows out may use on this machine before it spills to disk.
    """

    failure: ClassVar[type[Exception]] = EngineError

    def __init__(self, settings: SparkSettings | None = None, *, memory_limit: str = "1GB") -> None:
        settings = settings or SparkSettings()
        self._session, self._started = open_session(settings)
        self._desk = Engine(memory_limit=memory_limit)
        self._exchange = Exchange.open(self._session, settings.working_folder)
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the working files, and of Spark where it was started for this engine."""
        self._desk.close()
        self._exchange.close()
        if self._started:
            self._session.stop()

    def run(self, sql: str) -> None:
        """Carry out statements: tables, views, and letting go of them."""
        for statement in dialect.statements(sql):
            with _told():
                self._carry_out(statement)

    def _carry_out(self, statement: exp.Expr) -> None:
        match statement:
            case exp.Create(kind="TABLE", this=table, expression=query):
                self._keep(self._frame(query)).createOrReplaceTempView(table.name)
            case exp.Create(kind="VIEW", this=view, expression=query):
                self._frame(query).createOrReplaceTempView(view.name)
            case exp.Drop():
                for table in statement.find_all(exp.Table):
                    self._session.catalog.dropTempView(table.name)
            case _:
                raise TypeError(f"Spark is given tables and views to make, and not {statement.key.upper()}")

    def _keep(self, table: DataFrame) -> DataFrame:
        """A table as it is now, in files, so that it is made once, and outlives the executor that made it."""
        folder = self._exchange.new(f"table-{next(self._numbers)}")
        table.write.parquet(folder)
        return self._session.read.schema(table.schema).parquet(folder)

    def rows(self, sql: str) -> list[Row]:
        """Every row of a small result."""
        (query,) = dialect.statements(sql)
        with _told():
            return [tuple(row) for row in self._frame(query).collect()]

    def stream(self, sql: str, *, size: int) -> Iterator[Row]:
        """The rows of a large result, by way of files."""
        with self._unloaded(sql) as rows:
            yield from self._desk.stream(rows, size=size)

    def columns(self, sql: str) -> dict[str, str]:
        """The names and types of a query's columns, in order."""
        (query,) = dialect.statements(sql)
        with _told():
            fields = self._frame(query).schema.fields
        return {field.name: dialect.duckdb_type(field.dataType.simpleString()) for field in fields}

    def load(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
        """Make a table of rows that come from outside the engine; they pass through a file of JSON Lines."""
        file = self._exchange.take_in(
            f"{table}-{next(self._numbers)}.jsonl", (_line(columns, row) for row in rows)
        )
        reader = self._session.read.schema(_schema(columns)).option("mode", "FAILFAST")
        reader.json(file).createOrReplaceTempView(table)

    def reader(self, form: Form, files: Sequence[Path], columns: Mapping[str, str]) -> str:
        """What stands after FROM for a table's files: a view over Spark's own readers."""
        with _told():
            return self._view(read_table(self._session, form, files, columns))

    def batch_reader(self, files: Sequence[Path], longest: int) -> str:
        """What stands after FROM for a batch of recommendations."""
        return self._view(read_batch(self._session, files, longest))

    def write(self, sql: str, path: Path) -> None:
        """Write a query's rows as one Parquet file."""
        with self._unloaded(sql) as rows:
            self._desk.run(f"CREATE OR REPLACE TABLE laid_out AS {rows}")
            self._desk.write("SELECT * FROM laid_out", path)

    def reason(self, error: Exception) -> str:
        """Spark's own words."""
        return str(error)

    def _view(self, table: DataFrame) -> str:
        view = f"read_{next(self._numbers)}"
        table.createOrReplaceTempView(view)
        return name(view)

    def _frame(self, query: exp.Expr) -> DataFrame:
        return self._session.sql(dialect.spark_sql(query))

    @contextmanager
    def _unloaded(self, sql: str) -> Iterator[str]:
        """A query's rows as Parquet files on this machine: DuckDB's SQL that reads them, in the query's order."""
        (query,) = dialect.statements(sql)
        order = query.args["order"].pop()
        columns = ", ".join(name(ordered.this.name) for ordered in order.expressions)
        with _told():
            folder = self._exchange.hand_out(self._frame(query), f"rows-{next(self._numbers)}")
        try:
            yield f"SELECT * FROM read_parquet({literal(folder / '*.parquet')}) ORDER BY {columns}"
        finally:
            rmtree(folder)


def _schema(columns: Mapping[str, str]) -> str:
    return ", ".join(f"`{column}` {dialect.spark_type(kind)}" for column, kind in columns.items())


def _line(columns: Mapping[str, str], row: Sequence[object]) -> str:
    return json.dumps(dict(zip(columns, row, strict=True)), default=str) + "\n"


@contextmanager
def _told() -> Iterator[None]:
    """What Spark has to say, as a sentence."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise EngineError(f"Spark: {_words(error)}; nothing is half done, and planning again is safe") from error


def _words(error: Exception) -> str:
    """The name of what went wrong, where it has one: Spark's sentence may quote a row, which is somebody's."""
    text = str(error)
    condition = _CONDITION.search(text)
    return condition[1] if condition and not isinstance(error, AnalysisException) else text.partition("\n")[0]
