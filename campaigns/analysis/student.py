"""From a value, its standard error and degrees of freedom to an interval and a p-value.

Sources:
    Student's t (Biometrika 6, 1908, 1-25), and for two arms of unlike variance the degrees of freedom of
    Welch (Biometrika 34, 1947, 28-35) and Satterthwaite (Biometrics Bulletin 2, 1946, 110-114).
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

from campaigns.analysis.estimates import Estimate


@dataclass(frozen=True, slots=True)
class Error:
    """How far chance throws an estimate.

    Attributes:
        standard: the standard error.
        freedom: the degrees of freedom that it is known with.
    """

    standard: float
    freedom: float

    def interval(self, value: float, confidence: float) -> Estimate:
        """The two-sided interval around a value.

        >>> Error(1.0, freedom=1e9).interval(0.0, confidence=0.95)
        Estimate(value=0.0, low=-1.95996..., high=1.95996...)
        """
        reach = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.standard
        return Estimate(value, value - reach, value + reach)

    def p_value(self, value: float) -> float:
        """Two-sided, of a true value of 0; the standard error must not be 0."""
        return float(2 * stdtr(self.freedom, -abs(value) / self.standard))


def of_one(variance: float, people: int) -> Error:
    """Of a mean over so many people, at least two."""
    return Error((variance / people) ** 0.5, people - 1)


def of_two(control: tuple[float, int], treatment: tuple[float, int]) -> Error:
    """Of the difference between two arms, each given as its variance and its people, at least two."""
    squares = [(variance / people, people) for variance, people in (control, treatment)]
    total = sum(square for square, _ in squares)
    lost = sum(square**2 / (people - 1) for square, people in squares)
    return Error(total**0.5, total**2 / lost if lost else sum(people - 1 for _, people in squares))
