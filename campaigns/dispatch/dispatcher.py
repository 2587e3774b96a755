"""A run of sending: put in order what an earlier run left, ask the provider whether it is ready, and work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.dispatch.order import Ended, Order
from campaigns.dispatch.watch import Watch
from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError
from campaigns.ports.clock import Clock, Stopwatch
from campaigns.ports.ledger import Ledger
from campaigns.ports.meter import Landed, Meter, Unmetered
from campaigns.ports.notifier import Mute, Notifier
from campaigns.ports.progress import Progress
from campaigns.ports.sender import Sender

_LOG = logging.getLogger(__name__)

Crew = Callable[[Callable[[Landed], None]], Ended]
"""Workers, one or many: sends all that may be sent, tells of each batch, and why it ended."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a run.

    Attributes:
        tally: the counts afterwards; those that may not be sent yet stand as waiting.
        sentence: why it ended, where that needs saying.
    """

    tally: Tally
    ended: Ended
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Sends what is due of one edition, or of a shard. The caller holds its lock on this host.

    Attributes:
        place: what its workers begin their names with: this host, or the host and the shard.
        notifier: told when all is sent, and when the day is used up, each once over all hosts and runs; of halts
            the watch tells.
        meter: told of every batch, and where the edition stands before and after.
    """

    edition: Edition
    sender: Sender
    ledger: Ledger
    order: Order
    clock: Clock
    progress: Progress
    place: str
    crew: Crew
    notifier: Notifier = field(default_factory=Mute)
    meter: Meter = field(default_factory=Unmetered)

    def run(self) -> Sent:
        """Send all that is due, resuming where an earlier run stopped.

        Raises:
            GuardError: the edition has more people than it may have.
            DeliveryError: the provider takes nothing more; what was not handed over waits for the next run.
            ConfigurationError: the provider does not let us in; nothing was claimed.
        """
        now = self.clock()
        put_in_order(self.edition, self.ledger, self.order, self.place, now, self.progress)
        due = self.ledger.next_due(self.edition)
        if due is None or due > now:
            return self._sent(Ended.DONE)
        if ended := self._why_not():
            return self._sent(ended)
        self._refuse_crowds()
        with self.sender:
            tally = self.ledger.tally(self.edition)
            self.meter.stands(self.edition, tally, halted=False)
            for warning in self.sender.preflight(tally.waiting):
                self.progress.note(warning)
            with self.progress.stage("Sending", self._waiting(tally)) as step:
                ended = self.crew(lambda batch: self._landed(batch, step))
        return self._sent(ended)

    def _waiting(self, tally: Tally) -> int:
        """How many of its own it may have to send."""
        shard = self.order.shard
        if shard.is_whole:
            return tally.waiting
        return self.ledger.tallies(self.edition, shard.of)[shard.number - 1].waiting

    def _landed(self, batch: Landed, step: Callable[[int], None]) -> None:
        step(batch.messages)
        self.meter.landed(batch)

    def _why_not(self) -> Ended | None:
        """Why nothing may be sent, which needs no provider to be said."""
        watch = Watch(self.edition, self.order.guards, self.ledger, self.notifier, self.clock, Stopwatch())
        watch.judge()
        return watch.why_not()

    def _refuse_crowds(self) -> None:
        planned, allowed = self.ledger.tally(self.edition).planned, self.order.guards.max_total
        if allowed is not None and planned > allowed:
            raise GuardError(
                f"{self.edition}: {planned:,} people are planned, and `max_total` under [guards] in campaign.toml "
                f"allows {allowed:,}; nothing was sent; raise it, or plan again"
            )

    def _sent(self, ended: Ended) -> Sent:
        tally = self.ledger.tally(self.edition)
        sent = Sent(tally, ended, self._sentence(ended, tally))
        self.meter.stands(self.edition, tally, halted=ended is Ended.HALTED)
        why = {"because": sent.sentence} if sent.sentence else {}
        _LOG.info("sent what is due", extra={"ended": ended, **tally.as_dict(), **why})
        if _is_over(tally) and self.ledger.end_sending(self.edition, self.clock()):
            self.notifier.tell(_all_sent(self.edition, tally))
        if ended is Ended.QUOTA and self.ledger.end_day(self.edition, self.clock().date()):
            self.notifier.tell(sent.sentence)
        return sent

    def _sentence(self, ended: Ended, tally: Tally) -> str:
        standing = self.ledger.standing(self.edition)
        match ended:
            case Ended.HALTED:
                return standing.halted_because
            case Ended.CANARY if (until := self.order.guards.paused_until(standing)) is not None:
                return (
                    f"{self.edition}: the canary is out; bounces and complaints are awaited, and the rest may "
                    f"follow from {until:%Y-%m-%d %H:%M} UTC on: run the command again then"
                )
            case Ended.CANARY:
                return f"{self.edition}: the canary is going out; other workers still have some of it in hand"
            case Ended.QUOTA:
                return (
                    f"{self.edition}: the day's number of recipients is used up, and {tally.waiting:,} messages "
                    "wait: run the command again tomorrow"
                )
            case _:
                return ""


def _is_over(tally: Tally) -> bool:
    return tally.planned > 0 == tally.waiting + tally.in_flight


def _all_sent(edition: Edition, tally: Tally) -> str:
    uncertain = f"; `winddown resolve {edition.campaign}` shows the uncertain" if tally.uncertain else ""
    return (
        f"{edition} is sent: of {tally.planned:,} messages {tally.accepted:,} accepted, "
        f"{tally.rejected:,} rejected, {tally.uncertain:,} uncertain, {tally.cancelled:,} cancelled, "
        f"none waiting{uncertain}"
    )


def put_in_order(
    edition: Edition, ledger: Ledger, order: Order, place: str, now: datetime, progress: Progress
) -> None:
    """Deal with what earlier runs left: claims of the dead, and what has waited too long.

    Only whoever holds the edition, or a shard, at this place may call this.
    """
    recovered = ledger.recover(edition, place, now)
    if recovered.waiting or recovered.uncertain:
        counts = {"waiting": recovered.waiting, "uncertain": recovered.uncertain}
        _LOG.info("claims of processes that died are recovered", extra=counts)
    if recovered.uncertain:
        progress.note(
            f"{edition}: {recovered.uncertain:,} messages were being handed over when a process "
            "died, and stand as uncertain; `winddown resolve` shows them"
        )
    ledger.expire(edition, now - order.give_up_after, order.max_attempts, now)
