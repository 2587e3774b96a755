"""A run of sending: put in order what an earlier run left, ask the provider whether it is ready, and work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.dispatch.order import Ended, Order
from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError
from campaigns.ports.clock import Clock
from campaigns.ports.ledger import Ledger
from campaigns.ports.progress import Progress
from campaigns.ports.sender import Sender

Crew = Callable[[Callable[[int], None]], Ended]
"""Workers, one or many: sends all that may be sent, tells how many messages that is, and why it ended."""


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
    """Sends what is due of one edition. The caller holds the edition's lock on this host.

    Attributes:
        host: what this host's workers begin their names with.
    """

    edition: Edition
    sender: Sender
    ledger: Ledger
    order: Order
    clock: Clock
    progress: Progress
    host: str
    crew: Crew

    def run(self) -> Sent:
        """Send all that is due, resuming where an earlier run stopped.

        Raises:
            GuardError: the edition has more people than it may have.
            DeliveryError: the provider takes nothing more; what was not handed over waits for the next run.
            ConfigurationError: the provider does not let us in; nothing was claimed.
            TemplateError: a message cannot be rendered; its batch waits.
        """
        now = self.clock()
        self._put_in_order()
        due = self.ledger.next_due(self.edition)
        if due is None or due > now:
            return self._sent(Ended.DONE)
        self._refuse_crowds()
        with self.sender:
            waiting = self.ledger.tally(self.edition).waiting
            for warning in self.sender.preflight(waiting):
                self.progress.note(warning)
            with self.progress.stage("Sending", waiting) as step:
                ended = self.crew(step)
        return self._sent(ended)

    def _put_in_order(self) -> None:
        now = self.clock()
        recovered = self.ledger.recover(self.edition, self.host, now)
        if recovered.uncertain:
            self.progress.note(
                f"{self.edition}: {recovered.uncertain:,} messages were being handed over when a process "
                "died, and stand as uncertain; `winddown resolve` shows them"
            )
        self.ledger.expire(self.edition, now - self.order.give_up_after, self.order.max_attempts, now)

    def _refuse_crowds(self) -> None:
        planned, allowed = self.ledger.tally(self.edition).planned, self.order.guards.max_total
        if allowed is not None and planned > allowed:
            raise GuardError(
                f"{self.edition}: {planned:,} people are planned, and `max_total` under [guards] in campaign.toml "
                f"allows {allowed:,}; nothing was sent; raise it, or plan again"
            )

    def _sent(self, ended: Ended) -> Sent:
        return Sent(self.ledger.tally(self.edition), ended, self._sentence(ended))

    def _sentence(self, ended: Ended) -> str:
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
                    f"{self.edition}: the day's number of recipients is used up; the rest waits: "
                    "run the command again tomorrow"
                )
            case _:
                return ""
