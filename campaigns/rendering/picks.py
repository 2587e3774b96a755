"""What slots show: each item looked up, and given its links, once, however many people see it."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.ground.edition import Edition
from campaigns.ground.errors import TemplateError
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.ground.plan_row import Slot
from campaigns.rendering.views import Pick, Shown


class Picks:
    """Picks by slot, made on first use and kept."""

    def __init__(self, catalogue: Catalogue, edition: Edition) -> None:
        self._catalogue = catalogue
        self._edition = edition
        self._picks: dict[tuple[int, str, str | None, str | None], Pick] = {}
        self._shown: dict[tuple[str, str | None, str | None], Shown] = {}

    def of(self, slots: Sequence[Slot]) -> list[Pick]:
        """One pick a slot.

        Raises:
            TemplateError: the catalogue does not have what a slot shows.
        """
        known = self._picks
        try:
            return [known[slot.slot, slot.source, slot.item_id, slot.collection_id] for slot in slots]
        except KeyError:
            return [self._make(slot) for slot in slots]

    def _make(self, slot: Slot) -> Pick:
        key = (slot.source, slot.item_id, slot.collection_id)
        if key not in self._shown:
            self._shown[key] = Shown(self._look_up(slot), slot.source, self._edition)
        pick = Pick(self._shown[key], slot)
        return self._picks.setdefault((slot.slot, *key), pick)

    def _look_up(self, slot: Slot) -> Item | Collection:
        try:
            if slot.collection_id is not None:
                return self._catalogue.collections[slot.collection_id]
            return self._catalogue.items[slot.item_id or ""]
        except KeyError:
            what = f"collection {slot.collection_id!r}" if slot.collection_id else f"item {slot.item_id!r}"
            sentence = f"slot {slot.slot} shows {what}, which the catalogue does not have"
            raise TemplateError(sentence) from None
