"""The edition in numbers: who gets it, who does not, what the rules did, and what is new since the last one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from campaigns.ground.exclusion import Reason
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.manifest import Manifest
from campaigns.settings.campaign import CampaignSettings, GuardSettings
from campaigns.studio.opened import OpenedEdition, counts_of
from campaigns.studio.workshop import Workshop
from recsource.batch import find_batch
from recsource.engine import Queries

_SQL = Queries("campaigns")


@dataclass(frozen=True, slots=True)
class Change:
    """A number of this edition beside the last one's."""

    what: str
    before: int
    now: int

    @property
    def difference(self) -> int:
        """How much more than before."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Batch:
    """The recommendations that the edition would be planned from today.

    Attributes:
        age: at the moment.
        oldest: that the campaign takes.
    """

    written_at: datetime
    age: timedelta
    oldest: timedelta

    @property
    def stale(self) -> bool:
        """Whether a plan made now would be refused for it."""
        return self.age > self.oldest


@dataclass(frozen=True, slots=True)
class Overview:
    """What the edition's page shows.

    Attributes:
        variants: people by variant and language.
        excluded: people by reason, in the gates' order.
        rules: what each rule removed and added, as the manifest has it.
        lines: the batch's lines by what they were.
    """

    considered: int
    planned: int
    variants: Mapping[str, Mapping[str, int]]
    languages: Sequence[str]
    excluded: Mapping[str, int]
    rules: Sequence[Mapping[str, object]]
    lines: Mapping[str, int]


def overview_of(manifest: Manifest) -> Overview:
    """A plan's own counts."""
    counts = counts_of(manifest)
    variants = cast("dict[str, dict[str, int]]", counts["planned_by_variant"])
    excluded = cast("dict[str, int]", counts["excluded"])
    return Overview(
        considered=cast("int", counts["considered"]),
        planned=cast("int", counts["planned"]),
        variants=variants,
        languages=sorted({language for one in variants.values() for language in one}),
        excluded={reason.value: excluded[reason] for reason in Reason if reason in excluded},
        rules=cast("list[dict[str, object]]", counts["rules"]),
        lines=cast("dict[str, int]", counts["recommendations"]),
    )


def batch_of(workshop: Workshop, campaign: CampaignSettings) -> Batch:
    """The current batch.

    Raises:
        InputError: there is none.
    """
    batch = find_batch(workshop.settings.data.recommendations, workshop.root)
    oldest = timedelta(days=campaign.recommendations.max_age_days)
    return Batch(batch.written_at, max(workshop.clock() - batch.written_at, timedelta()), oldest)


def due(opened: OpenedEdition) -> tuple[datetime, datetime]:
    """When the first and the last message fall due, UTC."""
    first, last = opened.engine.row(_SQL("studio/due", plan=opened.folder.plan))
    return cast("datetime", first).replace(tzinfo=UTC), cast("datetime", last).replace(tzinfo=UTC)


def guards_of(guards: GuardSettings) -> Iterator[str]:
    """What stops a bad send, in words."""
    if guards.max_total:
        yield f"Not begun with more than {guards.max_total:,} messages."
    if guards.canary:
        size = guards.canary.messages or f"{guards.canary.share:.1%}"
        yield f"A first wave of {size}, then {guards.canary.pause_minutes} minutes to look at it."
    yield (
        f"Halted above {guards.max_rejected:.1%} rejected, {guards.max_bounced:.1%} bounced or "
        f"{guards.max_complained:.2%} complaints."
    )
    yield f"Halted at {guards.max_unrendered + 1} message(s) that cannot be rendered."


def changes(before: Overview, ours: Overview) -> Iterator[Change]:
    """The numbers that differ between two editions."""
    compared = [
        ("people considered", before.considered, ours.considered),
        ("people planned", before.planned, ours.planned),
    ]
    languages = sorted({*before.languages, *ours.languages})
    compared += [(f"planned in {language}", _in(before, language), _in(ours, language)) for language in languages]
    compared += [
        (f"excluded: {reason.replace('_', ' ')}", before.excluded.get(reason, 0), n)
        for reason, n in ours.excluded.items()
    ]
    yield from (Change(*one) for one in compared if one[1] != one[2])


def shown_again(opened: OpenedEdition, earlier: EditionFolder) -> tuple[int, int]:
    """How many items an edition shows, and how many of them the earlier one showed, too."""
    shown, again = opened.engine.numbers(_SQL("studio/shown_again", now=opened.folder.items, before=earlier.items))
    return shown, again


def other_settings(now: Manifest, before: Manifest) -> list[str]:
    """The parts of the campaign's settings that differ between two editions, and whether the templates do."""
    ours, theirs = (cast("dict[str, object]", manifest["settings"]) for manifest in (now, before))
    changed = [name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]
    return [*(["templates"] if now["templates"] != before["templates"] else []), *changed]


def _in(overview: Overview, language: str) -> int:
    return sum(one.get(language, 0) for one in overview.variants.values())
