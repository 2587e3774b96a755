"""Sufficient statistics: all that the analysis of means needs to know of a group of people.

One aggregate query makes them in the engine, a group a row; from there on nobody's own row is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

from numpy import asarray, cov, zeros
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Moments:
    """A group's size, and its columns' means and covariances.

    Attributes:
        people: how many; each is one observation, whatever number of weeks was summed into it.
        covariances: unbiased (divided by people - 1), 0 for fewer than two people; keys are sorted pairs, and
            `(a, a)` is the variance of `a`.
    """

    people: int
    means: Mapping[str, float]
    covariances: Mapping[tuple[str, str], float]

    @classmethod
    def of(cls, columns: Mapping[str, ArrayLike]) -> Moments:
        """Of rows in memory: one array a column, all as long as there are people.

        >>> Moments.of({"minutes": [10, 20, 60]})
        Moments(people=3, means={'minutes': 30.0}, covariances={('minutes', 'minutes'): 700.0})
        """
        names = sorted(columns)
        rows = asarray([columns[name] for name in names], dtype=float)
        people = rows.shape[1]
        table = cov(rows).reshape(len(names), -1) if people > 1 else zeros((len(names), len(names)))
        means = rows.mean(axis=1) if people else rows.sum(axis=1)
        pairs = combinations_with_replacement(range(len(names)), 2)
        return cls(
            people=people,
            means={name: float(mean) for name, mean in zip(names, means, strict=True)},
            covariances={(names[i], names[j]): float(table[i, j]) for i, j in pairs},
        )

    def covariance(self, left: str, right: str) -> float:
        """Of two columns, in either order."""
        return self.covariances[(left, right) if left <= right else (right, left)]

    def variance(self, column: str) -> float:
        """Of one column."""
        return self.covariances[column, column]

    def __add__(self, other: Moments) -> Moments:
        """The two groups as one, exactly (Chan, Golub & LeVeque, Am. Stat. 37, 1983, 242-247)."""
        if not (self.people and other.people):
            return self if self.people else other
        people = self.people + other.people
        shift = {name: other.means[name] - mean for name, mean in self.means.items()}
        weight = other.people / people
        return Moments(
            people=people,
            means={name: mean + shift[name] * weight for name, mean in self.means.items()},
            covariances={pair: _joined(self, other, pair, shift) for pair in self.covariances},
        )


def _joined(left: Moments, right: Moments, pair: tuple[str, str], shift: Mapping[str, float]) -> float:
    """Squares within the groups, and between them."""
    within = left.covariances[pair] * (left.people - 1) + right.covariances[pair] * (right.people - 1)
    people = left.people + right.people
    between = shift[pair[0]] * shift[pair[1]] * left.people * right.people / people
    return (within + between) / (people - 1)
