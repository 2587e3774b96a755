"""One engine for all tests that make picks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from picking import Picker

from recsource.engine import Engine


@pytest.fixture(scope="module")
def picker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Picker]:
    with Engine(threads=2) as engine:
        yield Picker(engine, tmp_path_factory.mktemp("picks"))
