"""Looks: may the experiment stop now, and what may be said when it does?

Sources:
    Boundaries: see `campaigns.analysis.boundaries`.
    Repeated confidence intervals: Jennison & Turnbull (J. R. Stat. Soc. B 51, 1989, 305-361). All of them
    together hold the true difference with the promised probability, whether or not the experiment stopped.
    Several contrasts: Holm's procedure at each look, with the boundaries of the alpha that each contrast has
    (Ye, Li, Liu & Yao, Stat. Med. 32, 2013, 1112-1124; Maurer & Bretz, Stat. Biopharm. Res. 5, 2013, 311-320).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.optimize import brentq

from campaigns.analysis.boundaries import ALPHA, boundaries, crossing
from campaigns.analysis.estimates import Contrast, Estimate


@dataclass(frozen=True, slots=True)
class Decision:
    """What one look says.

    Attributes:
        fraction: of the planned information, at this look.
        z: the difference in standard errors.
        boundary: the |z| that it was held against.
        final: whether this is the last look, after which there is nothing to wait for.
    """

    fraction: float
    z: float
    boundary: float
    final: bool

    @property
    def crossed(self) -> bool:
        """Whether the arms differ: the experiment may stop, and say so."""
        return abs(self.z) >= self.boundary

    @property
    def stop(self) -> bool:
        """Whether it is over, with a difference or without one."""
        return self.crossed or self.final

    def interval(self, contrast: Contrast) -> Estimate:
        """The difference's repeated confidence interval at this look."""
        value, reach = contrast.difference.value, self.boundary * contrast.standard_error
        return Estimate(value, value - reach, value + reach)


def look(
    z: float, fraction: float, *, earlier: Sequence[float] = (), final: bool = False, alpha: float = ALPHA
) -> Decision:
    """Hold a difference against the boundary of this look.

    Args:
        z: the difference in standard errors, over all the information so far.
        fraction: of the planned information that is in; over 1 counts as 1.
        earlier: the fractions at the looks already made, rising; those that nobody looked at do not count.
        final: whether it is the last look although less came in than planned: all of alpha may be spent.
        alpha: the chance of a false alarm at any of the looks, both sides together.

    Raises:
        ValueError: the fractions do not rise from over 0.

    >>> look(2.5, 0.5, earlier=[0.25]).crossed, look(2.5, 0.75, earlier=[0.25, 0.5]).crossed
    (False, True)
    """
    time = 1.0 if final else min(fraction, 1.0)
    return Decision(fraction, z, boundaries([*earlier, time], alpha)[-1], final=time >= 1)


def look_at_all(
    z: Mapping[str, float],
    fraction: float,
    *,
    earlier: Sequence[float] = (),
    final: bool = False,
    alpha: float = ALPHA,
) -> dict[str, Decision]:
    """Hold several planned contrasts against boundaries that are never wrongly crossed more often than alpha.

    The largest |z| is held against the boundary of alpha over their number; each that crosses it leaves its
    alpha to those after it; after the first that does not, none may.

    Args:
        z: by contrast.
        fraction: as for one look, and so are the others.
        earlier: fractions at the looks already made.
        final: whether it is the last look.
        alpha: the chance of a false alarm in any contrast at any look.

    >>> found = look_at_all({"personalised - control": 2.5, "personalised - popular": 2.1}, 1.0)
    >>> [(round(decision.boundary, 2), decision.crossed) for decision in found.values()]
    [(2.24, True), (1.96, True)]
    """
    decisions, divided = dict[str, Decision](), len(z)
    for name in sorted(z, key=lambda name: -abs(z[name])):
        decisions[name] = look(z[name], fraction, earlier=earlier, final=final, alpha=alpha / divided)
        divided -= decisions[name].crossed
    return {name: decisions[name] for name in z}


def power(drift: float, looks: Sequence[float] = (1.0,), *, alpha: float = ALPHA) -> float:
    """The chance that one of the looks crosses its boundary.

    Args:
        drift: the z to be expected at the end of the plan.
        looks: the planned fractions; one look at the end is the fixed test.
        alpha: two-sided.

    >>> fixed = drift(0.8)
    >>> round(power(fixed), 3), round(power(fixed, [0.25, 0.5, 0.75, 1.0]), 3)
    (0.8, 0.79...)
    """
    return sum(crossing(looks, boundaries(looks, alpha), drift))


def drift(chance: float, looks: Sequence[float] = (1.0,), *, alpha: float = ALPHA) -> float:
    """The z to be expected at the end for which the experiment finds a difference with this chance.

    Its square, over that of the fixed test, is by how much the looks make the experiment longer. The last
    look must be at all of the information.

    >>> round(drift(0.8), 4)
    2.8016
    """
    return float(brentq(lambda expected: power(expected, looks, alpha=alpha) - chance, 0.0, 40.0, xtol=1e-12))
