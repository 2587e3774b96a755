"""A database as the ledger uses it: short reading and writing transactions, and failures that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, event

from campaigns.store.failures import readable_failures

_WRITES = "ledger_writes"


class Database:
    """An engine with the ledger's name, which errors call it by.

    On SQLite a writing transaction takes the write lock at its first statement (`BEGIN IMMEDIATE`): one that
    began by reading could find at its first write that another process was quicker, and could not wait.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.name = name
        self.dialect = engine.dialect.name
        self._reader = engine
        self._writer = engine.execution_options(**{_WRITES: True})
        if self.dialect == "sqlite" and not event.contains(engine, "connect", _set_sqlite_up):
            event.listen(engine, "connect", _set_sqlite_up)
            event.listen(engine, "begin", _begin_sqlite)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the ledger, which keeps nobody from writing."""
        with readable_failures(self.name), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable when it ends, and undone if anything is raised inside."""
        with readable_failures(self.name), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._reader.dispose()


def _set_sqlite_up(connection: SqliteConnection, record: object) -> None:
    """WAL lets others read while one writes; FULL makes a claim outlive a power cut (sqlite.org/wal.html).

    Without an isolation level the driver begins no transactions of its own; `_begin_sqlite` does.
    """
    del record
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL").close()
    connection.execute("PRAGMA synchronous = FULL").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
