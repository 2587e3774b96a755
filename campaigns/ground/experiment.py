"""An experiment: variants, their shares, and how a person comes to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOTAL_SHARDS = 10_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm.

    Attributes:
        source: what its slots are filled from: `recommended` or `curated`.
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


@dataclass(frozen=True, slots=True)
class Experiment:
    """A campaign's experiment.

    Attributes:
        baseline: the variant that the others are compared with, and that those outside the traffic get.
        traffic: the share of people who take part, by a salt of its own.
        forced: cohort to variant; such people are left out of the analysis.
    """

    name: str
    salt: str
    variants: tuple[Variant, ...]
    baseline: str
    traffic: float
    forced: Mapping[str, str]

    @property
    def traffic_salt(self) -> str:
        """The salt that decides who takes part."""
        return f"{self.salt}-traffic"
