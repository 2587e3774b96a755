"""What a worker is told: everything about an edition's sending that no batch changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from campaigns.dispatch.guards import Guards
from campaigns.dispatch.pacing import Rate
from campaigns.dispatch.timing import QuietHours, WarmUp
from campaigns.ground.shard import WHOLE, Shard


class Ended(StrEnum):
    """Why sending ended."""

    DONE = "done"
    STOPPED = "stopped"
    HALTED = "halted"
    CANARY = "canary"
    QUOTA = "quota"


def _whole() -> float:
    """No jitter; by a name, so that an order can be handed to another process."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """How to send.

    Attributes:
        give_up_after: so long after it fell due a message would come too late, and is cancelled.
        retry_after: how long a deferred one waits, the first time.
        max_attempts: deferred so often it is rejected.
        lease: how long a worker that says nothing is thought alive.
        rate: over all workers; None for what the provider allows.
        shard: the part of the edition that is sent.
        random: from 0 to 1, for jitter.
    """

    give_up_after: timedelta
    retry_after: timedelta
    max_attempts: int
    lease: timedelta = timedelta(minutes=15)
    rate: Rate = field(default_factory=Rate)
    warm_up: WarmUp | None = None
    quiet: QuietHours | None = None
    guards: Guards = field(default_factory=Guards)
    shard: Shard = WHOLE
    random: Callable[[], float] = _whole
