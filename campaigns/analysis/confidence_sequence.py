"""A confidence sequence: an interval for those who look whenever they like.

All of its intervals together hold the true difference with the promised probability, however often and
whenever one looks and stops; it pays for that by being wider than a repeated interval of declared looks.
It is for dashboards and guardrails; the decision is a declared look's.

Sources:
    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, "Time-uniform central limit theory and asymptotic
    confidence sequences" (Ann. Stat. 52, 2024, 2613-2640), theorem 2.2: Robbins' Gaussian mixture boundary
    (Ann. Math. Stat. 41, 1970, 1397-1409) around an estimate with an estimated variance.
    Tuning: the boundary is at its tightest at the planned size (by Lambert's W, as Howard, Ramdas,
    McAuliffe & Sekhon do, Ann. Stat. 49, 2021, 1055-1080).
"""

from __future__ import annotations

import math
from functools import lru_cache

from scipy.special import lambertw

from campaigns.analysis.estimates import CONFIDENCE, Contrast, Estimate


def sequence(contrast: Contrast, fraction: float, *, confidence: float = CONFIDENCE) -> Estimate:
    """The difference's interval at any time.

    Args:
        contrast: over all the information so far.
        fraction: of the planned information that is in; may go beyond 1.
        confidence: of all the intervals together.
    """
    value, reach = contrast.difference.value, boundary(fraction, 1 - confidence) * contrast.standard_error
    return Estimate(value, value - reach, value + reach)


def boundary(fraction: float, alpha: float = 1 - CONFIDENCE) -> float:
    """The |z| that stays unreached at all times, with the promised probability, if the arms do not differ.

    >>> round(boundary(1.0), 3), round(boundary(0.25), 3)
    (3.035, 3.251)
    """
    mixed = fraction * _tuned(alpha)
    return math.sqrt((mixed + 1) / mixed * (math.log(mixed + 1) - 2 * math.log(alpha)))


def p_value(z: float, fraction: float) -> float:
    """Valid at any time: under alpha just when |z| is beyond alpha's boundary, at the tuning of 5%."""
    mixed = fraction * _tuned(1 - CONFIDENCE)
    return min(1.0, math.exp((math.log(mixed + 1) - z * z * mixed / (mixed + 1)) / 2))


@lru_cache(maxsize=16)
def _tuned(alpha: float) -> float:
    """Theorem 2.2's rho squared times the planned size, for which the boundary there is lowest."""
    return float(-lambertw(-(alpha**2) / math.e, k=-1).real) - 1
