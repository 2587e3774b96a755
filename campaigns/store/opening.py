"""Opening a ledger: its tables are made on first use, its schema's version is checked on every other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, func, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from campaigns.ground.errors import ConfigurationError, LedgerError
from campaigns.store.database import Database
from campaigns.store.sql import SqlLedger
from campaigns.store.tables import METADATA, SCHEMA, SCHEMA_VERSION

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_CONNECTIONS = 40  # as many as a web service has threads
_PREPARING = 0x57494E44  # any number that no other program locks


def open_ledger(url: str, *, lock_timeout_s: float = 30.0) -> SqlLedger:
    """The ledger at an address such as `sqlite:///ledger.db` or `postgresql://user:password@host/database`.

    Its tables are made if need be.

    Args:
        url: where it lies.
        lock_timeout_s: how long a write waits for another process's before it fails.

    Raises:
        ConfigurationError: the address is none that can be opened.
        LedgerError: the ledger cannot be opened, or another version of Winddown wrote it.
    """
    address = _parse(url)
    database = Database(_engine(address, lock_timeout_s), _name(address), lock_timeout_s)
    try:
        _prepare(database)
    except LedgerError:
        database.close()
        raise
    return SqlLedger(database)


def _parse(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise _unusable() from None
    driver = _DRIVERS.get(address.get_backend_name())
    if driver is None or (driver.startswith("sqlite") and address.database in {None, "", ":memory:"}):
        raise _unusable()
    return address.set(drivername=driver)


def _unusable() -> ConfigurationError:
    """Without the address, which may hold a password."""
    return ConfigurationError(
        "the ledger's address cannot be used: wanted one such as sqlite:///ledger.db or "
        "postgresql://user:password@host/database; correct it in winddown.toml or the environment"
    )


def _engine(address: URL, lock_timeout_s: float) -> Engine:
    how: dict[str, Any] = {"pool_size": _CONNECTIONS, "max_overflow": 0, "hide_parameters": True}
    if address.get_backend_name() == "sqlite":
        return create_engine(address, connect_args={"timeout": lock_timeout_s}, **how)
    settings = f"-c timezone=UTC -c lock_timeout={lock_timeout_s * 1000:.0f}"
    more = address.query.get("options", "")
    connect = {"options": f"{settings} {more}", "connect_timeout": 10, "application_name": "winddown"}
    try:
        return create_engine(address, connect_args=connect, pool_pre_ping=True, pool_use_lifo=True, **how)
    except ImportError:
        raise ConfigurationError(
            "the ledger's address is PostgreSQL's, and its driver is not installed: "
            "install winddown[postgres], or use an SQLite ledger"
        ) from None


def _name(address: URL) -> str:
    """What errors call the ledger: the file, or host and database, never the password."""
    return "/".join(filter(None, (address.host, address.database))) or address.get_backend_name()


def _prepare(database: Database) -> None:
    with database.reading() as connection:
        made = _is_made(connection, database.name)
    if not made:
        with database.writing() as connection:
            _make(connection, database.name)


def _is_made(connection: Connection, name: str) -> bool:
    """Whether the ledger's tables are there, and are of this version."""
    if not inspect(connection).has_table(SCHEMA.name):
        return False
    found = connection.scalar(select(SCHEMA.c.version))
    if found != SCHEMA_VERSION:
        raise LedgerError(
            f"ledger {name} has schema {found}, and this Winddown knows {SCHEMA_VERSION} only: "
            "use the Winddown that wrote it, or name another ledger"
        )
    return True


def _make(connection: Connection, name: str) -> None:
    """Look again, now that nobody else can make them: another process may have been quicker."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_PREPARING)))
    if not _is_made(connection, name):
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA).values(version=SCHEMA_VERSION))
