"""The sample's catalogue: what there is to hear, when it came out, and what each item is truly like.

About 1,200 items: a steady stream over the twelve weeks before `until`, an older stock, a few that are scheduled
after `until`, and collections with ordered members.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recsource.sample import tastes
from recsource.sample.pictures import picture_name
from recsource.sample.tastes import UNIT, Ints
from recsource.sample.titles import TitleWriter
from recsource.sample.words import INNER_TOPICS, LANGUAGES, SCENIC_TOPICS, TOPICS, Series, words
from recsource.sample.world import DAY, World

RECENT_WEEKS = 12
NEW_A_WEEK = {"en": 22, "de": 20, "es": 20, "fr": 4}  # besides collections
OLDER = {"en": 215, "de": 35, "es": 35, "fr": 25}
SCHEDULED = {"en": 10, "de": 5, "es": 5, "fr": 2}
OLDEST_WEEKS = 110

KIND_SHARES = {
    "sleep_story": 0.30,
    "meditation": 0.27,
    "soundscape": 0.17,
    "music": 0.15,
    "breathing": 0.06,
    "masterclass": 0.05,
}
KINDS = tuple(KIND_SHARES)
SCENIC_KINDS = frozenset({"sleep_story", "soundscape", "music"})
SPOKEN_KINDS = frozenset({"sleep_story", "meditation", "breathing", "masterclass"})
KIDS_KINDS = ("sleep_story", "sleep_story", "meditation", "music")
MINUTES = {
    "sleep_story": (18, 48),
    "meditation": (5, 22),
    "soundscape": (30, 480),
    "music": (20, 70),
    "breathing": (3, 9),
    "masterclass": (9, 20),
}
VOICES = ("deep", "medium", "light")
KIDS_SHARE = 0.055


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the catalogue; times are seconds since 1970."""

    language: str
    kind: str
    topic: str
    published: int
    title: str
    description: str
    narrator: str | None
    duration_s: int
    picture: str
    for_kids: bool
    collection: str | None = None
    position: int | None = None

    @property
    def voice_depth(self) -> str | None:
        """A narrator's voice is the same in every item."""
        return None if self.narrator is None else VOICES[sum(self.narrator.encode()) % len(VOICES)]


@dataclass(frozen=True, slots=True)
class Collection:
    """An ordered series of items."""

    collection_id: str
    title: str
    kind: str
    language: str
    picture: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All items, in order of publication, with the arrays that the simulation reads.

    Attributes:
        items: In order of publication; an item's place here is its index everywhere in the sample.
        collections: The series that some items belong to.
        factors: Items by `tastes.DIMENSIONS`, in 64ths.
        published: When each item came out, in seconds since 1970.
        available: How many items, from the first, are out by `until`.
    """

    items: tuple[Item, ...]
    collections: tuple[Collection, ...]
    factors: Ints
    published: Ints
    available: int

    def item_ids(self) -> list[str]:
        """The ids, all of one width."""
        return [f"item-{number:05d}" for number in range(1, len(self.items) + 1)]


def make_catalogue(world: World) -> Catalogue:
    """The catalogue of a world."""
    items: list[Item] = []
    collections: list[Collection] = []
    for language in LANGUAGES:
        author = _Author(world, language)
        items += author.singles()
        for series in words(language).series:
            collection, members = author.series(series, number=len(collections) + 1)
            collections.append(collection)
            items += members
    items.sort(key=lambda item: (item.published, item.language, item.position or 0, item.title))
    published = np.array([item.published for item in items], dtype=np.int64)
    return Catalogue(
        items=tuple(items),
        collections=tuple(collections),
        factors=_factors(world, items),
        published=published,
        available=int(np.searchsorted(published, world.end)),
    )


class _Author:
    """Makes up one language's items."""

    def __init__(self, world: World, language: str) -> None:
        self._end = world.end
        self._language = language
        self._words = words(language)
        self._rng = world.stream(f"catalogue {language}")
        self._writer = TitleWriter(self._words, self._rng)
        following = 1 / np.arange(1, len(self._words.narrators) + 1) ** 0.7
        self._following = following / following.sum()

    def singles(self) -> list[Item]:
        """Items outside any collection; some of the newest get titles that are hard to print."""
        items = [self._single(published) for published in self._publications()]
        fresh = sorted(
            (at for at, item in enumerate(items) if item.published < self._end and not item.for_kids),
            key=lambda at: -items[at].published,
        )
        for at, title in zip(fresh[1::3], self._words.awkward, strict=False):
            items[at] = replace(items[at], title=self._writer.claim(title))
        return items

    def series(self, series: Series, number: int) -> tuple[Collection, list[Item]]:
        """A collection and its members, all out on the same day."""
        published = self._end - 7 * DAY * series.weeks_ago + 2 * DAY + 6 * 3600
        first = self._item(published, series.kind, series.topic, for_kids=series.for_kids)
        collection_id = f"coll-{number:03d}"
        members = [
            replace(
                first,
                title=title,
                collection=collection_id,
                position=position,
                duration_s=self._duration(series.kind),
            )
            for position, title in enumerate(series.members, start=1)
        ]
        collection = Collection(collection_id, series.title, series.kind, self._language, first.picture)
        return collection, members

    def _publications(self) -> list[int]:
        recent = [
            self._moment(7 * week, 7 * week + 7)
            for week in range(RECENT_WEEKS)
            for _ in range(NEW_A_WEEK[self._language])
        ]
        older = [self._moment(7 * RECENT_WEEKS, 7 * OLDEST_WEEKS) for _ in range(OLDER[self._language])]
        scheduled = [self._moment(-14, 0) for _ in range(SCHEDULED[self._language])]
        return recent + older + scheduled

    def _moment(self, fewest_days: int, most_days: int) -> int:
        days_ago = int(self._rng.integers(fewest_days, most_days)) + 1
        quarter_hour = int(self._rng.integers(16, 72))  # from 04:00 to 18:00
        return self._end - days_ago * DAY + quarter_hour * 900

    def _single(self, published: int) -> Item:
        for_kids = bool(self._rng.random() < KIDS_SHARE)
        kind = str(
            self._rng.choice(KIDS_KINDS) if for_kids else self._rng.choice(KINDS, p=list(KIND_SHARES.values()))
        )
        topic = str(self._rng.choice(SCENIC_TOPICS if kind in SCENIC_KINDS else INNER_TOPICS))
        return self._item(published, kind, topic, for_kids=for_kids)

    def _item(self, published: int, kind: str, topic: str, *, for_kids: bool) -> Item:
        return Item(
            language=self._language,
            kind=kind,
            topic=topic,
            published=published,
            title=self._writer.title(kind, topic, for_kids=for_kids),
            description=self._writer.description(topic),
            narrator=str(self._rng.choice(self._words.narrators, p=self._following))
            if kind in SPOKEN_KINDS
            else None,
            duration_s=self._duration(kind),
            picture=picture_name(topic, int(self._rng.integers(1 << 16))),
            for_kids=for_kids,
        )

    def _duration(self, kind: str) -> int:
        shortest, longest = MINUTES[kind]
        return int(self._rng.integers(60 * shortest, 60 * longest))


def _factors(world: World, items: list[Item]) -> Ints:
    """Tastes from topic, kind and narrator, and a base rate that falls with rank as in Zipf's law."""
    rng = world.stream("item factors")
    size = len(tastes.TASTES)
    narrators = sorted({item.narrator for item in items if item.narrator})
    of_topic = dict(zip(TOPICS, rng.normal(0, 0.55, (len(TOPICS), size)), strict=True))
    of_kind = dict(zip(KINDS, rng.normal(0, 0.45, (len(KINDS), size)), strict=True))
    of_narrator = dict(zip(narrators, rng.normal(0, 0.4, (len(narrators), size)), strict=True))
    fame = dict(zip(narrators, rng.normal(0, 0.8, len(narrators)), strict=True))
    own = rng.normal(0, 0.25, (len(items), size))
    shared = [of_topic[i.topic] + of_kind[i.kind] + (of_narrator[i.narrator] if i.narrator else 0) for i in items]
    quality = rng.normal(0, 1, len(items)) + [fame[i.narrator] if i.narrator else 0 for i in items]
    rank = np.empty(len(items))
    rank[np.argsort(-quality, kind="stable")] = np.arange(1, len(items) + 1)
    factors = np.zeros((len(items), len(tastes.DIMENSIONS)), dtype=np.int64)
    factors[:, tastes.TASTE] = tastes.quantised(np.array(shared) + own)
    factors[:, tastes.LANGUAGE] = UNIT * (np.array([[i.language == code for code in LANGUAGES] for i in items]))
    factors[:, tastes.KIDS] = UNIT * np.array([i.for_kids for i in items])
    factors[:, tastes.BASE] = tastes.quantised(2.5 - 0.7 * np.log(rank), limit=4.0)
    return factors
