"""Statements of the send's inner loop, compiled once and run by the driver itself.

Finding one in SQLAlchemy's cache, and having it run there, takes almost as long as the database does. Transactions
stay SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase

from campaigns.store.batches import time_in_batch

_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.psycopg.dialect(),  # type: ignore[no-untyped-call]
}


class Prepared:
    """A statement as text, with its own values for the parameters that nobody gives."""

    def __init__(self, statement: SelectBase | UpdateBase) -> None:
        compiled = {name: statement.compile(dialect=dialect) for name, dialect in _DIALECTS.items()}
        self._text = {name: str(text) for name, text in compiled.items()}
        self._own = compiled["sqlite"].params

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """What the statement returns, as the driver gives it: states are words, and times are not looked at."""
        rows: list[Any] = self._run(connection, parameters).fetchall()
        return rows

    def moved(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """How many rows the statement changed, which returns none."""
        return int(self._run(connection, parameters).rowcount)

    def _run(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - either driver's cursor
        given = {key: _plain(parameters.get(key, own)) for key, own in self._own.items()}
        driver: Any = connection.connection.driver_connection  # sqlite3's and psycopg's can both do this
        return driver.execute(self._text[connection.dialect.name], given)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a parameter's
    """As both databases take it: times are text in UTC."""
    return time_in_batch(value) if isinstance(value, datetime) else value
