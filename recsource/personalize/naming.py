"""How resources are named. Names make every step repeatable: what exists is found by its name, not made again.

An account's names are one space for each kind of resource and region, and 63 characters long at most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from recsource.dataset.layout import TableName
from recsource.ports import ModelName

PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{0,8}")
LONGEST = 63


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one run's resources; with a prefix of 9 and a run of 40 characters they are 63 long at most."""

    prefix: str
    run: str

    @property
    def group(self) -> str:
        """The dataset group's."""
        return f"{self.prefix}-{self.run}"

    def table(self, table: TableName) -> str:
        """A schema's, a dataset's and an import job's."""
        return f"{self.group}-{table}"

    def model(self, model: ModelName) -> str:
        """A solution's, its one version's and a batch inference job's."""
        return f"{self.group}-{model}"

    def filter(self, expression: str) -> str:
        """A filter's; another expression is another filter."""
        return f"{self.group}-f-{sha256(expression.encode()).hexdigest()[:8]}"
