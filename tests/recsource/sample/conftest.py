"""One small world, written once for all tests of the sample."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from written_world import IMAGE_BASE, WORLD, Sample, register

from recsource.sample import write_world


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = tmp_path_factory.mktemp("world")
    counts = write_world(WORLD, folder, image_base=IMAGE_BASE)
    with duckdb.connect() as engine:
        register(engine, folder)
        yield Sample(WORLD, folder, counts, engine)
