"""One engine for all tests that export."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from exporting import Exporter

from recsource.engine import Engine


@pytest.fixture(scope="module")
def exporter() -> Iterator[Exporter]:
    with Engine(threads=2) as engine:
        yield Exporter(engine)
