"""Why a person's picks are what they are: the rules' own SQL, run on that person's recommendations alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from campaigns.ground.plan_row import PlanRow, Slot
from campaigns.personalise import list_curated
from campaigns.settings.campaign import CampaignSettings
from campaigns.studio.data import Data
from recsource.engine import Engine, Queries
from recsource.person import Recommended, recommended_to
from recsource.picks import Stage, trace_picks
from recsource.rules.rule import Occasion

_SQL = Queries("campaigns")
_FOREMOST = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pick of the treatment, and how it came to its slot.

    Attributes:
        rank: the recommender's, from 1; None where the pick was filled in.
        moved: how many places the shuffle moved it up; below 0 for down; None where nothing was shuffled.
        passed: the rules that it passed.
    """

    slot: Slot
    title: str
    rank: int | None
    score: float | None
    moved: int | None
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A foremost recommendation that is not shown, and the rule that removed it.

    Attributes:
        rule: `collections` where it is shown as one of a collection.
    """

    rank: int
    item_id: str
    title: str
    score: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """Both arms' slots for one person, and why the recommended ones are these.

    Attributes:
        recommended: slots as the treatment has them.
        curated: slots as the control has them.
        count: how many items were recommended.
    """

    recommended: tuple[Slot, ...]
    curated: tuple[Slot, ...]
    chosen: tuple[Chosen, ...]
    dropped: tuple[Dropped, ...]
    count: int

    def slots_of(self, source: str) -> tuple[Slot, ...]:
        """An arm's slots, by its variant's source."""
        return self.curated if source == "curated" else self.recommended

    def agree_with(self, row: PlanRow, campaign: CampaignSettings) -> bool:
        """Whether the plan has the same slots: if not, data or settings changed since it was made."""
        return row.slots == self.slots_of(source_of(row.variant, campaign))


def source_of(variant: str, campaign: CampaignSettings) -> str:
    """Where a variant's picks come from; `recommended` where the campaign has no such variant any more."""
    return next((one.source for one in campaign.experiment.variants if one.name == variant), "recommended")


def in_variant(row: PlanRow, variant: str, reasons: Reasons, campaign: CampaignSettings) -> PlanRow:
    """The row that the person would have had in another variant."""
    return replace(row, variant=variant, slots=reasons.slots_of(source_of(variant, campaign)))


def find_reasons(data: Data, row: PlanRow, campaign: CampaignSettings, occasion: Occasion) -> Reasons:
    """Make one person's picks again, a rule at a time.

    Args:
        data: the tables and the batch.
        row: the person's.
        campaign: its rules.
        occasion: the edition's, as it was planned.
    """
    engine = data.engine
    recommended = recommended_to(data.inputs.batch, row.user_id)
    engine.load(
        "one_reader",
        {"user_id": "VARCHAR", "email_language": "VARCHAR"},
        [(row.user_id, row.contact.language)],
    )
    with TemporaryDirectory() as folder:
        batch = recommended.write(Path(folder) / "one.out", data.inputs.batch)
        stages = trace_picks(engine, batch=batch, eligible="one_reader", rules=campaign.rules, occasion=occasion)
    list_curated(engine, occasion)
    return _reasons(engine, stages, recommended, row.user_id)


def _reasons(engine: Engine, stages: Sequence[Stage], recommended: Recommended, user_id: str) -> Reasons:
    picks = [_pick(row) for row in engine.rows(_SQL("studio/picks", user_id=user_id))]
    last = stages[-1].item_ids
    titles = _titles(engine, {*stages[0].item_ids[: _FOREMOST * 3], *last})
    return Reasons(
        recommended=tuple(slot for slot, *_ in picks),
        curated=tuple(_slot(row) for row in engine.rows(_SQL("studio/curated_slots", user_id=user_id))),
        chosen=tuple(
            Chosen(slot, title, rank, recommended.scores.get(item), _moved(stages, item), _passed(stages, item))
            for (slot, rank, title), item in zip(picks, last, strict=True)
        ),
        dropped=tuple(_dropped(stages, titles, recommended.scores)),
        count=len(stages[0].item_ids),
    )


def _pick(row: Sequence[object]) -> tuple[Slot, int | None, str]:
    *slot, rank, title = row
    return _slot(slot), cast("int | None", rank), str(title)


def _slot(row: Sequence[object]) -> Slot:
    return Slot(*cast("tuple[int, str, str | None, str | None]", tuple(row)))


def _titles(engine: Engine, item_ids: set[str]) -> Mapping[str, str]:
    rows = engine.rows(_SQL("studio/titles", item_ids=sorted(item_ids)))
    return {str(item_id): str(title) for item_id, title in rows}


def _moved(stages: Sequence[Stage], item: str) -> int | None:
    """Places up, among those that stood before it when the list was shuffled."""
    for n, stage in enumerate(stages):
        if stage.after == "shuffle" and item in stage.item_ids:
            before = stages[n - 1].item_ids
            return before.index(item) - stage.item_ids.index(item)
    return None


def _passed(stages: Sequence[Stage], item: str) -> tuple[str, ...]:
    there = [stage for stage in stages if item in stage.item_ids]
    return tuple(stage.after for stage in there if stage.after)


def _dropped(stages: Sequence[Stage], titles: Mapping[str, str], scores: Mapping[str, float]) -> Iterator[Dropped]:
    """The foremost that are not shown, each with the first rule after which it is gone."""
    last = {*stages[-1].item_ids}
    foremost = [(n, item) for n, item in enumerate(stages[0].item_ids, 1) if item not in last][:_FOREMOST]
    for rank, item in foremost:
        rule = next(stage.after for stage in stages if item not in stage.item_ids)
        yield Dropped(rank, item, titles.get(item, item), scores.get(item), rule)
