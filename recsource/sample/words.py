"""The words that the sample world is written in: one file a language, and one for people."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "de", "es", "fr")
SCENIC_TOPICS = ("rain", "ocean", "forest", "space", "trains", "gardens", "fireside", "mountains")
INNER_TOPICS = ("anxiety", "focus", "gratitude", "body", "kindness", "sleep")
TOPICS = SCENIC_TOPICS + INNER_TOPICS


@dataclass(frozen=True, slots=True)
class Series:
    """A collection before it has items: its members' titles, in order."""

    title: str
    kind: str
    topic: str
    weeks_ago: int
    members: tuple[str, ...]
    for_kids: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """What is said about a topic: phrases for titles, and one sentence for descriptions."""

    about: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words."""

    narrators: tuple[str, ...]
    places: tuple[str, ...]
    keepers: tuple[str, ...]
    heroes: tuple[str, ...]
    plots: tuple[str, ...]
    closings: tuple[str, ...]
    awkward: tuple[str, ...]
    titles: dict[str, tuple[str, ...]]
    topics: dict[str, Topic]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where people live: one row decides language, country, time zone and the names people have."""

    language: str
    country: str
    timezone: str
    weight: int
    names: str


@dataclass(frozen=True, slots=True)
class PeopleWords:
    """What people are called and where they live."""

    places: tuple[Place, ...]
    names: dict[str, tuple[str, ...]]
    junk: tuple[str, ...]
    awkward: tuple[str, ...]
    malformed: tuple[str, ...]
    moods: tuple[str, ...]
    animals: tuple[str, ...]
    domains: tuple[str, ...]


@cache
def words(language: str) -> Words:
    """The words of one of `LANGUAGES`."""
    raw = _lexicon(language)
    lists = {name: tuple(raw[name]) for name in _WORD_LISTS}
    return Words(
        **lists,
        titles={kind: tuple(patterns) for kind, patterns in raw["titles"].items()},
        topics={name: _topic(topic) for name, topic in raw["topics"].items()},
        series=tuple(_series(entry) for entry in raw["collections"]),
    )


@cache
def people_words() -> PeopleWords:
    """The words about people, all languages together."""
    raw = _lexicon("people")
    return PeopleWords(
        places=tuple(Place(*row) for row in raw.pop("places")),
        names={group: tuple(names) for group, names in raw.pop("names").items()},
        **{name: tuple(entries) for name, entries in raw.items()},
    )


_WORD_LISTS = ("narrators", "places", "keepers", "heroes", "plots", "closings", "awkward")


def _lexicon(name: str) -> dict[str, Any]:
    text = files("recsource.sample").joinpath("lexicon", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _topic(raw: dict[str, Any]) -> Topic:
    return Topic(raw["about"], tuple(raw["scenes"] if "scenes" in raw else raw["practices"]))


def _series(raw: dict[str, Any]) -> Series:
    return Series(**{**raw, "members": tuple(raw["members"])})
