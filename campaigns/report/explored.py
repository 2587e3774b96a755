"""What is shown to look further, and decides nothing, as the report holds it."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.analysis.estimates import Contrast, Estimate


@dataclass(frozen=True, slots=True)
class Effect:
    """The primary metric's difference in some group of people, or in some week.

    Attributes:
        shrunk: towards the common value; null where it is not shrunk.
    """

    group: str
    people: int
    contrast: Contrast | None
    shrunk: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """The primary metric's differences by one attribute; exploratory.

    Attributes:
        p_value: of no heterogeneity at all (Cochran's Q); null where it is not tested.
    """

    by: str
    variant: str
    against: str
    effects: list[Effect]
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Completions of what the emails showed, a thousand emails, by variant."""

    value: str
    completions: dict[str, int]
    per_thousand: dict[str, float]


@dataclass(frozen=True, slots=True)
class EarnedBy:
    """Completions of what the emails showed, by slot, kind or item; the most frequent first."""

    by: str
    shares: list[Share]
