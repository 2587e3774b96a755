"""Picks by source: the marketing team's curated lists beside the recommender's, both as an email's slots."""

from __future__ import annotations

from recsource.engine import PlanningEngine, Queries
from recsource.rules.rule import Occasion

_SQL = Queries("campaigns")


def list_curated(engine: PlanningEngine, occasion: Occasion) -> None:
    """Make the table `curated_lists (language, hears_kids, slots)` for one edition.

    What is not out yet, and kids' content for readers who hear none, is left out of the lists: the promise
    that no adult is shown kids' stories holds for hand-picked content too.

    Args:
        engine: holds `curated` and `catalogue`.
        occasion: the edition, its moment, and how many slots there are.
    """
    engine.run(_SQL("plan/curated_lists", occasion=occasion))
