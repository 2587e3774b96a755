"""The script: every query that a report was made with, for somebody else to run and get the same numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from recsource.engine import Engine, Queries, Row

_SQL = Queries("campaigns")
_HEAD = """-- Every number of the report, from the files that it was made of; for DuckDB, at UTC.
SET TimeZone = 'UTC';
"""


@dataclass(frozen=True, slots=True)
class Script:
    """Runs named queries and keeps their text."""

    engine: Engine
    queries: list[str] = field(default_factory=list)

    def run(self, query: str, /, **parameters: object) -> None:
        """Carry out `sql/report/<query>.sql` for its effect."""
        self.engine.run(self._noted(query, parameters))

    def rows(self, query: str, /, **parameters: object) -> list[Row]:
        """The rows of a small result."""
        return self.engine.rows(self._noted(query, parameters))

    def row(self, query: str, /, **parameters: object) -> Row:
        """The one row of a query that has exactly one."""
        (row,) = self.rows(query, **parameters)
        return row

    @property
    def text(self) -> str:
        """All of it, for DuckDB."""
        return _HEAD + "\n" + "\n".join(f"{query};\n" for query in self.queries)

    def _noted(self, query: str, parameters: dict[str, object]) -> str:
        text = "\n".join(line for line in _SQL(f"report/{query}", **parameters).splitlines() if line.strip())
        self.queries.append(text)
        return text
