"""A planned edition, opened: whoever it writes to is found in milliseconds, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.ground.item import Catalogue
from campaigns.ground.plan_row import PlanRow
from campaigns.plan.approval import manifest_hash
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.manifest import Manifest, plan_hash
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from recsource.engine import Engine, Queries

_SQL = Queries("campaigns")


@dataclass(frozen=True, slots=True)
class Found:
    """A reader whom a search found."""

    user_id: str
    first_name: str | None
    address: str
    language: str
    variant: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reader, and one of it.

    Attributes:
        kind: such as `longest_name`.
        detail: what makes them one, such as the name's length.
    """

    kind: str
    user_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class OpenedEdition:
    """One plan, and an engine of its own that holds who is in it."""

    folder: EditionFolder
    manifest: Manifest
    manifest_hash: str
    catalogue: Catalogue
    engine: Engine
    plan: Plan

    @classmethod
    def open(cls, folder: EditionFolder, engine: Engine) -> OpenedEdition:
        """Read an edition.

        Raises:
            ConfigurationError: it is not planned.
        """
        manifest = folder.require_manifest()
        engine.run(_SQL("studio/readers", plan=folder.plan))
        plan = Plan(engine, folder.plan)
        return cls(folder, manifest, manifest_hash(folder), read_catalogue(engine, folder), engine, plan)

    @property
    def plan_hash(self) -> str:
        """The SHA-256 of the plan and what it shows."""
        return plan_hash(self.manifest)

    def row(self, user_id: str) -> PlanRow:
        """One person's row.

        Raises:
            ConfigurationError: the plan has no such person; says why, where it knows.
        """
        found = self.engine.rows(_SQL("studio/position", user_id=user_id))
        if not found:
            return self.plan.of(user_id)
        position = int(str(found[0][0]))
        return self.plan.between(position, position)[0]

    def search(self, wanted: str, most: int = 12) -> Sequence[Found]:
        """Whose id, name or address holds all of the words; those whose id or name begins so come first."""
        words = wanted.lower().split()
        if not words:
            return ()
        return [Found(*map(_text, row)) for row in self.engine.rows(_SQL("studio/search", words=words, most=most))]  # type: ignore[arg-type]  # the columns' types are these

    def anybody(self, number: int) -> str:
        """A reader's id by any number: "surprise me"."""
        (people,) = self.engine.numbers("SELECT count(*) FROM readers")
        return str(self.engine.row(_SQL("studio/anybody", position=number % people))[0])

    def kinds(self) -> Sequence[Kind]:
        """One reader of each kind that there is."""
        kids = [item.item_id for item in self.catalogue.items.values() if item.for_kids]
        rows = self.engine.rows(_SQL("studio/kinds", plan=self.folder.plan, kids=kids))
        return [Kind(str(kind), str(user_id), _text(detail) or "") for kind, user_id, detail in rows]


def as_of(manifest: Manifest) -> datetime:
    """The edition's moment, UTC."""
    return datetime.fromisoformat(str(manifest["as_of"]))


def counts_of(manifest: Manifest) -> Mapping[str, object]:
    """What came of planning, by step."""
    counts = manifest["counts"]
    assert isinstance(counts, dict)
    return counts


def _text(value: object) -> str | None:
    return None if value is None else str(value)
