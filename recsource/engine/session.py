"""The Spark session of one engine."""

from __future__ import annotations

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from recsource.engine.spark_settings import SparkSettings
from recsource.errors import EngineError


def open_session(settings: SparkSettings) -> tuple[SparkSession, bool]:
    """A session with tables and settings of its own, in the Spark context that is there, or in a new one.

    Returns:
        It, and whether the context was started for it.

    Raises:
        EngineError: Spark does not start.
    """
    running = SparkSession.getActiveSession()
    session = (running or _start(settings)).newSession()
    for name, value in settings.properties.items():
        if session.conf.isModifiable(name):
            session.conf.set(name, value)
    return session, running is None


def _start(settings: SparkSettings) -> SparkSession:
    builder = SparkSession.builder.appName("winddown").master(settings.master)
    for name, value in settings.properties.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkException as error:
        raise EngineError(
            f"Spark does not start with `master` {settings.master!r} ({str(error).partition(chr(10))[0]}); "
            "it needs Java 17 (`JAVA_HOME`, or `java` on the path); look at [engine] in winddown.toml"
        ) from error
