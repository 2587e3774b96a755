"""The parameters of a sample world: everything else in it follows from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from recsource.errors import InputError

MAX_WEEKS = 100  # the catalogue is not much older, and who came first needs something to hear
MIN_USERS = 50  # fewer, and the oddities that every rule and guard needs would be most of the people
DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class World:
    """A sample world, wholly determined by these values.

    Attributes:
        users: How many people, at least 50.
        weeks: How many weeks of listening history, ending with `until`; 100 at most.
        seed: Another seed, another world.
        until: The last day of data. Its ISO week is the newest edition with curated picks.

    Raises:
        InputError: A parameter is out of range.
    """

    users: int
    weeks: int
    seed: int
    until: date

    def __post_init__(self) -> None:
        """Refuse a world that cannot be made."""
        _require("users", self.users, at_least=MIN_USERS)
        _require("weeks", self.weeks, at_least=1, at_most=MAX_WEEKS)
        _require("seed", self.seed, at_least=0)

    @property
    def end(self) -> int:
        """The first instant after the data: midnight UTC after `until`, in seconds since 1970."""
        return seconds(self.until + timedelta(days=1))

    @property
    def start(self) -> int:
        """The first instant of listening history, in seconds since 1970."""
        return self.end - 7 * DAY * self.weeks

    def stream(self, name: str, block: int = 0) -> np.random.Generator:
        """Randomness of its own for each table and block, so that a change to one shifts no other."""
        key = (zlib.crc32(name.encode()), block)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def edition(self, weeks_ago: int = 0) -> str:
        """The name of the edition of `until`'s ISO week, or of one before it: `2026-W47`."""
        year, week, _ = (self.until - timedelta(weeks=weeks_ago)).isocalendar()
        return f"{year}-W{week:02d}"


def seconds(day: date) -> int:
    """Midnight UTC at the beginning of a day, in seconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def moment(seconds: int) -> datetime:
    """Seconds since 1970 as a naive UTC time, as the sample's Parquet files hold it."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _require(name: str, value: int, *, at_least: int, at_most: int | None = None) -> None:
    if value < at_least:
        raise InputError(f"A sample world's {name} must be {at_least} or more, but it is {value}.")
    if at_most is not None and value > at_most:
        raise InputError(f"A sample world's {name} must be {at_most} or fewer, but it is {value}.")
