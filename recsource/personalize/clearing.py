"""Clearing away what an old run left on Personalize, in the order in which things depend on one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recsource.dataset.layout import TABLES
from recsource.personalize.account import Account
from recsource.personalize.kinds import DATASET, DATASET_GROUP, FILTER, SCHEMA, SOLUTION, Kind
from recsource.personalize.naming import Names


@dataclass(frozen=True, slots=True)
class Clearing:
    """One run's remains. The dataset group goes last, so that as long as anything is left it can be found."""

    account: Account
    names: Names

    def remains(self) -> Iterator[tuple[Kind, str]]:
        """What is still there, in the order in which it can be deleted: solutions take their versions along."""
        group = self.account.find(DATASET_GROUP, self.names.group)
        if group:
            for kind in (SOLUTION, FILTER, DATASET):
                yield from ((kind, str(one[kind.arn])) for one in self.account.all(kind, group))
        names = {self.names.table(table) for table in TABLES}
        yield from ((SCHEMA, str(one[SCHEMA.arn])) for one in self.account.all(SCHEMA) if one["name"] in names)
        if group:
            yield DATASET_GROUP, group

    def clear(self) -> None:
        """Delete all of it; where that was interrupted, the rest."""
        for kind, arn in list(self.remains()):
            self.account.remove(kind, arn)
