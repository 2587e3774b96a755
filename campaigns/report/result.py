"""The report as values: what `report.json` holds, field by field, and what the page and the table show.

`report.schema.json` beside this file is its JSON Schema. `SCHEMA` names the version: it rises with every
change that could break a reader. Shares and their differences are fractions (0.01 is one percentage point),
times are UTC, and what cannot be computed is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.ground.metric import MetricName
from campaigns.report.explored import EarnedBy, Effects
from campaigns.report.metric_result import MetricResult, Role
from campaigns.report.scrutiny import Check, Look, Reading

SCHEMA = "winddown.report/2"


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
    """What may be said of a variant against another, in one sentence.

    Attributes:
        variant: whom it is about; empty when it is about all of them.
        headline: the finding in a few words.
    """

    variant: str
    finding: Finding
    headline: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Declared:
    """The experiment as it was declared before it began."""

    name: str
    version: int
    hypothesis: str
    scheme: str
    start: str
    end: str
    primary: MetricName
    minimum_effect: float | None
    looks: list[float]


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant and its funnel: emails by step, each counted over everyone assigned at random."""

    variant: str
    share: float
    baseline: bool
    funnel: dict[str, int]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """People who got the email and take no part in the comparison, by how they came to their variant."""

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
    """The report of one edition, or of several.

    Attributes:
        now: as of when; nothing later is counted.
        simulated: whether the events are made up.
        warnings: sentences about the data that a reader must know.
        weeks: the primary metric by edition.
        manifests: SHA-256 of each edition's `manifest.json`.
        versions: of the software that computed it.
    """

    schema: str
    campaign: str
    editions: list[str]
    experiment: Declared
    now: datetime
    simulated: bool
    baseline: str
    verdicts: list[Verdict]
    warnings: list[str]
    arms: list[Arm]
    metrics: list[MetricResult]
    checks: list[Check]
    readings: list[Reading]
    look: Look | None
    weeks: list[Effects]
    segments: list[Effects]
    earned: list[EarnedBy]
    left_out: list[LeftOut]
    excluded: list[Excluded]
    windows_close_at: datetime | None
    newest_interaction: datetime | None
    manifests: dict[str, str]
    versions: dict[str, str]

    @property
    def title(self) -> str:
        """The edition, or from which one to which."""
        return self.editions[0] if len(self.editions) == 1 else f"{self.editions[0]} to {self.editions[-1]}"

    @property
    def primary(self) -> MetricResult:
        """The metric that the verdict is about."""
        return next(metric for metric in self.metrics if metric.role is Role.PRIMARY)

    @property
    def void(self) -> bool:
        """Whether a sample-ratio alarm forbids any verdict."""
        return any(check.alarm and check.voids for check in self.checks)
