"""What Spark is told: what makes it compare and tell the time as DuckDB does, and what an operator decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OURS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",  # SQLGlot writes TIMESTAMP_NTZ where there is no zone
    "spark.sql.ansi.enabled": "true",  # what overflows or cannot be cast is an error, and no null
    "spark.sql.caseSensitive": "true",
    "spark.sql.catalogImplementation": "in-memory",  # no Hive
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parser.escapedStringLiterals": "false",  # as SQLGlot writes them
}
"""What a plan's values depend on, and so nobody else sets."""
USUAL: Mapping[str, str] = {
    "spark.sql.adaptive.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
"""What settings may change."""


@dataclass(frozen=True, slots=True)
class SparkSettings:
    """Where Spark runs, and how.

    Attributes:
        master: as `spark-submit --master` takes it: `local[*]`, `yarn`, `spark://host:7077`, `k8s://…`.
        options: any of Spark's own properties but for those in `OURS`.
        working_folder: a folder or URL (`s3a://…`) that the driver and all executors see, for tables underway and
            for what goes to and fro; None for a temporary one, where all of them are on this machine.
    """

    master: str = "local[*]"
    options: Mapping[str, str] = field(default_factory=dict)
    working_folder: str | None = None

    @property
    def properties(self) -> Mapping[str, str]:
        """All that Spark is told."""
        return {**USUAL, **self.options, **OURS}
