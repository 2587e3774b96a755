"""What decides whether the numbers may be believed yet, as the report holds it: checks, readings, looks."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.analysis.estimates import Contrast, Estimate


@dataclass(frozen=True, slots=True)
class Check:
    """The sample-ratio check at one step.

    Attributes:
        edition: of one edition alone; empty for people over all of them.
        p_value: null when there are too few people to check.
        alarm: p below 0.001, divided among the checks of the step: the arms are not of the declared sizes.
        voids: whether the alarm forbids any verdict.
        suspect: where to look first, when it is the first alarm.
    """

    step: str
    title: str
    edition: str
    observed: dict[str, int]
    expected: dict[str, float]
    statistic: float | None
    p_value: float | None
    alarm: bool
    voids: bool
    suspect: str


@dataclass(frozen=True, slots=True)
class LeeBounds:
    """What the effect on those who would open in either arm can be at least and at most.

    Attributes:
        interval_low, interval_high: around an effect anywhere between them, at 95%.
        trimmed: the share of the openers of the arm with more of them that was left out.
        more_selected: whether the variant has more openers than the other.
    """

    low: float
    high: float
    interval_low: float
    interval_high: float
    trimmed: float
    more_selected: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether the comparison among openers may be read.

    Attributes:
        open_rates: how the arms differ in opening, over everyone assigned.
        bounds: null when an arm has no openers.
        may_be_read: as one piece of evidence beside the primary metric.
        sentence: why, or why not.
    """

    variant: str
    against: str
    open_rates: Contrast | None
    bounds: LeeBounds | None
    may_be_read: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Look:
    """Where the experiment stands between its declared looks.

    Attributes:
        weeks: editions counted, of so many planned.
        due: whether a look was declared for just now.
        boundary: the largest |z| that a contrast was held against at this look; null when none is due.
        interval: the repeated confidence interval at this look, by variant and its opponent: `a - b`.
        crossed: those beyond the boundary.
        sentence: what that means.
    """

    weeks: int
    planned: int
    due: bool
    boundary: float | None
    interval: dict[str, Estimate]
    crossed: list[str]
    sentence: str
