"""The people of a history, as columns: one row each, their weeks summed as the report sums them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaigns.analysis.replay import BATCH, Arms, Columns
from campaigns.ground.experiment import Experiment, Scheme
from campaigns.replay.history import History
from campaigns.report.measuring import BEFORE
from recsource.engine import Engine, Queries
from recsource.sharder import shard_sql

MOST = 20_000
"""People that are replayed; of more, so many are chosen by their shard."""
_SQL = Queries("campaigns")


@dataclass(frozen=True, slots=True)
class People:
    """Everybody's columns, by person and by person and week; the rows are in one order everywhere.

    Attributes:
        sums: the metrics' columns, each person's weeks summed, and `before`.
        weeks: for the metrics' columns of `outcomes`, people by weeks; 0 where somebody was not there.
    """

    engine: Engine
    count: int
    sums: Columns
    weeks: Columns
    editions: Sequence[str]

    @classmethod
    def of(cls, history: History) -> People:
        """Of a history whose tables the engine holds."""
        engine = history.engine
        engine.run(_SQL("replay/chosen", most=MOST))
        summed = sorted({column for metric in history.metrics for column in metric.columns} | {BEFORE})
        weekly = sorted({part for metric in history.metrics for part in (metric.numerator, metric.denominator)})
        sums = _columns(engine, _SQL("replay/sums", columns=summed), summed)
        editions = [edition.name for edition in history.question.editions]
        wide = _columns(engine, _SQL("replay/weeks", columns=weekly, editions=editions), None)
        return cls(
            engine,
            len(sums[BEFORE]),
            sums,
            {
                name: np.column_stack([wide[f"{name}@{number}"] for number in range(len(editions))])
                for name in weekly
            },
            editions,
        )

    def assign(self, experiment: Experiment, replays: int) -> Iterator[Arms]:
        """Assign everybody anew, each time with another salt, by the very sharder that assigns for good.

        Yields:
            Batches: a row a replay, in which each person has the number of a variant; where people are assigned
            weekly, a column for each person and week, a person's weeks side by side.
        """
        ends = [variant.end_shard for variant in experiment.variants]
        for start in range(0, replays, BATCH):
            salts = [f"{experiment.salt}-replay-{n}" for n in range(start, min(start + BATCH, replays))]
            buckets = np.vstack([self._buckets(experiment, salt) for salt in salts])
            yield np.searchsorted(ends, buckets, side="right").astype(np.int8)

    def _buckets(self, experiment: Experiment, salt: str) -> NDArray[np.int64]:
        weekly = experiment.scheme is Scheme.WEEKLY
        drawn = [f"{salt}-{edition}" for edition in self.editions] if weekly else [salt]
        shards = {str(n): shard_sql(each, "user_id") for n, each in enumerate(drawn)}
        found = _columns(self.engine, _SQL("replay/buckets", shards=shards), list(shards))
        return np.column_stack(list(found.values())).reshape(-1).astype(np.int64)


def _columns(engine: Engine, sql: str, names: Sequence[str] | None) -> Columns:
    found = engine.arrays(sql)
    return {name: np.asarray(found[name], dtype=float) for name in names or found}
