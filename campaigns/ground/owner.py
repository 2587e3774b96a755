"""Owners: whose a claim is, from the host down to the worker, as the ledger writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from campaigns.ground.shard import WHOLE, Shard


def place_of(host: str, shard: Shard = WHOLE) -> str:
    """What owners begin with that work on that host: `host-b`, or `host-b/3of8` where a shard is all they send."""
    return host if shard.is_whole else f"{host}/{shard.name}"


@dataclass(frozen=True, slots=True)
class Owner:
    """A worker: `host-b/71-c0ffee/1`, or `host-b/3of8/71-c0ffee/1`.

    Attributes:
        run: the command that it belongs to; no two that ever live have the same.
        worker: which of its workers.
    """

    host: str
    run: str
    worker: str
    shard: Shard = WHOLE

    @classmethod
    def parse(cls, written: str) -> Self:
        """From the ledger.

        Raises:
            ValueError: no worker is called that.
        """
        match written.split("/"):
            case [host, run, worker]:
                return cls(host, run, worker)
            case [host, shard, run, worker]:
                return cls(host, run, worker, Shard.parse(shard.replace("of", "/")))
        raise ValueError(f"owner {written!r}: wanted host/run/worker or host/shard/run/worker")

    def __str__(self) -> str:
        return f"{place_of(self.host, self.shard)}/{self.run}/{self.worker}"
