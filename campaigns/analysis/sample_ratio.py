"""The sample-ratio check: are the arms of the sizes that were declared?

If not, something other than chance decides who is counted, and a difference between the arms may be that
something's. Pearson's chi-squared test against the declared shares, with the alarm at p < 0.001
(Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import chisquare

from campaigns.analysis.proportions import SMALLEST_EXPECTED

ALARM_BELOW = 0.001


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """The check of one step.

    Attributes:
        expected: people by variant, had the declared shares been met exactly.
        statistic: chi-squared, or None where it was not computed.
        p_value: None when an expected count is under 5: too few people to say anything.
    """

    observed: Mapping[str, int]
    expected: Mapping[str, float]
    statistic: float | None
    p_value: float | None

    @property
    def alarm(self) -> bool:
        """Whether the sizes cannot be chance's doing."""
        return self.p_value is not None and self.p_value < ALARM_BELOW


def sample_ratio(observed: Mapping[str, int], shares: Mapping[str, float]) -> SampleRatio:
    """Check the arms' sizes.

    Args:
        observed: people by variant; a variant that is absent has none.
        shares: the declared weights by variant, in any unit; one of 0 must stay empty.

    Raises:
        ValueError: a variant is observed that was never declared, or no share is positive.

    >>> sample_ratio({"control": 10_000, "treatment": 10_700}, {"control": 0.5, "treatment": 0.5}).alarm
    True
    """
    _refuse_undeclared(observed, shares)
    people, whole = sum(observed.values()), sum(shares.values())
    counts = {variant: observed.get(variant, 0) for variant in shares}
    expected = {variant: people * share / whole for variant, share in shares.items()}
    if any(counts[variant] and not share for variant, share in shares.items()):
        return SampleRatio(counts, expected, statistic=None, p_value=0.0)
    tested = [variant for variant, share in shares.items() if share]
    if len(tested) < 2 or min(expected[variant] for variant in tested) < SMALLEST_EXPECTED:  # noqa: PLR2004 - one arm has no ratio
        return SampleRatio(counts, expected, statistic=None, p_value=None)
    result = chisquare([counts[variant] for variant in tested], [expected[variant] for variant in tested])
    return SampleRatio(counts, expected, float(result.statistic), float(result.pvalue))


def _refuse_undeclared(observed: Mapping[str, int], shares: Mapping[str, float]) -> None:
    if undeclared := sorted(observed.keys() - shares.keys()):
        raise ValueError(f"variant {undeclared[0]!r} was never declared; declared are {', '.join(shares)}")
    if not any(share > 0 for share in shares.values()) or any(share < 0 for share in shares.values()):
        raise ValueError(f"shares {dict(shares)}: wanted none negative and at least one positive")
