"""Odd picks: what colleagues found odd in their emails, by item, kind and the rule that would have prevented it.

An answer is held against the campaign's own rules, and against the usual ones that it does not have: kids' content
for adults shows up where the rule `kids` is off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from campaigns.ground.event import Event, EventType
from campaigns.plan.edition_folder import EditionFolder
from campaigns.ports.ledger import Ledger
from campaigns.settings.campaign import CampaignSettings
from campaigns.settings.workspace import DataSettings
from recsource.engine import Engine, Queries
from recsource.inputs import find, open_table
from recsource.rules.kids import Kids
from recsource.rules.language import Language
from recsource.rules.only_new import OnlyNew
from recsource.rules.rule import Occasion, Predicate
from recsource.schema import TABLES

MEANINGS: Mapping[str, str] = {
    "kids": "kids' content for adults",
    "language": "in a language that the reader does not hear",
    "only_new": "not new",
    "kinds": "of a kind that the campaign leaves out",
}
"""What it means that a rule would have kept an item from a reader."""

_SQL = Queries("campaigns")
_NEEDED = ("items", "collections", "users", "interactions")
_USUAL = (OnlyNew(rule="only_new", days=14), Language(rule="language"), Kids(rule="kids"))


@dataclass(frozen=True, slots=True)
class OddItem:
    """An item that colleagues found odd.

    Attributes:
        source: of its slot: `recommended`, `curated` or `popular`.
        answers: how many people said so, an edition each.
        rules: those that would have kept it from one of them.
    """

    item_id: str
    title: str
    kind: str
    source: str
    answers: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OddPicks:
    """The summary; counts are of answers, the largest first.

    Attributes:
        rules: by rule, and under an empty name those that no rule would have prevented.
    """

    answers: int
    items: Sequence[OddItem]
    kinds: Mapping[str, int]
    rules: Mapping[str, int]


def summarise(
    engine: Engine,
    folders: Iterable[EditionFolder],
    campaign: CampaignSettings,
    *,
    data: DataSettings,
    root: Path,
    ledger: Ledger,
) -> OddPicks:
    """Summarise the answers about some editions.

    Args:
        engine: does the judging.
        folders: the editions', each planned.
        campaign: its rules.
        data: where the tables lie, relative to `root`.
        root: the workspace's folder.
        ledger: tells the answers.

    Raises:
        InputError: a table is missing or wrong.
    """
    for table in TABLES:
        if table.name in _NEEDED:
            open_table(engine, table, find(table.name, str(getattr(data, table.name)), root))
    answers = [row for folder in folders for row in _judged(engine, folder, campaign, ledger)]
    return OddPicks(
        len(answers),
        _by_item(answers),
        _counted(answer.kind for answer in answers),
        _counted(rule for answer in answers for rule in answer.rules or ("",)),
    )


def _judged(
    engine: Engine, folder: EditionFolder, campaign: CampaignSettings, ledger: Ledger
) -> Iterator[OddItem]:
    """One edition's answers, each as an item that one person found odd."""
    as_of = datetime.fromisoformat(str(folder.require_manifest()["as_of"]))
    occasion = Occasion(as_of, folder.edition.name, str(folder.edition), campaign.slots)
    told = (event for event in ledger.events(folder.edition) if event.type is EventType.ODD_PICK)
    engine.load("answers", {"delivery_id": "VARCHAR", "item_id": "VARCHAR"}, map(_row, told))
    engine.run(_SQL("odd_picks/answered", plan=folder.plan))
    rules = _rules(campaign)
    for rule in rules:
        if statement := rule.prepare(occasion):
            engine.run(statement)
    conditions = {rule.rule: rule.condition(occasion) for rule in rules}
    for item_id, title, kind, source, broken in engine.rows(_SQL("odd_picks/judged", conditions=conditions)):
        yield OddItem(str(item_id), str(title), str(kind), str(source), 1, tuple(cast("list[str]", broken)))


def _row(event: Event) -> tuple[str, str | None]:
    return event.delivery_id, event.item_id


def _rules(campaign: CampaignSettings) -> list[Predicate]:
    """The campaign's rules about an item and a reader, and the usual ones that it does not have."""
    own = {rule.rule: rule for rule in campaign.rules if isinstance(rule, Predicate)}
    return list(({rule.rule: rule for rule in _USUAL} | own).values())


def _by_item(answers: Sequence[OddItem]) -> list[OddItem]:
    counts = Counter((answer.item_id, answer.title, answer.kind, answer.source) for answer in answers)
    broken: dict[tuple[str, str], set[str]] = {}
    for answer in answers:
        broken.setdefault((answer.item_id, answer.source), set()).update(answer.rules)
    return [
        OddItem(item_id, title, kind, source, n, tuple(sorted(broken[item_id, source])))
        for (item_id, title, kind, source), n in sorted(
            counts.items(), key=lambda counted: (-counted[1], counted[0])
        )
    ]


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda counted: (-counted[1], counted[0])))
