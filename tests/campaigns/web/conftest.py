"""The service on a real ledger, and on one that is broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_service import BrokenLedger, Service, ledger_of

from campaigns.ports.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        yield ledger


@pytest.fixture
def service(ledger: Ledger) -> Iterator[Service]:
    service = Service(ledger)
    yield service
    service.close()


@pytest.fixture
def broken() -> Iterator[Service]:
    """The service while its ledger cannot be reached."""
    service = Service(BrokenLedger())  # type: ignore[arg-type]  # it stands for one
    yield service
    service.close()
