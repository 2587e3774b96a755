"""Every kind of ledger, each with a place of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.ledger_world import EMPTY
from providers.postgres import PostgresServer

from campaigns.ports.ledger import Ledger
from campaigns.store.memory import MemoryLedger
from campaigns.store.opening import open_ledger

_DATABASE = "contract"


@pytest.fixture(scope="session")
def ledger_on_postgres(postgres: PostgresServer) -> str:
    """The address of a ledger that is emptied for each test."""
    postgres.run(f"CREATE DATABASE {_DATABASE}")
    open_ledger(postgres.url(_DATABASE)).close()
    return postgres.url(_DATABASE)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger that many processes can open."""
    return _address(request.param, request, tmp_path)


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    if request.param == "memory":
        yield MemoryLedger()
    else:
        with open_ledger(_address(request.param, request, tmp_path)) as made:
            yield made


def _address(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'ledger.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    address: str = request.getfixturevalue("ledger_on_postgres")
    server.run(EMPTY, _DATABASE)
    return address
