"""`[experiment]` in `campaign.toml`: an experiment as it is declared, before its first edition."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from campaigns.ground.edition import Edition
from campaigns.ground.experiment import (
    TOTAL_SHARDS,
    Experiment,
    Guardrail,
    Holdout,
    Layer,
    PlannedContrast,
    Scheme,
    Variant,
)
from campaigns.ground.metric import MetricName
from campaigns.settings.reading import Frozen

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]


def _edition(name: str) -> str:
    try:
        return Edition.parse("any", name).name
    except ValueError as error:
        raise ValueError(f"{name!r} is no edition; wanted an ISO week such as '2026-W47'") from error


EditionName = Annotated[str, AfterValidator(_edition)]


class VariantSettings(Frozen):
    """One arm and its share; `none` is for applications, where it shows what was always shown."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    source: Literal["recommended", "curated", "popular", "none"]
    share: Annotated[float, Field(gt=0, le=1)]


class LayerSettings(Frozen):
    """A place in a layer of mutually exclusive experiments: `{ name = "home", shards = [0, 5000] }`.

    Attributes:
        shards: the first that is this experiment's, and the first that is not any more, of 10,000.
    """

    name: Name
    shards: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(le=TOTAL_SHARDS)]]

    @model_validator(mode="after")
    def _has_some(self) -> Self:
        first, end = self.shards
        if first >= end:
            raise ValueError(
                f"`shards` is [{first}, {end}]; wanted the first shard below the end, as in [0, 5000]"
            )
        return self


class CampaignHoldout(Frozen):
    """People held out of this campaign, over all its experiments: `{ share = 0.05, salt = "weekly-holdout" }`."""

    share: Annotated[float, Field(gt=0, lt=1)]
    salt: Name


class GuardrailSettings(Frozen):
    """A metric that must not get worse by more than `margin`; of the control's value where `relative`."""

    metric: MetricName
    margin: Annotated[float, Field(gt=0)]
    relative: bool = False


class ExperimentSettings(Frozen):
    """The experiment that the campaign runs, be it with a single variant; `ground.experiment` explains the keys.

    Attributes:
        version: raise it whenever another key changes after the first edition: it is another experiment then.
        salt: of its assignment; made of name and version where left out.
        contrasts: pairs, the treatment first; each variant against the baseline where left out.
    """

    name: Name
    version: PositiveInt = 1
    hypothesis: str = ""
    unit: Literal["user"] = "user"
    salt: str = ""
    assignment: Scheme = Scheme.STICKY
    baseline: str
    traffic: Share = 1.0
    variants: Annotated[tuple[VariantSettings, ...], Field(min_length=1)]
    forced: dict[str, str] = Field(default_factory=dict)
    holdout: CampaignHoldout | None = None
    layer: LayerSettings | None = None
    start: EditionName | None = None
    end: EditionName | None = None
    primary: MetricName = MetricName.COMPLETED_24H_OF_SENDING
    secondary: tuple[MetricName, ...] = ()
    guardrails: tuple[GuardrailSettings, ...] = ()
    minimum_effect: Annotated[float, Field(gt=0)] | None = None
    looks: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (1.0,)
    contrasts: tuple[tuple[str, str], ...] = ()
    subject_is_treatment: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for complaint in (
            self._arms(),
            self._strangers(),
            self._times(),
            self._metrics(),
            self._salts(),
        ):
            if complaint:
                raise ValueError(complaint)
        return self

    def _arms(self) -> str:
        names = [variant.name for variant in self.variants]
        total = sum(variant.share for variant in self.variants)
        if len(set(names)) < len(names):
            return f"two variants have one name: {', '.join(names)}"
        if abs(total - 1) > 1 / TOTAL_SHARDS:
            return f"the variants' shares add up to {total:g}; wanted 1"
        return ""

    def _strangers(self) -> str:
        names = [variant.name for variant in self.variants]
        for name in (self.baseline, *self.forced.values(), *(name for pair in self.contrasts for name in pair)):
            if name not in names:
                return f"{name!r} is no variant; wanted one of {', '.join(names)}"
        alone = next((pair[0] for pair in self.contrasts if pair[0] == pair[1]), None)
        if alone:
            return f"`contrasts` compares {alone!r} with itself; wanted two variants, the treatment first"
        return (
            "" if len(set(self.contrasts)) == len(self.contrasts) else "`contrasts` has a pair twice; remove one"
        )

    def _times(self) -> str:
        if self.start and self.end and self.start > self.end:
            return f"it ends with {self.end}, before it starts with {self.start}; wanted `start` first"
        if list(self.looks) != sorted(set(self.looks)) or self.looks[-1:] != (1.0,):
            return (
                f"`looks` is {list(self.looks)}; wanted growing shares of the planned information, "
                "the last of them 1.0, as in [0.25, 0.5, 0.75, 1.0]"
            )
        return ""

    def _metrics(self) -> str:
        if self.primary.conditional:
            return (
                f"`primary` is {self.primary.value!r}, whose people are chosen after they were treated; wanted "
                f"one over everyone assigned, such as {MetricName.COMPLETED_24H_OF_SENDING.value!r}; as "
                "`secondary` it is shown with what may be read into it"
            )
        named = [self.primary, *self.secondary, *(guardrail.metric for guardrail in self.guardrails)]
        twice = next((name.value for name in named if named.count(name) > 1), None)
        return f"metric {twice!r} is named twice; wanted it as primary, secondary or guardrail" if twice else ""

    def _salts(self) -> str:
        declared = self.experiment()
        salts = [declared.salt, declared.traffic_salt]
        salts += [part.salt for part in (declared.holdout, declared.layer) if part]
        twice = next((salt for salt in salts if salts.count(salt) > 1), None)
        if twice is None:
            return ""
        return f"the salt {twice!r} decides two things, which would then depend on each other; wanted another"

    def experiment(self) -> Experiment:
        """As the domain's own value, its shares turned into the shards that each variant owns, in their order."""
        return Experiment(
            name=self.name,
            salt=self.salt or f"{self.name}-v{self.version}",
            variants=self._owned(),
            baseline=self.baseline,
            traffic=self.traffic,
            forced=self.forced,
            version=self.version,
            hypothesis=self.hypothesis,
            scheme=self.assignment,
            holdout=Holdout(self.holdout.share, self.holdout.salt) if self.holdout else None,
            layer=Layer(self.layer.name, *self.layer.shards) if self.layer else None,
            start=self.start or "",
            end=self.end or "",
            primary=self.primary,
            guardrails=tuple(Guardrail(rail.metric, rail.margin, rail.relative) for rail in self.guardrails),
            secondary=self.secondary,
            minimum_effect=self.minimum_effect,
            looks=self.looks,
            contrasts=self._contrasts(),
            subject_is_treatment=self.subject_is_treatment,
        )

    def _owned(self) -> tuple[Variant, ...]:
        sums = list(accumulate(variant.share for variant in self.variants))
        ends = [round(end / sums[-1] * TOTAL_SHARDS) for end in sums]
        return tuple(
            Variant(variant.name, variant.source, first, end)
            for variant, (first, end) in zip(self.variants, pairwise((0, *ends)), strict=True)
        )

    def _contrasts(self) -> tuple[PlannedContrast, ...]:
        others = [variant.name for variant in self.variants if variant.name != self.baseline]
        pairs = self.contrasts or [(name, self.baseline) for name in others]
        return tuple(PlannedContrast(treatment, control) for treatment, control in pairs)
