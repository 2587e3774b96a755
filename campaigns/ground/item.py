"""What an email shows: an item of the catalogue, or a collection of items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

_NONE: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Item:
    """One meditation, story, soundscape or piece of music.

    Attributes:
        duration_s: length in seconds.
        attributes: columns of `items` beyond the vocabulary's own, carried along for templates.
    """

    item_id: str
    title: str
    kind: str
    narrator: str | None
    duration_s: int
    published_at: datetime
    language: str
    topic: str | None
    for_kids: bool
    image_url: str
    url: str
    description: str
    attributes: Mapping[str, object] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Collection:
    """An ordered series of items that is shown as one, such as "7 Days of Calm"."""

    collection_id: str
    title: str
    kind: str
    image_url: str
    url: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that an edition's slots may name, by id."""

    items: Mapping[str, Item]
    collections: Mapping[str, Collection]
