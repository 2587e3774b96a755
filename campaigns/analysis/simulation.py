"""How often a procedure errs over many replays, each rate with its Monte-Carlo error.

In an A/A replay no difference is real, so a test at 5% may find one in 5% of the replays, and a 95% interval
must hold 0 in 95%.

Source: Morris, White & Crowther, "Using simulation studies to evaluate statistical methods" (Stat. Med. 38,
2019, 2074-2102), for the Monte-Carlo errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaigns.analysis.estimates import Contrast


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often something happened in replays."""

    hits: int
    replays: int

    @property
    def rate(self) -> float:
        """The share of the replays."""
        return self.hits / self.replays

    @property
    def error(self) -> float:
        """The Monte-Carlo standard error of the rate."""
        return math.sqrt(self.rate * (1 - self.rate) / self.replays)

    @classmethod
    def of(cls, events: Iterable[bool]) -> Frequency:
        """Count what happened.

        >>> Frequency.of([True, False, False, False]).rate
        0.25
        """
        happened = list(events)
        return cls(sum(happened), len(happened))

    def consistent(self, promised: float, deviations: float = 3.0) -> bool:
        """Whether the promised rate is within so many Monte-Carlo errors, were it true.

        >>> Frequency(109, 2000).consistent(0.05), Frequency(80, 2000).consistent(0.05)
        (True, True)
        """
        error = math.sqrt(promised * (1 - promised) / self.replays)
        return abs(self.rate - promised) <= deviations * error


@dataclass(frozen=True, slots=True)
class Performance:
    """How a procedure did over replays.

    Attributes:
        called: how often it told a difference: in A/A its false alarms, in A/B its power.
        covered: how often its interval held the true difference.
        undefined: replays that could not be compared; they count as neither.
    """

    called: Frequency
    covered: Frequency
    undefined: int


def perform(contrasts: Iterable[Contrast | None], truth: float = 0.0) -> Performance:
    """Judge the comparisons of all replays.

    Args:
        contrasts: one a replay.
        truth: the difference that there is; 0 in A/A.
    """
    found = list(contrasts)
    defined = [contrast for contrast in found if contrast is not None]
    return Performance(
        called=Frequency.of(contrast.tells for contrast in defined),
        covered=Frequency.of(not contrast.difference.excludes(truth) for contrast in defined),
        undefined=len(found) - len(defined),
    )


def peeked(z: NDArray[np.float64], limits: Sequence[float]) -> Frequency:
    """How often one of the looks reached its limit, where each of them might have ended the experiment.

    Args:
        z: differences in standard errors; a row a replay, a column a look.
        limits: one a look: 1.96 each, a group-sequential boundary, or a confidence sequence's.

    >>> peeked(np.array([[2.1, 0.4], [0.3, 0.2]]), [1.96, 1.96]).rate
    0.5
    """
    return Frequency.of(bool(reached) for reached in np.any(np.abs(z) >= np.array(limits), axis=1).tolist())
