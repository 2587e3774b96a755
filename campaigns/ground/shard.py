"""A shard: one of so many parts of an edition, each sent by a host of its own.

A delivery belongs to a shard by the beginning of its id, which is a hash's: whoever asks, on whatever machine and
in whatever language, gets the same answer, the parts are equally large, and every delivery is in exactly one of
them, however many there are. Because shards are stretches of ids, and a plan has those who are due together in the
order of their ids, a shard's rows lie side by side in the plan and in the ledger's indexes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_DIGITS = 6
_WRITTEN = re.compile(r"(?P<number>[1-9]\d{0,8})/(?P<of>[1-9]\d{0,8})")

KEYS = 16**_DIGITS
"""How many shard keys there are: the finest parts that an edition can be cut into."""


def shard_key(delivery_id: str) -> int:
    """The first 6 hexadecimal digits of a delivery's id as a number, 0 to `KEYS` - 1.

    Raises:
        ValueError: the id does not begin with such digits.
    """
    return int(delivery_id[:_DIGITS], 16)


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """The `number`th of `of` parts, counted from 1; one of one is everything.

    Raises:
        ValueError: there is no such part.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ValueError(f"shard {self.number}/{self.of}: wanted one from 1/{self.of} to {self.of}/{self.of}")

    @classmethod
    def parse(cls, written: str) -> Self:
        """As people write it, `3/8`.

        Raises:
            ValueError: it is no such thing.
        """
        found = _WRITTEN.fullmatch(written)
        if not found:
            raise ValueError(f"shard {written!r}: wanted a number and of how many, such as 3/8")
        return cls(int(found["number"]), int(found["of"]))

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the edition."""
        return self.of == 1

    @property
    def keys(self) -> range:
        """The shard keys that are its own: those with `key * of // KEYS == number - 1`."""
        return range(-(-(self.number - 1) * KEYS // self.of), -(-self.number * KEYS // self.of))

    def has(self, delivery_id: str) -> bool:
        """Whether a delivery is its own."""
        return shard_key(delivery_id) in self.keys

    @property
    def name(self) -> str:
        """As files and owners are named after it, `3of8`."""
        return f"{self.number}of{self.of}"

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Shard()
