"""A database as the ledger uses it: short reading and writing transactions, and failures that can be read."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from threading import Lock

from sqlalchemy import Connection, Engine, event

from campaigns.store.failures import readable_failures

_WRITES, _SYNCED = "ledger_writes", "ledger_synced"
_SYNCHRONOUS = {True: "FULL", False: "NORMAL"}
_POLL_S = (0.000_5, 0.005)  # seconds: SQLite's own polling slows down to 0.1, and starves beside busy writers


class Database:
    """An engine with the ledger's name, which errors call it by. Threads may share it.

    On SQLite a writing transaction takes the write lock at its first statement (`BEGIN IMMEDIATE`): one that
    began by reading could find at its first write that another process was quicker, and could not wait.
    On PostgreSQL readers have one snapshot (`REPEATABLE READ`), and writers see what was committed before each of
    their statements (`READ COMMITTED`), which the order of their locks relies on.

    Both keep one log of what was written, in order: once a transaction is synced to the disk, so is everything
    that was committed before it, synced or not (sqlite.org/pragma.html#pragma_synchronous; PostgreSQL's
    documentation, "Asynchronous Commit"). A process that is killed takes nothing committed with it, either way.
    """

    def __init__(self, engine: Engine, name: str, lock_timeout_s: float) -> None:
        self.name = name
        self.dialect = engine.dialect.name
        self._reader: Engine = engine
        self._writers: dict[bool, Engine] = {True: engine, False: engine}
        self._one_at_a_time = Lock()  # SQLite's own would be asked for again and again, with pauses between
        self._driver = engine.dialect.loaded_dbapi
        if self.dialect == "sqlite":
            self._writers = {
                synced: engine.execution_options(**{_WRITES: lock_timeout_s, _SYNCED: synced})
                for synced in (True, False)
            }
            event.listen(engine, "connect", _set_sqlite_up)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the ledger, which keeps nobody from writing."""
        with readable_failures(self.name, self._driver), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, synced: bool = True) -> Iterator[Connection]:
        """A transaction, undone if anything is raised inside.

        Args:
            synced: whether it outlives a power cut as soon as it has ended; otherwise from the next one on that
                is, or a moment later.
        """
        turn = self._one_at_a_time if self.dialect == "sqlite" else nullcontext()
        with readable_failures(self.name, self._driver), turn, self._writers[synced].begin() as connection:
            if not synced and self.dialect == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._reader.dispose()


def _set_sqlite_up(connection: SqliteConnection, record: object) -> None:
    """WAL lets others read while one writes; FULL makes what is synced outlive a power cut (sqlite.org/wal.html).

    Without an isolation level the driver begins no transactions of its own; `_begin_sqlite` does.
    """
    del record
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL").close()
    connection.execute("PRAGMA synchronous = FULL").close()


def _begin_sqlite(connection: Connection) -> None:
    """By the driver itself, which takes a tenth of the time."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, SqliteConnection):
        raise TypeError(f"wanted a connection to SQLite, not {driver!r}")
    lock_timeout_s = connection.get_execution_options().get(_WRITES)
    if lock_timeout_s is None:
        driver.execute("BEGIN").close()
        return
    driver.execute("PRAGMA busy_timeout = 0").close()
    synced = connection.get_execution_options()[_SYNCED]
    driver.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[synced]}").close()
    try:
        _take_write_lock(driver, time.monotonic() + lock_timeout_s)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {lock_timeout_s * 1000:.0f}").close()


def _take_write_lock(driver: SqliteConnection, deadline: float) -> None:
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE").close()
        except SqliteError as failure:
            if "database is locked" not in str(failure) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(*_POLL_S))  # noqa: S311 - so that waiting processes do not keep step
        else:
            return
