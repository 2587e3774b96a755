"""The shelf: how picks lie in Redis. Names and bytes alone; `loading` writes them, `reading` reads them.

    <prefix>:current             the version that readers see, and
    <prefix>:previous            the one that they saw before
    <prefix>:versions            a set: all that are there, whole or not
    <prefix>:<version>           a hash: `about`, what a reader must know of the version; `loaded`, how far it is
    <prefix>:<version>:<bucket>  a hash: user id to picks

People lie in buckets of some 64, because Redis keeps a hash of up to 128 short fields as one run of bytes
(`hash-max-listpack-entries`, `hash-max-listpack-value` in redis.conf): a key a person would take four times the
memory. A pick is a number: where its item or collection stands in the version's list of all that it shows.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self, cast

from pydantic import TypeAdapter

from recsource.serving.trial import Trial
from recsource.sharder import shard

ABOUT, LOADED = "about", "loaded"
PEOPLE_A_BUCKET = 64
"""On average; of so many, hardly one bucket in a million has more than 128."""
_WIDE = 1 << 16


@dataclass(frozen=True, slots=True)
class Pick:
    """An item, or a collection, that a person is shown."""

    kind: Literal["item", "collection"]
    id: str


@dataclass(frozen=True, slots=True)
class About:
    """What a reader must know of a version.

    Attributes:
        as_of: the moment for which its picks were made (UTC).
        people: how many have picks.
        buckets: how many they are spread over.
        shown: all items and collections that anybody is shown.
        fallback: by language, what a stranger is shown, as numbers of `shown`; the empty language is anybody's.
        trial: the experiment that runs in the application, if one does.
    """

    version: str
    as_of: datetime
    people: int
    buckets: int
    shown: tuple[Pick, ...]
    fallback: Mapping[str, tuple[int, ...]]
    trial: Trial | None = None

    def bucket(self, user_id: str) -> int:
        """Where a person's picks lie."""
        return shard(self.version, user_id, self.buckets)

    def pack(self, numbers: Sequence[int]) -> bytes:
        """Picks as bytes: two a pick, four where the version shows more than 65,536."""
        return struct.pack(f"<{len(numbers)}{self._code}", *numbers)

    def unpack(self, packed: bytes) -> tuple[Pick, ...]:
        """The picks that `pack` has packed."""
        numbers = struct.unpack(f"<{len(packed) // struct.calcsize(self._code)}{self._code}", packed)
        return self.picks(numbers)

    def picks(self, numbers: Sequence[int]) -> tuple[Pick, ...]:
        """Numbers as what they stand for."""
        return tuple(self.shown[number] for number in numbers)

    def for_strangers(self, language: str) -> tuple[Pick, ...]:
        """What somebody is shown who has no picks: in their language where there is such a list."""
        return self.picks(self.fallback.get(language) or self.fallback.get("", ()))

    def to_json(self) -> bytes:
        """As it lies on the shelf."""
        return _ABOUT.dump_json(self)

    @classmethod
    def of_json(cls, text: bytes | str) -> Self:
        """As it was read off the shelf."""
        return cast("Self", _ABOUT.validate_json(text))

    @property
    def _code(self) -> str:
        return "H" if len(self.shown) <= _WIDE else "I"


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of the keys of one shelf."""

    prefix: str

    @property
    def current(self) -> str:
        """Names the version that readers see."""
        return f"{self.prefix}:current"

    @property
    def previous(self) -> str:
        """Names the version that they saw before."""
        return f"{self.prefix}:previous"

    @property
    def versions(self) -> str:
        """Names all versions."""
        return f"{self.prefix}:versions"

    def version(self, version: str) -> str:
        """A version's own hash."""
        return f"{self.prefix}:{version}"

    def bucket(self, version: str, number: int) -> str:
        """One of its buckets."""
        return f"{self.prefix}:{version}:{number}"


def name_of(value: bytes | str) -> str:
    """A version's name as Redis gives it: as bytes, unless its client decodes them."""
    return value if isinstance(value, str) else value.decode()


_ABOUT = TypeAdapter(About)
