"""The report as values: what `report.json` holds, field by field, and what the page and the table show.

`report.schema.json` beside this file is its JSON Schema. `SCHEMA` names the version: it rises with every
change that could break a reader. Rates and differences are fractions (0.01 is one percentage point),
times are UTC, and what cannot be computed is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.analysis.estimates import Contrast, Estimate

SCHEMA = "winddown.report/1"


class Finding(StrEnum):
    """The closed list of verdicts."""

    VOID = "void"
    NOTHING_TO_COMPARE = "nothing_to_compare"
    TOO_EARLY = "too_early"
    NO_DIFFERENCE_SHOWN = "no_difference_shown"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of a variant against the baseline, in one sentence.

    Attributes:
        variant: whom it is about; empty when it is about all of them.
        headline: the finding in a few words.
    """

    variant: str
    finding: Finding
    headline: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant and its funnel: people by step, each counted over everyone assigned at random."""

    variant: str
    share: float
    baseline: bool
    funnel: dict[str, int]


@dataclass(frozen=True, slots=True)
class ArmRate:
    """A metric in one arm.

    Attributes:
        rate: with Wilson's 95% interval; null when nobody is counted.
    """

    variant: str
    people: int
    successes: int
    rate: Estimate | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric of one variant against the baseline; null when an arm is empty."""

    variant: str
    baseline: str
    contrast: Contrast | None


@dataclass(frozen=True, slots=True)
class MetricResult:
    """A metric over all arms.

    Attributes:
        people: over whom, in words.
        pending: people counted whose window is still open.
        caveat: what to know before believing it, or empty.
    """

    name: str
    title: str
    people: str
    primary: bool
    caveat: str
    pending: int
    arms: list[ArmRate]
    comparisons: list[Comparison]


@dataclass(frozen=True, slots=True)
class Check:
    """The sample-ratio check at one step.

    Attributes:
        p_value: null when there are too few people to check.
        alarm: p below 0.001: the arms are not of the declared sizes.
    """

    step: str
    title: str
    observed: dict[str, int]
    expected: dict[str, float]
    statistic: float | None
    p_value: float | None
    alarm: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """People who got the email and take no part in the comparison: `forced` or `outside_traffic`."""

    method: str
    variant: str
    people: int


@dataclass(frozen=True, slots=True)
class Excluded:
    """People who were considered and got no email."""

    reason: str
    people: int


@dataclass(frozen=True, slots=True)
class Report:
    """One edition's report.

    Attributes:
        now: as of when; nothing later is counted.
        simulated: whether the events are made up.
        warnings: sentences about the data that a reader must know.
        manifest_sha256: of the edition's `manifest.json`.
        versions: of the software that computed it.
    """

    schema: str
    campaign: str
    edition: str
    experiment: str
    now: datetime
    simulated: bool
    baseline: str
    verdicts: list[Verdict]
    warnings: list[str]
    arms: list[Arm]
    metrics: list[MetricResult]
    checks: list[Check]
    left_out: list[LeftOut]
    excluded: list[Excluded]
    windows_close_at: datetime | None
    newest_interaction: datetime | None
    manifest_sha256: str
    versions: dict[str, str]

    @property
    def primary(self) -> MetricResult:
        """The metric that the verdict is about."""
        return next(metric for metric in self.metrics if metric.primary)

    @property
    def void(self) -> bool:
        """Whether a sample-ratio alarm forbids any verdict."""
        return any(check.alarm for check in self.checks)
