"""Inserting: what may be there already, and very much at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> Sequence[Any]:
    """Insert the rows whose key is not there yet, the first of each key; the keys that were new.

    They go in by the order of their keys, so that no two transactions that insert the same wait for each other.
    """
    if not rows:
        return []
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    keys = [column.name for column in table.primary_key]
    return connection.execute(statement, sorted(rows, key=lambda row: [row[key] for key in keys])).all()


def insert_many(connection: Connection, columns: Sequence[Column[Any]], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of plain values, by the driver's quickest way; times are text in UTC.

    Args:
        connection: in a transaction.
        columns: of one table, in the order of the values.
        rows: with a value for each.
    """
    into = f"{columns[0].table} ({', '.join(column.name for column in columns)})"
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()  # psycopg's, which can do more than PEP 249 says
        with cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", list(rows))
