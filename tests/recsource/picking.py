"""Making a tiny world's picks, with an engine that serves many worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_oracle import Slot
from tiny_world import AS_OF, EDITION, TinyWorld

from recsource.batch import Batch
from recsource.engine import PlanningEngine
from recsource.picks import PickCounts, make_picks
from recsource.rules.composition import slots
from recsource.rules.rule import Occasion, Rule

SEED = "weekly_winddown/2026-W47"


@dataclass(frozen=True, slots=True)
class Picker:
    """An engine, and a folder for the batch."""

    engine: PlanningEngine
    folder: Path

    def pick(
        self, world: TinyWorld, rules: Sequence[Rule], eligible: Sequence[str] | None = None, seed: str = SEED
    ) -> tuple[set[Slot], PickCounts]:
        """The rows of `picks`, and the counts; the email is in English for those whose language is none."""
        world.make_tables(self.engine)
        languages = email_languages(world, eligible)
        self.engine.load("eligible", {"user_id": "VARCHAR", "email_language": "VARCHAR"}, languages.items())
        return self.pick_from(world.write_batch(self.folder / "batch.out"), rules, seed)

    def pick_from(self, batch: Batch, rules: Sequence[Rule], seed: str = SEED) -> tuple[set[Slot], PickCounts]:
        """Likewise, from tables that are there already."""
        counts = make_picks(
            self.engine, batch=batch, eligible="eligible", rules=rules, occasion=occasion(rules, seed)
        )
        query = "SELECT user_id, source, slot, item_id, collection_id, rank FROM picks"
        return set(self.engine.rows(query)), counts  # type: ignore[arg-type]  # the columns' types are these


def email_languages(world: TinyWorld, eligible: Sequence[str] | None = None) -> dict[str, str]:
    """The language of each eligible user's email; everybody is eligible unless told."""
    return {
        str(row["user_id"]): "de" if row["language"] == "de" else "en"
        for row in world.users
        if eligible is None or row["user_id"] in eligible
    }


def occasion(rules: Sequence[Rule], seed: str = SEED) -> Occasion:
    """The edition for which picks are made."""
    return Occasion(AS_OF, EDITION, seed, slots(rules))
