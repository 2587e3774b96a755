"""`[engine]` in `winddown.toml`: what plans, and what it may use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveInt, field_validator

from campaigns.settings.reading import Frozen
from recsource.engine.spark_settings import OURS, SparkSettings


class EngineSettings(Frozen):
    """Which engine plans, and what it may use. All other commands work on DuckDB.

    Attributes:
        name: `spark` where people are more than one machine plans; `engine = "spark"` by itself says so, too.
        memory_limit: DuckDB's, on this machine.
        threads: DuckDB's; None for one a core.
        master: where Spark runs, as `spark-submit --master` takes it.
        working_folder: a folder or URL that all of Spark's machines see; empty where it is this machine alone.
        spark: any of Spark's own properties, such as `"spark.executor.memory" = "8g"`.
    """

    name: Literal["duckdb", "spark"] = "duckdb"
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s?(KB|MB|GB|KiB|MiB|GiB)$")] = "1GB"
    threads: PositiveInt | None = None
    master: str = "local[*]"
    working_folder: str = ""
    spark: dict[str, str | bool | int | float] = Field(default_factory=dict)

    @field_validator("spark")
    @classmethod
    def _leaves_ours(cls, properties: dict[str, str | bool | int | float]) -> dict[str, str | bool | int | float]:
        if taken := sorted(properties.keys() & OURS.keys()):
            raise ValueError(f"sets {', '.join(taken)}, which a plan's values depend on; leave it out")
        return properties

    def spark_settings(self) -> SparkSettings:
        """As the engine takes them; Spark writes flags in lower case."""
        options = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in self.spark.items()
        }
        return SparkSettings(self.master, options, self.working_folder or None)


def _by_name(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


ChosenEngine = Annotated[EngineSettings, BeforeValidator(_by_name)]
"""The settings, or the engine's name alone."""
