"""Loading a version onto the shelf, and letting readers see it: the old version, or the new one, never a mixture.

A version is written under names of its own, some thousand people at a time, each time with the note of how far it
is, in one transaction; whoever loads the same version again goes on from there. Readers see nothing of it until
`current` names it. The version before stays, so that `roll_back` is a matter of two names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from redis import Redis, RedisError
from redis.client import Pipeline

from recsource.engine import Engine
from recsource.errors import ServingError
from recsource.serving.made import Bucket, buckets
from recsource.serving.shelf import ABOUT, LOADED, About, Keys, name_of

_BUCKETS_AT_ONCE = 64
_REMOVED_AT_ONCE = 1_000
_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading has done.

    Attributes:
        people: how many the version has picks for.
        written: for how many of them that was done now; for fewer, where a broken-off load was gone on with.
        removed: versions that were taken off the shelf.
    """

    version: str
    people: int
    written: int
    removed: tuple[str, ...]


@contextmanager
def open_loader(url: str, prefix: str, keep: timedelta, clock: Callable[[], datetime]) -> Iterator[Loader]:
    """A loader for the shelf of that prefix.

    Args:
        url: such as `redis://127.0.0.1:6379/0`.
        prefix: what its keys begin with.
        keep: how long a version can be read.
        clock: the present (UTC).

    Raises:
        ServingError: the address is none, or Redis is away or refuses.
    """
    try:
        redis = Redis.from_url(url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
    except ValueError as error:
        raise ServingError(f"serve: {_without_password(url)}: {error}") from error
    try:
        with redis:
            yield Loader(redis, Keys(prefix), keep, clock)
    except RedisError as error:
        raise ServingError(
            f"serve: Redis at {_without_password(url)}: {error}; look whether it runs and lets us in; "
            "running the command again goes on where it stopped"
        ) from error


def _without_password(url: str) -> str:
    """Fit to be shown."""
    scheme, _, rest = url.rpartition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if scheme else "an address without redis://"


@dataclass(frozen=True, slots=True)
class Loader:
    """Writes versions to one shelf.

    Attributes:
        keep: how long a version can be read, unless it is taken off the shelf before.
        clock: the present (UTC).
    """

    redis: Redis
    keys: Keys
    keep: timedelta
    clock: Callable[[], datetime]

    def load(self, engine: Engine, about: About, step: Callable[[int], None] = lambda _: None) -> Loaded:
        """Write a version, as far as it is not written yet, and make it the current one.

        Args:
            engine: holds what `recsource.serving.made.make` has made.
            about: the version.
            step: told how many people more are written.
        """
        expiry = self.clock() + self.keep
        self._begin(about, expiry)
        written = 0
        for chunk in self._chunks(engine, about):
            self._write(about, chunk, expiry)
            people = sum(len(bucket) for _, bucket in chunk)
            written += people
            step(people)
        self._publish(about.version)
        return Loaded(about.version, about.people, written, tuple(self._tidy(about.as_of)))

    def roll_back(self) -> str:
        """Make the previous version the current one, and the current one the previous.

        Returns:
            The version that readers see now.

        Raises:
            ServingError: there is none, or it has expired.
        """
        self.redis.transaction(self._swap, self.keys.current, self.keys.previous)
        return name_of(self.redis.get(self.keys.current) or "")

    def _begin(self, about: About, expiry: datetime) -> None:
        version = self.keys.version(about.version)
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.sadd(self.keys.versions, about.version)
            pipe.hset(version, ABOUT, about.to_json())
            pipe.expireat(version, expiry)
            pipe.execute()

    def _chunks(self, engine: Engine, about: About) -> Iterator[Sequence[Bucket]]:
        """What is not written yet, some buckets at a time."""
        loaded = self.redis.hget(self.keys.version(about.version), LOADED)
        rest = buckets(engine, about, int(loaded or 0))
        while chunk := tuple(islice(rest, _BUCKETS_AT_ONCE)):
            yield chunk

    def _write(self, about: About, chunk: Sequence[Bucket], expiry: datetime) -> None:
        """Some buckets, and that the version is written so far."""
        with self.redis.pipeline(transaction=True) as pipe:
            for number, people in chunk:
                name = self.keys.bucket(about.version, number)
                pipe.hset(name, mapping=people)  # type: ignore[arg-type]  # its mapping is invariant
                pipe.expireat(name, expiry)
            pipe.hset(self.keys.version(about.version), LOADED, chunk[-1][0] + 1)
            pipe.execute()

    def _publish(self, version: str) -> None:
        """Name the version as the current one; naming it again changes nothing."""

        def name(pipe: Pipeline) -> None:
            before = pipe.get(self.keys.current)
            pipe.multi()
            if before != version.encode():
                pipe.set(self.keys.current, version)
                if before is not None:
                    pipe.set(self.keys.previous, before)

        self.redis.transaction(name, self.keys.current)

    def _swap(self, pipe: Pipeline) -> None:
        current, previous = pipe.mget(self.keys.current, self.keys.previous)
        if current is None or previous is None or not pipe.exists(self.keys.version(name_of(previous))):
            raise ServingError(
                f"serve: {self.keys.previous} names no version that is still there; load a batch again instead"
            )
        pipe.multi()
        pipe.set(self.keys.current, previous)
        pipe.set(self.keys.previous, current)

    def _tidy(self, as_of: datetime) -> Iterator[str]:
        """Remove what is neither current nor previous, nor newer: that may be being loaded just now."""
        kept = {name_of(name) for name in self.redis.mget(self.keys.current, self.keys.previous) if name}
        for version in sorted({name_of(name) for name in self.redis.smembers(self.keys.versions)} - kept):
            text = self.redis.hget(self.keys.version(version), ABOUT)
            about = About.of_json(text) if text else None
            if about is None or about.as_of <= as_of:
                self._remove(version, about.buckets if about else 0)
                yield version

    def _remove(self, version: str, buckets_: int) -> None:
        names = (self.keys.bucket(version, number) for number in range(buckets_))
        while some := tuple(islice(names, _REMOVED_AT_ONCE)):
            self.redis.unlink(*some)
        self.redis.unlink(self.keys.version(version))
        self.redis.srem(self.keys.versions, version)
