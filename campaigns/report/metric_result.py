"""A metric's result over all arms, as the report holds it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from campaigns.analysis.estimates import Contrast, Estimate
from campaigns.ground.metric import MetricName
from campaigns.report.metrics import Unit


class Role(StrEnum):
    """What a metric was declared to be; what was not declared is exploratory."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GUARDRAIL = "guardrail"
    EXPLORATORY = "exploratory"


@dataclass(frozen=True, slots=True)
class ArmValue:
    """A metric in one arm.

    Attributes:
        count: what happened, summed.
        of: to whom it could have, summed.
        estimate: the one over the other with its 95% interval; null when nobody is counted.
    """

    variant: str
    count: float
    of: float
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class Guarded:
    """A guardrail, judged.

    Attributes:
        margin: the largest harm that would be put up with; of control's value where `relative`.
        p_value: one-sided, of a harm as large as the margin.
        verdict: `held`, `broken` or `undecided`.
    """

    margin: float
    relative: bool
    verdict: str
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric of one variant against another's.

    Attributes:
        planned: whether it was declared; only then it counts among those that are adjusted for.
        contrast: null when an arm is empty or nobody differs from another.
        adjusted_p: for the number of comparisons: Holm's for the primary metric, else Benjamini and Hochberg's.
        with_before: the same with what people were like before the experiment taken into account (CUPED).
        anytime: an interval that holds however often one looks.
        guarded: for a guardrail with a margin.
    """

    variant: str
    against: str
    planned: bool
    contrast: Contrast | None
    adjusted_p: float | None = None
    with_before: Contrast | None = None
    anytime: Estimate | None = None
    guarded: Guarded | None = None


@dataclass(frozen=True, slots=True)
class MetricResult:
    """A metric over all arms.

    Attributes:
        people: over whom, in words.
        per: what an amount is counted for.
        caveat: what to know before believing it, or empty.
        editions: those counted.
        pending: people counted whose window is still open.
        query: run after `report.sql`, it gives each arm's count and what it is of.
    """

    name: MetricName
    title: str
    people: str
    unit: Unit
    per: str
    role: Role
    more_is_better: bool
    caveat: str
    editions: list[str]
    pending: int
    query: str
    arms: list[ArmValue]
    comparisons: list[Comparison]
