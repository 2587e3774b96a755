"""Replays: people as they were, assigned anew many times.

Nothing is modelled: outcomes are real past data, and only the assignment is drawn again. The sufficient
statistics of many replays at a time come from one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from campaigns.analysis.moments import Moments

Columns = Mapping[str, NDArray[np.float64]]
Arms = NDArray[np.int8]
BATCH = 64
"""Replays at a time: enough for a matrix product to pay, few enough for 2 million people in 1 GB."""


def draw(shares: Sequence[float], people: int, replays: int, random: Generator) -> Iterator[Arms]:
    """Assign people by chance, many times.

    Args:
        shares: of the arms, in any unit; arm 0 is the first.
        people: how many.
        replays: how many times.
        random: where chance comes from.

    Yields:
        Batches: a row a replay, a column a person, the arm's number in each place.
    """
    edges = np.cumsum(shares)[:-1] / sum(shares)
    for start in range(0, replays, BATCH):
        size = min(BATCH, replays - start), people
        yield np.searchsorted(edges, random.random(size), side="right").astype(np.int8)


def replay(outcomes: Sequence[Columns], assignments: Iterable[Arms]) -> Iterator[list[Moments]]:
    """The arms' moments in each replay.

    Args:
        outcomes: for each arm, everybody's columns as they would be in it: the same ones in A/A, and with an
            effect planted in A/B.
        assignments: batches, as `draw` yields them.

    Yields:
        For each replay, one group an arm.

    >>> days = {"days": np.array([1.0, 2.0, 3.0, 4.0])}
    >>> (control, treatment), = replay([days, days], [np.array([[0, 1, 0, 1]], dtype=np.int8)])
    >>> control.means["days"], treatment.means["days"]
    (2.0, 3.0)
    """
    tables = [_Table.of(columns) for columns in outcomes]
    for batch in assignments:
        arms = [table.moments(batch == number) for number, table in enumerate(tables)]
        yield from (list(groups) for groups in zip(*arms, strict=True))


def replay_crossed(weeks: Sequence[Columns], assignments: Iterable[Arms]) -> Iterator[Moments]:
    """The moments of one row a person in each replay, where people are assigned anew each week.

    Args:
        weeks: for each arm, arrays of people by weeks.
        assignments: batches as `draw` yields them for people times weeks, a person's weeks side by side.

    Yields:
        For each replay, sums by arm, named `0.completions`, `1.completions` and so on.
    """
    for batch in assignments:
        for row in batch:
            yield Moments.of(
                {
                    f"{number}.{name}": (values * (row.reshape(values.shape) == number)).sum(axis=1)
                    for number, columns in enumerate(weeks)
                    for name, values in columns.items()
                }
            )


class _Table:
    """Columns, centred so that squares keep their digits, and the products of each two of them."""

    def __init__(self, names: Sequence[str], rows: NDArray[np.float64]) -> None:
        self.names = names
        self.centre = rows.mean(axis=1)
        self.pairs = list(combinations_with_replacement(range(len(names)), 2))
        centred = rows - self.centre[:, None]
        products = [centred[i] * centred[j] for i, j in self.pairs]
        self.sums = np.vstack([np.ones(rows.shape[1]), centred, *products]).T

    @classmethod
    def of(cls, columns: Columns) -> _Table:
        names = sorted(columns)
        return cls(names, np.array([columns[name] for name in names], dtype=float))

    def moments(self, members: NDArray[np.bool_]) -> list[Moments]:
        """Of the members of each replay: a row a replay, a column a person."""
        return [self._group(row) for row in members.astype(float) @ self.sums]

    def _group(self, sums: NDArray[np.float64]) -> Moments:
        people, width = round(sums[0]), len(self.names)
        shift = sums[1 : width + 1] / max(people, 1)
        left, right = np.transpose(self.pairs)
        covariances = (sums[width + 1 :] - people * shift[left] * shift[right]) / max(people - 1, 1)
        keys = [(self.names[i], self.names[j]) for i, j in self.pairs]
        return Moments(
            people=people,
            means=dict(zip(self.names, (shift + self.centre).tolist(), strict=True)),
            covariances=dict(zip(keys, covariances.tolist(), strict=True)),
        )
