"""An experiment: what is declared before it begins, and how a person comes to a variant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from campaigns.ground.metric import MetricName

TOTAL_SHARDS = 10_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm.

    Attributes:
        source: what its slots are filled from: `recommended`, `curated` or `popular`.
        first_shard: the shards that it owns begin here,
        end_shard: and end before here; together the variants own all 10,000.
    """

    name: str
    source: str
    first_shard: int
    end_shard: int

    @property
    def share(self) -> float:
        """The declared share of the people assigned."""
        return (self.end_shard - self.first_shard) / TOTAL_SHARDS


class Scheme(StrEnum):
    """How long a person stays in a variant: for the whole experiment, or until the next edition."""

    STICKY = "sticky"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Layer:
    """A place among mutually exclusive experiments: each owns shards of the layer's salt, and no two the same.

    Attributes:
        first_shard: the experiment's shards begin here,
        end_shard: and end before here.
    """

    name: str
    first_shard: int
    end_shard: int

    @property
    def salt(self) -> str:
        """The salt that all experiments of the layer share."""
        return f"layer-{self.name}"

    def overlaps(self, other: Layer) -> bool:
        """Whether somebody could be in both."""
        return self.name == other.name and (
            self.first_shard < other.end_shard and other.first_shard < self.end_shard
        )


@dataclass(frozen=True, slots=True)
class Holdout:
    """People who get no email, so that the email itself can be judged.

    Attributes:
        share: of those who would have got it.
    """

    share: float
    salt: str

    @property
    def end_shard(self) -> int:
        """Whose shard lies below is held out."""
        return round(self.share * TOTAL_SHARDS)


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A metric that must not get worse by more than a margin.

    Attributes:
        margin: in the metric's own unit, or as a share of the control's value where `relative`.
    """

    metric: MetricName
    margin: float
    relative: bool = False


@dataclass(frozen=True, slots=True)
class PlannedContrast:
    """Two variants that are compared, as declared: `treatment` minus `control`."""

    treatment: str
    control: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """A campaign's experiment, as declared before it began.

    Attributes:
        baseline: the variant that the others are compared with, and that those outside the experiment get.
        traffic: the share of people who take part, by a salt of its own.
        forced: cohort to variant; such people are left out of the analysis.
        version: another is another experiment.
        hypothesis: what is expected and why, in words.
        holdout: the campaign's own; the workspace holds people out of every campaign.
        layer: its place among mutually exclusive experiments.
        start: the first edition that it runs in, such as `2026-W47`; empty for any.
        end: the last one.
        primary: the one metric that decides.
        minimum_effect: the smallest difference of the primary metric worth having, in its own unit.
        looks: the shares of the planned information at which the primary metric is looked at; the last is 1.
        contrasts: the comparisons that decide, whose p-values Holm's procedure adjusts together.
        subject_is_treatment: whether the variants' subjects and preheaders are meant to differ.
    """

    name: str
    salt: str
    variants: tuple[Variant, ...]
    baseline: str
    traffic: float
    forced: Mapping[str, str]
    version: int = 1
    hypothesis: str = ""
    scheme: Scheme = Scheme.STICKY
    holdout: Holdout | None = None
    layer: Layer | None = None
    start: str = ""
    end: str = ""
    primary: MetricName = MetricName.COMPLETED_24H_OF_SENDING
    guardrails: tuple[Guardrail, ...] = ()
    secondary: tuple[MetricName, ...] = ()
    minimum_effect: float | None = None
    looks: tuple[float, ...] = (1.0,)
    contrasts: tuple[PlannedContrast, ...] = ()
    subject_is_treatment: bool = False

    @property
    def traffic_salt(self) -> str:
        """The salt that decides who takes part, in every edition the same people."""
        return f"{self.salt}-traffic"

    def salt_in(self, edition: str) -> str:
        """The salt that decides between variants in an edition, named as `2026-W47`."""
        return self.salt if self.scheme is Scheme.STICKY else f"{self.salt}-{edition}"

    def runs_in(self, edition: str) -> bool:
        """Whether it has begun and not ended; the names of ISO weeks sort as the weeks do."""
        return self.start <= edition and (not self.end or edition <= self.end)

    def meets(self, other: Experiment) -> bool:
        """Whether there is an edition in which both run."""
        return (not self.end or other.start <= self.end) and (not other.end or self.start <= other.end)

    def sources(self) -> frozenset[str]:
        """Where the slots of any variant come from."""
        return frozenset(variant.source for variant in self.variants)
