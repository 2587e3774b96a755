"""What a message shows, beside what it should: slots, languages, and when things come out and go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from campaigns.check.kinds import (
    EMPTY_SLOTS,
    EXPIRED,
    LOOK_ALIKE,
    NOT_OUT_YET,
    OTHER_LANGUAGE,
    REPEATED_PICK,
    Problem,
)
from campaigns.check.links import address_problem
from campaigns.check.page.markup import Demands
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.ground.plan_row import PlanRow, Slot

EXPIRES_AT = "expires_at"
"""The column of `items` that says when something is gone; a table need not have it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item or a collection, and what can be told of it once for everybody.

    Attributes:
        title: on one line, as templates print it.
        published: UTC; None for a collection. `expires` likewise, and None where it does not.
        problems: those of its links and its picture.
    """

    name: str
    title: str
    url: str
    image_url: str
    language: str | None
    published: datetime | None
    expires: datetime | None
    problems: tuple[Problem, ...]


class Showcase:
    """What slots name, each looked at once."""

    def __init__(self, catalogue: Catalogue, demands: Demands) -> None:
        self._catalogue = catalogue
        self._demands = demands
        self._shown: dict[tuple[str | None, str | None], Shown | None] = {}

    def of(self, slots: Sequence[Slot]) -> list[Shown]:
        """What slots show; one that the catalogue does not have is the renderer's to complain about."""
        known = self._shown
        found = []
        for slot in slots:
            key = slot.item_id, slot.collection_id
            shown = known[key] if key in known else self._look_up(slot)
            if shown is not None:
                found.append(shown)
        return found

    def _look_up(self, slot: Slot) -> Shown | None:
        one: Item | Collection | None = self._catalogue.items.get(slot.item_id or "")
        one = one or self._catalogue.collections.get(slot.collection_id or "")
        shown = _shown(one, self._demands) if one else None
        self._shown[slot.item_id, slot.collection_id] = shown
        return shown


def look_at_picks(
    row: PlanRow, shown: Sequence[Shown], slots: int, languages: frozenset[str]
) -> Iterator[Problem]:
    """What is wrong with what one message shows.

    Args:
        row: whose.
        shown: what its slots show.
        slots: how many the email has.
        languages: those that the campaign speaks.
    """
    if len(row.slots) < slots:
        yield Problem(EMPTY_SLOTS, f"{len(row.slots)} of {slots}")
    names = [one.name for one in shown]
    if len(set(names)) < len(names):
        yield Problem(REPEATED_PICK, max(names, key=names.count))
    elif alike := _alike(shown):
        yield Problem(LOOK_ALIKE, alike)
    own, due = row.contact.language, row.send_at
    for one in shown:
        if one.language is not None and one.language != own and one.language in languages:
            yield Problem(OTHER_LANGUAGE, f"{one.name} in {one.language}, for a reader of {own}")
        if one.published is not None and one.published > due:
            yield Problem(NOT_OUT_YET, f"{one.name}, published {one.published:%Y-%m-%d %H:%M} UTC")
        if one.expires is not None and one.expires <= due:
            yield Problem(EXPIRED, f"{one.name}, gone from {one.expires:%Y-%m-%d %H:%M} UTC on")
        yield from one.problems


def _alike(shown: Sequence[Shown]) -> str:
    titles = [one.title.casefold() for one in shown]
    return max(titles, key=titles.count) if len(set(titles)) < len(titles) else ""


def _shown(one: Item | Collection, demands: Demands) -> Shown:
    title = " ".join(one.title.split())
    picture = demands.weigh(one.image_url) if one.image_url else None
    problems = (address_problem(one.url, demands.link_schemes), picture)
    found = tuple(problem for problem in problems if problem is not None)
    if isinstance(one, Collection):
        return Shown(f"collection {one.collection_id}", title, one.url, one.image_url, None, None, None, found)
    return Shown(
        f"item {one.item_id}",
        title,
        one.url,
        one.image_url,
        one.language,
        _moment(one.published_at),
        _moment(one.attributes.get(EXPIRES_AT)),
        found,
    )


def _moment(value: object) -> datetime | None:
    """UTC. The engine gives times naive, and CSV files and the like may give them as text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
