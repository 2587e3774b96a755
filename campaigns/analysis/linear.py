"""The delta method: a smooth function of means is, near them, linear in them, and so is its error.

A statistic is carried as its value and its slopes, how much it moves with each column's mean. Its variance
then follows from the columns' covariances (Deng, Knoblich & Lu, "Applying the Delta Method in Metric
Analytics", KDD 2018).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.analysis.moments import Moments


@dataclass(frozen=True, slots=True)
class Linear:
    """A statistic near the means it was computed at.

    Attributes:
        slopes: its partial derivatives, by column.
    """

    value: float
    slopes: Mapping[str, float]

    def __add__(self, other: Linear) -> Linear:
        columns = [*self.slopes, *(column for column in other.slopes if column not in self.slopes)]
        slopes = {column: self.slopes.get(column, 0.0) + other.slopes.get(column, 0.0) for column in columns}
        return Linear(self.value + other.value, slopes)

    def __mul__(self, factor: float) -> Linear:
        return Linear(self.value * factor, {column: slope * factor for column, slope in self.slopes.items()})

    def __sub__(self, other: Linear) -> Linear:
        return self + other * -1.0

    def __truediv__(self, other: Linear) -> Linear:
        ratio = self.value / other.value
        slopes = (self - other * ratio) * (1 / other.value)
        return Linear(ratio, slopes.slopes)

    def shifted(self, by: float) -> Linear:
        """With a constant added."""
        return Linear(self.value + by, self.slopes)

    def log(self) -> Linear:
        """Its natural logarithm; the value must be positive."""
        return Linear(math.log(self.value), (self * (1 / self.value)).slopes)


def mean_of(column: str, moments: Moments) -> Linear:
    """The plainest statistic: a column's mean."""
    return Linear(moments.means[column], {column: 1.0})


def covariance(left: Linear, right: Linear, moments: Moments) -> float:
    """Of one person's part in two statistics; over the number of people it is that of the statistics."""
    return math.fsum(
        slope * other * moments.covariance(column, another)
        for column, slope in left.slopes.items()
        for another, other in right.slopes.items()
    )


def variance(statistic: Linear, moments: Moments) -> float:
    """Of one person's part in a statistic; rounding may not make it negative."""
    return max(covariance(statistic, statistic, moments), 0.0)
