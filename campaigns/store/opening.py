"""Opening a ledger: its tables are made on first use, its schema's version is checked on every other."""

from __future__ import annotations

from sqlalchemy import URL, Connection, create_engine, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from campaigns.ground.errors import ConfigurationError, LedgerError
from campaigns.store.database import Database
from campaigns.store.sql import SqlLedger
from campaigns.store.tables import METADATA, SCHEMA, SCHEMA_VERSION


def open_ledger(url: str, *, lock_timeout_s: float = 10.0) -> SqlLedger:
    """The ledger at an SQLAlchemy address such as `sqlite:///ledger.db`; its tables are made if need be.

    Args:
        url: where it lies.
        lock_timeout_s: how long a write waits for another process's before it fails.

    Raises:
        ConfigurationError: the address is none that can be opened.
        LedgerError: the ledger cannot be opened, or another version of Winddown wrote it.
    """
    address = _parse(url)
    options = {"timeout": lock_timeout_s} if address.get_backend_name() == "sqlite" else {}
    database = Database(create_engine(address, connect_args=options), _name(address))
    try:
        _prepare(database)
    except LedgerError:
        database.close()
        raise
    return SqlLedger(database)


def _parse(url: str) -> URL:
    try:
        address = make_url(url)
        address.get_dialect()
    except (ArgumentError, ImportError):
        raise ConfigurationError(
            "the ledger's address cannot be used: wanted one such as sqlite:///ledger.db; "
            "correct it in winddown.toml or the environment"
        ) from None
    return address


def _name(address: URL) -> str:
    """What errors call the ledger: the file, or host and database, never the password."""
    return "/".join(filter(None, (address.host, address.database))) or str(address)


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
    """Look again, now that nobody else can write: another process may have been quicker."""
    if not _is_made(connection, name):
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA).values(version=SCHEMA_VERSION))
