"""Two proportions: each with its interval, their difference, their ratio, and a p-value.

Sources:
    One proportion: Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, 209-212).
    Difference: Newcombe's hybrid score interval, his method 10 (Stat. Med. 17, 1998, 873-890). It stays
    inside -1 to 1 and keeps its coverage for rare events, where Wald's interval collapses to a point.
    Ratio: the interval on the logarithm's scale (Katz et al., Biometrics 34, 1978, 469-474).
    p-value: the pooled two-proportion z-test, which is Pearson's chi-squared test without continuity
    correction; where the smallest expected count is under 5 (Cochran, Biometrics 10, 1954, 417-451),
    Fisher's exact test instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, hypot, log, sqrt

from numpy import array
from scipy.special import ndtr, ndtri
from scipy.stats import fisher_exact

from campaigns.analysis.estimates import CONFIDENCE, Contrast, Estimate, Procedure

SMALLEST_EXPECTED = 5.0
"""Below this expected count the normal approximation is not to be trusted (Cochran 1954)."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many people, of whom so many did it.

    Raises:
        ValueError: the numbers cannot be counts of the same people.
    """

    people: int
    successes: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.people:
            raise ValueError(f"{self.successes} successes among {self.people} people: wanted 0 to {self.people}")

    @property
    def failures(self) -> int:
        """Those who did not."""
        return self.people - self.successes


def proportion(count: Count) -> Estimate | None:
    """The rate with Wilson's 95% interval; None for nobody.

    >>> proportion(Count(people=100, successes=20))
    Estimate(value=0.2, low=0.13336..., high=0.28882...)
    """
    if count.people == 0:
        return None
    rate, z = count.successes / count.people, _z()
    shrink = 1 + z**2 / count.people
    centre = (rate + z**2 / count.people / 2) / shrink
    reach = z / shrink * sqrt(rate * (1 - rate) / count.people + (z / count.people / 2) ** 2)
    return Estimate(rate, max(centre - reach, 0.0) if rate else 0.0, min(centre + reach, 1.0) if rate < 1 else 1.0)


def contrast(control: Count, treatment: Count) -> Contrast | None:
    """The two arms compared; None when one of them is empty.

    >>> contrast(Count(1000, 280), Count(1000, 320)).p_value
    0.05096...
    """
    before, after = proportion(control), proportion(treatment)
    if before is None or after is None:
        return None
    p_value, procedure = _p_value(control, treatment)
    error = _pooled_error(control, treatment)
    return Contrast(_difference(before, after), _lift(control, treatment), p_value, procedure, error)


def _difference(control: Estimate, treatment: Estimate) -> Estimate:
    """Newcombe's method 10: the two Wilson intervals' arms, squared and added."""
    value = treatment.value - control.value
    return Estimate(
        value,
        low=value - hypot(treatment.value - treatment.low, control.high - control.value),
        high=value + hypot(treatment.high - treatment.value, control.value - control.low),
    )


def _lift(control: Count, treatment: Count) -> Estimate | None:
    if not control.successes or not treatment.successes:
        return None
    ratio = (treatment.successes / treatment.people) / (control.successes / control.people)
    spread = _z() * sqrt(
        treatment.failures / treatment.people / treatment.successes
        + control.failures / control.people / control.successes
    )
    return Estimate(ratio - 1, exp(log(ratio) - spread) - 1, exp(log(ratio) + spread) - 1)


def _p_value(control: Count, treatment: Count) -> tuple[float, Procedure]:
    if _smallest_expected(control, treatment) < SMALLEST_EXPECTED:
        return _fisher(control, treatment), Procedure.FISHER
    difference = treatment.successes / treatment.people - control.successes / control.people
    p_value = float(2 * ndtr(-abs(difference) / _pooled_error(control, treatment)))
    return p_value, Procedure.CHI_SQUARED


def _pooled_error(control: Count, treatment: Count) -> float:
    """The difference's standard error if the arms do not differ."""
    pooled = (control.successes + treatment.successes) / (control.people + treatment.people)
    return sqrt(pooled * (1 - pooled) * (1 / control.people + 1 / treatment.people))


def _smallest_expected(control: Count, treatment: Count) -> float:
    """The smallest of the four counts to be expected if the arms did not differ."""
    successes = control.successes + treatment.successes
    failures = control.failures + treatment.failures
    smaller_arm = min(control.people, treatment.people)
    return min(successes, failures) * smaller_arm / (control.people + treatment.people)


def _fisher(control: Count, treatment: Count) -> float:
    counts = array([[treatment.successes, treatment.failures], [control.successes, control.failures]])
    return float(fisher_exact(counts).pvalue)


def _z() -> float:
    return float(-ndtri((1 - CONFIDENCE) / 2))
