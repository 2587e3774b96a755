"""Opening a ledger: its tables are made on first use, its schema's version is checked on every other."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, func, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from campaigns.ground.errors import ConfigurationError, LedgerError
from campaigns.store.database import Database
from campaigns.store.sql import SqlLedger
from campaigns.store.tables import METADATA, SCHEMA, SCHEMA_VERSION

_WHERE = "as `url` under [ledger] in winddown.toml or as WINDDOWN_LEDGER__URL"
_CONNECTIONS = 40  # as many as a web service has threads
_HEARTBEAT = MappingProxyType({"keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3})
_UNHEARD_MS = 15_000
"""How soon each end of a connection gives up one that was cut off: after 14 seconds of silence, or after 15 with
something unanswered (tcp(7); PostgreSQL's documentation, "Connection Control Functions" and "TCP Settings").

By itself Linux takes two hours. A host that was cut off inside a transaction would hold its locks for so long, the
pace's among them, and every other host would fail on them: it must be given up before `lock_timeout`.
"""
_PREPARING = 0x57494E44  # any number that no other program locks


def open_ledger(url: str, *, root: Path = Path(), lock_timeout_s: float = 30.0) -> SqlLedger:
    """The ledger at an address such as `sqlite:///ledger.db` or `postgresql://user:password@host/database`.

    Its tables are made if need be.

    Args:
        url: where it lies.
        root: the folder that a relative SQLite path starts from.
        lock_timeout_s: how long a write waits for another process's before it fails.

    Raises:
        ConfigurationError: the address is none that can be opened.
        LedgerError: the ledger cannot be opened, or another version of Winddown wrote it.
    """
    address = _parse(url, root)
    database = Database(_engine(address, lock_timeout_s), _name(address), lock_timeout_s)
    try:
        _prepare(database)
    except LedgerError:
        database.close()
        raise
    return SqlLedger(database)


def _parse(url: str, root: Path) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise _unusable() from None
    match address.get_backend_name():
        case "sqlite":
            return _file(address.set(drivername="sqlite+pysqlite"), root)
        case "postgresql":
            return _server(address.set(drivername="postgresql+psycopg"))
        case _:
            raise _unusable()


def _file(address: URL, root: Path) -> URL:
    """A file's address, its path begun at `root`; with `?uri=true` it is SQLite's own, as `file:ledger.db`."""
    is_uri = "uri" in address.query
    if address.host or (address.query and not is_uri):
        raise _unusable()
    path = (address.database or "").removeprefix("file:")
    if path in {"", ":memory:"} or address.query.get("mode") == "memory":
        raise ConfigurationError(
            "the ledger's address names no file, and what is kept in memory is forgotten when the command ends "
            f"and unknown to other workers, so that people could be sent to twice; name one, {_WHERE}"
        )
    if is_uri:
        return address if path.startswith("/") else address.set(database=f"file:{quote(str(root))}/{path}")
    return address.set(database=str(root / path))


def _server(address: URL) -> URL:
    if "@" in f"{address.host}{address.database}":  # what is taken for them is the end of the password
        raise ConfigurationError(
            "the ledger's address has an @ too many: write %40 for one in the user's name or password, and %2F "
            f"for a slash, {_WHERE}"
        )
    return address


def _unusable() -> ConfigurationError:
    """Without the address, which may hold a password."""
    return ConfigurationError(
        "the ledger's address cannot be used: wanted one such as sqlite:///ledger.db or "
        f"postgresql://user:password@host/database, {_WHERE}"
    )


def _engine(address: URL, lock_timeout_s: float) -> Engine:
    how: dict[str, Any] = {"pool_size": _CONNECTIONS, "max_overflow": 0, "hide_parameters": True}
    if address.get_backend_name() == "sqlite":
        return create_engine(address, connect_args={"timeout": lock_timeout_s}, **how)
    connect = {
        "options": f"{_session(lock_timeout_s)} {address.query.get('options', '')}",
        "connect_timeout": 10,
        "application_name": "winddown",
        "tcp_user_timeout": _UNHEARD_MS,
        **_HEARTBEAT,
    }
    try:
        return create_engine(address, connect_args=connect, pool_pre_ping=True, pool_use_lifo=True, **how)
    except ImportError:
        raise ConfigurationError(
            "the ledger's address is PostgreSQL's, and its driver is not installed: "
            "install winddown[postgres], or use an SQLite ledger"
        ) from None


def _session(lock_timeout_s: float) -> str:
    """What is set on the server's side, for as long as the connection lasts."""
    settings = {
        "timezone": "UTC",
        "lock_timeout": f"{lock_timeout_s * 1000:.0f}",
        "tcp_user_timeout": _UNHEARD_MS,
        **{f"tcp_{name}": value for name, value in _HEARTBEAT.items()},
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


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
