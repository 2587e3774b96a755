"""`[engine]`: which engine plans, and what is left to it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tiny_campaign import workspace

from campaigns.settings.engine import EngineSettings
from recsource.engine.spark_settings import OURS, SparkSettings


def _engine(value: Any) -> EngineSettings:
    return workspace(engine=value).engine


def test_an_engine_may_be_named_by_itself() -> None:
    assert _engine("spark") == _engine({"name": "spark"})
    assert _engine("spark").spark_settings() == SparkSettings("local[*]", {}, None)


def test_sparks_own_properties_are_written_as_spark_reads_them() -> None:
    chosen = {"name": "spark", "master": "yarn", "working_folder": "s3a://b/w"}
    properties = {"spark.executor.instances": 20, "spark.speculation": True, "spark.executor.memory": "8g"}
    assert _engine(chosen | {"spark": properties}).spark_settings() == SparkSettings(
        "yarn",
        {"spark.executor.instances": "20", "spark.speculation": "true", "spark.executor.memory": "8g"},
        "s3a://b/w",
    )


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_values_depend_on_is_not_to_be_set(name: str) -> None:
    with pytest.raises(ValidationError, match=f"sets {name}, which a plan's values depend on; leave it out"):
        _engine({"name": "spark", "spark": {name: "other"}})


def test_there_is_no_third_engine() -> None:
    with pytest.raises(ValidationError, match="'duckdb' or 'spark'"):
        _engine("pigeon")


def test_what_is_set_gives_way_to_what_values_depend_on() -> None:
    assert (
        SparkSettings(options={"spark.sql.ansi.enabled": "false"}).properties["spark.sql.ansi.enabled"] == "true"
    )
