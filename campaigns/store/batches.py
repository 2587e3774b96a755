"""A list of values as a table inside a statement: one parameter for any number of rows.

Both databases unfold JSON, each in its own words. One statement for a batch costs a fraction of one a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, TableValuedAlias, bindparam, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from campaigns.store.tables import in_utc


class _Rows(FunctionElement[Any]):
    """The arrays within a JSON array, a row each."""

    name = "rows"
    inherit_cache = True


class _Field(FunctionElement[Any]):
    """A place in such an array, as a value of its type."""

    name = "field"
    inherit_cache = True

    def __init__(self, row: ColumnElement[Any], place: int, type_: TypeEngine[Any]) -> None:
        super().__init__(row, literal_column(str(place)))
        self.type = type_


class Batch:
    """The rows that a statement is given as its parameter `batch`; see `as_batch`."""

    def __init__(self) -> None:
        self.rows: TableValuedAlias = _Rows(bindparam("batch", type_=String)).table_valued("value", name="batch")

    def field(self, place: int, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """One of the row's values, counted from 0."""
        return _Field(self.rows.c.value, place, type_)

    @property
    def delivery_id(self) -> ColumnElement[str]:
        """The delivery that the row is about, always at its beginning."""
        return self.field(0, String())

    @property
    def delivery_ids(self) -> Select[tuple[str]]:
        """All of them."""
        return select(self.delivery_id)


def as_batch(rows: Iterable[Sequence[str | int | None]]) -> str:
    """The parameter for such rows."""
    return json.dumps(list(rows))


def batch_of(delivery_ids: Iterable[str]) -> str:
    """The parameter for rows that are a delivery's id each."""
    return as_batch((delivery_id,) for delivery_id in delivery_ids)


def time_in_batch(time: datetime) -> str:
    """A time as `tables.UtcTime` is written on SQLite; PostgreSQL's sessions are in UTC and read it alike."""
    return in_utc(time).replace(tzinfo=None).isoformat(" ", "microseconds")


def storable(text: str) -> str:
    """A provider's words without what databases refuse: NUL, and halves of surrogate pairs."""
    return text if text.isprintable() else text.replace("\0", "").encode(errors="replace").decode()


@compiles(_Rows, "sqlite")
def _rows_of_sqlite(element: _Rows, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - the compiler's own
    return f"json_each({compiler.process(element.clauses, **how)})"


@compiles(_Rows, "postgresql")
def _rows_of_postgresql(element: _Rows, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - as above
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **how)} AS JSONB))"


@compiles(_Field, "sqlite")
def _field_of_sqlite(element: _Field, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - as above
    row, place = (compiler.process(clause, **how) for clause in element.clauses)
    return f"json_extract({row}, '$[{place}]')"


@compiles(_Field, "postgresql")
def _field_of_postgresql(element: _Field, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - as above
    row, place = (compiler.process(clause, **how) for clause in element.clauses)
    return f"CAST({row} ->> {place} AS {compiler.dialect.type_compiler_instance.process(element.type)})"
