"""The report as values: what `report.json` holds, field by field, and what the page and the table show.

`report.schema.json` beside this file is its JSON Schema. `SCHEMA` names the version: it rises with every
change that could break a reader. Shares and their differences are fractions (0.01 is one percentage point),
times are UTC, and what cannot be computed is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.analysis.estimates import Contrast, Estimate
from campaigns.ground.metric import MetricName
from campaigns.report.metrics import Unit

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
