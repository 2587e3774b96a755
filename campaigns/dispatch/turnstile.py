"""The turnstile: lets a worker's batches through at the pace that all workers share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from campaigns.dispatch.pacing import (
    LATE,
    Rate,
    batch_size,
    forgo,
    fresh,
    grant,
    refund,
    reserve,
    slot_of,
    slow_down,
    spent_today,
)
from campaigns.dispatch.timing import WarmUp, rest_after
from campaigns.ground.errors import DeliveryError
from campaigns.ground.pace import Pace
from campaigns.ports.clock import Stopwatch
from campaigns.ports.ledger import Ledger
from campaigns.ports.sender import Sender

_LOG = logging.getLogger(__name__)
_SHORTLY_BEFORE = timedelta(milliseconds=12)  # what a commit takes on a slow disk, and waking up
_LATE = timedelta(seconds=LATE)
_PATIENCE = 10  # throttled batches in a row


@dataclass(frozen=True, slots=True)
class Turn:
    """A batch's turn.

    Attributes:
        recipients: how many of it may go; fewer than all, or none, when the day's number is used up.
        slot: when.
        waited: seconds, until shortly before it.
    """

    recipients: int
    slot: datetime
    waited: float = 0.0


class Turnstile:
    """One worker's way through; what is shared lies in the ledger, under the provider's name."""

    def __init__(
        self,
        ledger: Ledger,
        sender: Sender,
        rate: Rate,
        warm_up: WarmUp | None,
        stopwatch: Stopwatch,
        random: Callable[[], float],
    ) -> None:
        allowance = sender.allowance
        self._ledger = ledger
        self._provider = sender.name
        self._stopwatch = stopwatch
        self._warm_up = warm_up
        self._random = random
        self._in_a_row = 0
        spent = spent_today(ledger.pace(self._provider, self._as_it_is), stopwatch.now())
        quota = None if allowance.remaining is None else spent + allowance.remaining
        self._rate = rate.within(Rate(allowance.per_second, quota))
        self.room = batch_size(self._rate, sender.batch_size, in_one_call=sender.in_one_call)

    def admit(self, recipients: int) -> Turn:
        """Charge a batch to the day, and wait until shortly before its slot."""
        rate = self._rate_today()
        if rate == Rate():
            return Turn(recipients, self._stopwatch.now())
        granted, began = 0, self._stopwatch.now()

        def change(pace: Pace | None) -> Pace:
            nonlocal granted
            now = self._stopwatch.now()
            granted = grant(pace, now, rate, recipients)
            soon = now + _SHORTLY_BEFORE  # no slot that is over before the batch can leave
            return reserve(pace, soon, rate, self.room, recipients) if granted else pace or fresh(now)

        slot = self._taken(self._ledger.pace(self._provider, change))
        return Turn(granted, slot, (self._stopwatch.now() - began).total_seconds())

    def wait(self, turn: Turn) -> None:
        """Called right before the batch leaves: wait for its slot; if that has passed by, take another."""
        if self._rate.per_second is None:
            return
        slot = turn.slot
        while self._stopwatch.now() > slot + _LATE:
            slot = self._taken(self._ledger.pace(self._provider, partial(self._another, slot)))
        self._stopwatch.wait_until(slot)

    def now(self) -> datetime:
        """Real time."""
        return self._stopwatch.now()

    def give_back(self, recipients: int) -> None:
        """The day is not charged with those that were admitted, and did not leave."""
        if recipients and self._rate_today().per_day is not None:
            self._ledger.pace(self._provider, lambda pace: refund(pace, self._stopwatch.now(), recipients))

    def throttled(self) -> None:
        """The provider asked to go slower: do so, all workers together, and rest for a while.

        Raises:
            DeliveryError: it has asked too often in a row.
        """
        self._in_a_row += 1
        if self._in_a_row > _PATIENCE:
            raise DeliveryError(
                f"{self._provider} has asked {_PATIENCE} times in a row to go slower; what is left waits: run the "
                "command again later, or set a lower `max_per_second` under [sender]",
                provider=self._provider,
            )
        _LOG.info("the provider asks to go slower", extra={"provider": self._provider, "in_a_row": self._in_a_row})
        self._ledger.pace(self._provider, lambda pace: slow_down(pace, self._stopwatch.now()))
        self._stopwatch.sleep(rest_after(self._in_a_row, self._random()))

    def passed(self) -> None:
        """A batch went through without being throttled."""
        self._in_a_row = 0

    def _rate_today(self) -> Rate:
        per_day = self._warm_up.on(self._stopwatch.now().date()) if self._warm_up else None
        return self._rate.within(Rate(per_day=per_day))

    def _taken(self, pace: Pace) -> datetime:
        slot = slot_of(pace, self._rate, self.room)
        self._stopwatch.wait_until(slot - _SHORTLY_BEFORE)
        return slot

    def _another(self, missed: datetime, pace: Pace | None) -> Pace:
        pace = forgo(pace, self._rate, self.room, missed)
        return reserve(pace, self._stopwatch.now() + _SHORTLY_BEFORE, self._rate, self.room, recipients=0)

    def _as_it_is(self, pace: Pace | None) -> Pace:
        return pace or fresh(self._stopwatch.now())
