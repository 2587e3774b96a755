"""The experiment that runs in an application, as its reader must know it: who takes part, and who sees what.

It decides for one person what `campaigns.assignment` decides for all of them in SQL, by the same function; so that
somebody who signed up a minute ago is in the variant in which the report will look for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from recsource.sharder import shard

Source = Literal["recommended", "popular", "none"]
"""What a variant shows: its people's own picks, what is popular, or what the application always shows."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whom an application shows something.

    Attributes:
        language: for the list that strangers get.
        signed_up_at: an aware time; left out for somebody who is new.
        cohort: such as `staff`, who may see a variant before anybody else does.
    """

    user_id: str
    language: str = ""
    signed_up_at: datetime | None = None
    cohort: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant: it owns the shards from `first_shard` to before `end_shard`."""

    name: str
    source: Source
    first_shard: int
    end_shard: int


@dataclass(frozen=True, slots=True)
class Shards:
    """Those of a salt from `first` to before `end`."""

    salt: str
    first: int
    end: int

    def hold(self, user_id: str) -> bool:
        """Whether a person's is among them."""
        return self.first <= shard(self.salt, user_id) < self.end


@dataclass(frozen=True, slots=True)
class Assigned:
    """A person's variant.

    Attributes:
        method: `randomised`, who alone are analysed; or `forced`; or `outside_` the `experiment`'s time, the
            `enrolment`, the `layer`, the `traffic`.
        bucket: the person's shard.
    """

    variant: str
    source: Source
    method: str
    bucket: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A running experiment.

    Attributes:
        salt: decides between variants; others decide who takes part:
        traffic: the shards of those who do,
        layer: and where it shares a layer with other experiments, its own shards of that.
        runs: whether it has begun and not ended.
        baseline: the variant of whoever takes no part.
        forced: cohort to variant.
        enrols_from: people who signed up earlier take no part (UTC).
    """

    experiment: str
    salt: str
    traffic: Shards
    baseline: str
    arms: tuple[Arm, ...]
    layer: Shards | None = None
    runs: bool = True
    forced: Mapping[str, str] = field(default_factory=dict)
    enrols_from: datetime | None = None

    @property
    def sources(self) -> frozenset[Source]:
        """What any variant shows."""
        return frozenset(arm.source for arm in self.arms)

    @property
    def outside(self) -> Arm:
        """What those see who take no part."""
        return self._arm(self.baseline)

    def assign(self, visitor: Visitor) -> Assigned:
        """Which variant somebody sees, and why."""
        bucket = shard(self.salt, visitor.user_id)
        method = self._method(visitor)
        match method:
            case "randomised":
                arm = next(arm for arm in self.arms if arm.first_shard <= bucket < arm.end_shard)
            case "forced":
                arm = self._arm(self.forced[visitor.cohort])
            case _:
                arm = self.outside
        return Assigned(arm.name, arm.source, method, bucket)

    def _arm(self, name: str) -> Arm:
        return next(arm for arm in self.arms if arm.name == name)

    def _method(self, visitor: Visitor) -> str:
        """As `campaigns/sql/assignment/assign.sql` says it in SQL, and in that order."""
        if not self.runs:
            return "outside_experiment"
        if visitor.cohort in self.forced:
            return "forced"
        if self.enrols_from and visitor.signed_up_at and visitor.signed_up_at < self.enrols_from:
            return "outside_enrolment"
        if self.layer and not self.layer.hold(visitor.user_id):
            return "outside_layer"
        return "randomised" if self.traffic.hold(visitor.user_id) else "outside_traffic"
