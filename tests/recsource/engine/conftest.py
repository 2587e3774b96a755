"""Every engine that can plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from on_spark import OpenSpark

from recsource.engine import Engine, PlanningEngine


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[PlanningEngine]:
    """DuckDB, and Spark with three partitions."""
    if request.param == "duckdb":
        with Engine(threads=2) as duckdb:
            yield duckdb
    else:
        opens: OpenSpark = request.getfixturevalue("open_spark")
        with opens(3) as spark:
            yield spark
