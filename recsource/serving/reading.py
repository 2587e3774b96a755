"""Reading picks, as an application does: one round trip, and a list to show whatever happens.

Redis is asked which version is current and, in the same transaction, for the person's picks in the version that
was current the last time; so that there is a second round trip only when a version has changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from recsource.serving.shelf import ABOUT, About, Keys, Pick, name_of
from recsource.serving.trial import Assigned, Trial, Visitor

_RETRY_AFTER_S = 1.0


class Origin(StrEnum):
    """Where what is shown comes from."""

    PICKS = "picks"
    UNTOUCHED = "untouched"
    """The person's variant is shown what the application always shows."""
    STRANGER = "stranger"
    """The person has no picks: new, or without any that the rules leave."""
    NOTHING_CURRENT = "nothing_current"
    """No version is on the shelf, or it has expired."""
    UNREACHABLE = "unreachable"
    """Redis did not answer in time."""


@dataclass(frozen=True, slots=True)
class Served:
    """What to show somebody, and how it came about.

    Attributes:
        picks: in order; none where the application shows what it always does.
        version: whose picks they are; empty where the application's own are shown.
        assigned: the person's variant; None where no experiment runs, or none is known of.
        trial: the experiment, for `recsource.serving.exposure`.
    """

    picks: tuple[Pick, ...]
    origin: Origin
    version: str = ""
    assigned: Assigned | None = None
    trial: Trial | None = None


def connect(url: str, *, timeout_s: float = 0.05) -> Redis:
    """A client that answers or gives up within its time-out, and never tries twice: a page is waiting for it.

    Args:
        url: such as `redis://127.0.0.1:6379/0`, or `rediss://` for TLS.
        timeout_s: seconds for a connection, and for an answer.
    """
    return Redis.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0)
    )


class Reader:
    """Reads one shelf; may be used by many threads at once.

    Args:
        redis: as `connect` makes it.
        prefix: the shelf's.
        fallback: what is shown while Redis is away and no version was ever read.
        stopwatch: seconds that only ever go on; after a failure Redis is left alone for a second.
    """

    def __init__(
        self,
        redis: Redis,
        prefix: str = "winddown",
        *,
        fallback: Sequence[Pick] = (),
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._keys = Keys(prefix)
        self._fallback = tuple(fallback)
        self._stopwatch = stopwatch
        self._about: About | None = None
        self._away_until = float("-inf")

    def picks(self, visitor: Visitor) -> Served:
        """What to show a person; never an error."""
        if self._stopwatch() < self._away_until:
            return self._stand_in(Origin.UNREACHABLE, visitor)
        try:
            return self._read(visitor)
        except RedisError:
            self._away_until = self._stopwatch() + _RETRY_AFTER_S
            return self._stand_in(Origin.UNREACHABLE, visitor)

    def _read(self, visitor: Visitor) -> Served:
        about = self._about
        current, packed = self._ask(about, visitor.user_id)
        if current is None:
            return self._stand_in(Origin.NOTHING_CURRENT, visitor)
        if about is None or about.version != current:
            about = self._learn(current)
            if about is None:
                return self._stand_in(Origin.NOTHING_CURRENT, visitor)
            packed = self._picks_in(about, visitor.user_id)
        if packed is None:
            return self._stand_in(Origin.STRANGER, visitor)
        return self._serve(about, Origin.PICKS, about.unpack(packed), visitor)

    def _ask(self, about: About | None, user_id: str) -> tuple[str | None, bytes | None]:
        """Which version is current, and the person's picks in the one that was."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(self._keys.current)
            if about is not None:
                pipe.hget(self._bucket(about, user_id), user_id)
            current, *packed = pipe.execute()
        return current and name_of(current), packed[0] if packed else None

    def _picks_in(self, about: About, user_id: str) -> bytes | None:
        return cast("bytes | None", self._redis.hget(self._bucket(about, user_id), user_id))

    def _learn(self, version: str) -> About | None:
        text = self._redis.hget(self._keys.version(version), ABOUT)
        self._about = About.of_json(text) if text else None
        return self._about

    def _bucket(self, about: About, user_id: str) -> str:
        return self._keys.bucket(about.version, about.bucket(user_id))

    def _stand_in(self, origin: Origin, visitor: Visitor) -> Served:
        """The last version's list for strangers, or the application's own."""
        about = self._about
        known = about.for_strangers(visitor.language) if about else ()
        if about is None or not known:
            return Served(self._fallback, origin)
        return self._serve(about, origin, known, visitor)

    def _serve(self, about: About, origin: Origin, picks: tuple[Pick, ...], visitor: Visitor) -> Served:
        """Those picks, unless the person's variant is shown none."""
        if about.trial is None:
            return Served(picks, origin, about.version)
        assigned = about.trial.assign(visitor)
        if assigned.source == "none":
            return Served((), Origin.UNTOUCHED, about.version, assigned, about.trial)
        return Served(picks, origin, about.version, assigned, about.trial)
