"""What a weekend is played under: who is due when, what the provider does, and what sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from campaigns.dispatch.pacing import Rate
from campaigns.dispatch.timing import QuietHours


@dataclass(frozen=True, slots=True)
class Fate:
    """What now and then becomes of a call to the provider; the rest of its messages are accepted.

    Attributes:
        share: of calls that fare so.
        seconds: that it takes longer than others.
        throttled: the share of its messages that are to come again slower, and so on.
    """

    share: float
    seconds: float = 0.0
    throttled: float = 0.0
    deferred: float = 0.0
    rejected: float = 0.0
    uncertain: float = 0.0


@dataclass(frozen=True, slots=True)
class Provider:
    """How the provider answers.

    Attributes:
        batch_size: messages a call takes at most.
        in_one_call: whether they leave all at once.
        call_s: seconds that a call takes.
        fates: what befalls calls, each at most one of them.
    """

    batch_size: int = 50
    in_one_call: bool = True
    call_s: float = 0.1
    fates: Sequence[Fate] = ()


@dataclass(frozen=True, slots=True)
class Senders:
    """What sends: a shard is a host of its own.

    Attributes:
        workers: on each host.
        cores: of each host.
        message_s: seconds of a core that a message costs, from the plan's row to the receipt.
        commit_s: seconds that a commit takes which waits for the ledger's disk.
        claimed_at_once: deliveries that a worker claims in one go.
    """

    shards: int = 1
    workers: int = 1
    cores: int = 2
    message_s: float = 250e-6
    commit_s: float = 0.005
    claimed_at_once: int = 400


@dataclass(frozen=True, slots=True)
class Weekend:
    """An edition, and how it is to be sent.

    Attributes:
        due: how many messages fall due at each time (UTC).
        rate: recipients a second and a day, over all shards.
        every: how often the command is called; one that is still at work is let be.
    """

    due: Mapping[datetime, int]
    provider: Provider
    senders: Senders
    rate: Rate
    give_up_after: timedelta = timedelta(hours=36)
    retry_after: timedelta = timedelta(minutes=15)
    max_attempts: int = 5
    quiet: QuietHours | None = None
    every: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the command, on all hosts.

    Attributes:
        first, last: when its first message was accepted, and its last; None where there was none.
        accepted: how many were.
        throttled: how often the provider asked to go slower.
        used_up: whether the day had no room for more.
    """

    began: datetime
    first: datetime | None = None
    last: datetime | None = None
    accepted: int = 0
    throttled: int = 0
    used_up: bool = False

    def with_accepted(self, count: int, at: datetime) -> Call:
        """The same once so many more were, then."""
        first, last = min(self.first or at, at), max(self.last or at, at)
        return replace(self, first=first, last=last, accepted=self.accepted + count)

    @property
    def seconds(self) -> float:
        """From its first message to its last."""
        return (self.last - self.first).total_seconds() if self.first and self.last else 0.0


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a weekend.

    Attributes:
        lateness: `(seconds after it was due, messages)` of all that were accepted, sorted.
        provider_calls: how many there were.
    """

    calls: Sequence[Call]
    accepted: int
    rejected: int
    uncertain: int
    cancelled: int
    provider_calls: int
    lateness: Sequence[tuple[float, int]]

    def late(self, share: float) -> timedelta:
        """So many of the accepted were no later than that."""
        passed = 0
        for seconds, count in self.lateness:
            passed += count
            if passed >= share * self.accepted:
                return timedelta(seconds=seconds)
        return timedelta()
