"""A fresh ledger for every trial: a copy of one that has enrolled the plan."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from edition_to_send import World
from postgres import PostgresServer
from sqlalchemy import make_url

LEDGERS: Final = ("sqlite", "postgresql")


class FreshLedgers(Protocol):
    """Ledgers of one kind."""

    def fresh(self) -> AbstractContextManager[str]:
        """One with the plan enrolled, by its address; gone afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteLedgers:
    """Files beside the one that was enrolled."""

    world: World
    folder: Path

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Copy it, page by page."""
        path = self.folder / "ledger.sqlite"
        with closing(sqlite3.connect(self.world.ledger)) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
        try:
            yield f"sqlite:///{path}"
        finally:
            for left in self.folder.glob(f"{path.name}*"):
                left.unlink()


@dataclass(frozen=True, slots=True)
class PostgresLedgers:
    """Databases made after the one that was enrolled."""

    server: PostgresServer
    enrolled: str

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Have PostgreSQL copy it."""
        url = self.server.new_database(template=_database(self.enrolled))
        try:
            yield url
        finally:
            self.server.run(f"DROP DATABASE {_database(url)} WITH (FORCE)")


@contextmanager
def fresh_ledgers(kind: str, world: World, folder: Path) -> Iterator[FreshLedgers]:
    """Ledgers of a kind, in a folder or on a server that runs as long as they are needed.

    Args:
        kind: one of `LEDGERS`.
        world: whose plan is enrolled.
        folder: where files may lie.
    """
    if kind == "sqlite":
        yield SqliteLedgers(world, folder)
        return
    with PostgresServer() as server:
        enrolled = server.new_database()
        world.enrol(enrolled)
        yield PostgresLedgers(server, enrolled)


def _database(url: str) -> str:
    name = make_url(url).database
    assert name is not None
    return name
