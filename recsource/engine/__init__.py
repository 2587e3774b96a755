"""Engines: where every set-at-a-time step is carried out.

The SQL is one text, in files, in DuckDB's dialect. DuckDB runs all of it; Spark runs what planning needs, put into
its own dialect.
"""

from recsource.engine.duck import Engine
from recsource.engine.port import PlanningEngine
from recsource.engine.queries import Queries, Row

__all__ = ["Engine", "PlanningEngine", "Queries", "Row"]
