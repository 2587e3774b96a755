"""Spark for tests: one context in each test process, and engines in it that differ in their partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from recsource.engine.session import open_session
from recsource.engine.spark import SparkEngine
from recsource.engine.spark_settings import SparkSettings

PARTITIONS = (1, 3, 7)
OpenSpark = Callable[[int], SparkEngine]
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Compiles once and lightly: a test's Java does not live long enough for more."""
_QUICK = {
    "spark.driver.extraJavaOptions": QUICK_JAVA,
    "spark.sql.codegen.wholeStage": "false",  # tiny worlds are planned sooner than code for them is compiled
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.network.timeout": "1h",
}


@contextmanager
def spark_context() -> Iterator[OpenSpark]:
    """Opens engines: as many partitions as told after every shuffle, none of them put together again."""
    session, started = open_session(_settings(1))
    try:
        yield lambda partitions: SparkEngine(_settings(partitions))
    finally:
        if started:
            session.stop()


def _settings(partitions: int) -> SparkSettings:
    number = str(partitions)
    options = {
        "spark.sql.shuffle.partitions": number,
        "spark.sql.files.minPartitionNum": number,
        "spark.sql.files.openCostInBytes": "1",
        "spark.sql.adaptive.coalescePartitions.enabled": "false",
    }
    return SparkSettings("local[2]", {**_QUICK, **options})
