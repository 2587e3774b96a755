"""A discrete simulation of sending: workers take turns at a heap of times, under the very rules of `dispatch`.

Rates, slots, the day's number, throttling and recovering, retries, quiet hours and what is too late are decided by
the functions that decide them in a real send; what they are told of, time and the provider's answers, is made up.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from campaigns.dispatch.pacing import (
    LATE,
    batch_size,
    forgo,
    grant,
    refund,
    reserve,
    slot_of,
    slow_down,
)
from campaigns.dispatch.timing import due_spans, rest_after, retry_after
from campaigns.ground.pace import Pace
from campaigns.weekend.backlog import Backlog, Messages, shared_out
from campaigns.weekend.conditions import Call, Fate, Played, Weekend

_SHORTLY_BEFORE = timedelta(milliseconds=12)  # as `dispatch.turnstile` has it
_LATE = timedelta(seconds=LATE)
_WELL = Fate(1.0)


def play(weekend: Weekend, random: Random) -> Played:
    """Send a weekend's edition, call by call, until nothing waits."""
    playing = _Playing(weekend, random, shared_out(weekend.due, weekend.senders.shards))
    began = min(weekend.due)
    while playing.waiting:
        ended = playing.call(began)
        while began <= ended:
            began += weekend.every
    return playing.played()


@dataclass(slots=True)
class _Worker:
    """One that sends: what it has claimed, the batch it has ready, and the one that is under way."""

    backlog: Backlog
    claimed: list[Messages] = field(default_factory=list)
    ready: list[Messages] = field(default_factory=list)
    under_way: tuple[list[Messages], Fate, datetime] | None = None
    in_a_row: int = 0


@dataclass(slots=True)
class _Playing:
    weekend: Weekend
    random: Random
    backlogs: list[Backlog]
    pace: Pace | None = None
    calls: list[Call] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    lateness: Counter[float] = field(default_factory=Counter)
    _heap: list[tuple[datetime, int, _Worker]] = field(default_factory=list)
    _ties: Iterator[int] = field(default_factory=count)

    @property
    def waiting(self) -> int:
        return sum(backlog.waiting for backlog in self.backlogs)

    @property
    def _room(self) -> int:
        provider = self.weekend.provider
        return batch_size(self.weekend.rate, provider.batch_size, in_one_call=provider.in_one_call)

    def call(self, began: datetime) -> datetime:
        """One call of the command on every host; when it ended."""
        self.calls.append(Call(began))
        now = began
        for backlog in self.backlogs:
            self.counts["cancelled"] += backlog.expire(began - self.weekend.give_up_after)
            for _ in range(self.weekend.senders.workers):
                self._later(began, _Worker(backlog))
        while self._heap:
            now, _, worker = heapq.heappop(self._heap)
            self._turn(worker, now)
        return now

    def played(self) -> Played:
        """What came of it all."""
        return Played(
            self.calls,
            self.counts["accepted"],
            self.counts["rejected"],
            self.counts["uncertain"],
            self.counts["cancelled"],
            self.counts["calls"],
            sorted(self.lateness.items()),
        )

    def _later(self, at: datetime, worker: _Worker) -> None:
        heapq.heappush(self._heap, (at, next(self._ties), worker))

    def _turn(self, worker: _Worker, now: datetime) -> None:
        """See what became of the batch under way, let the next one leave, and get another ready meanwhile."""
        now = self._land(worker, now)
        if worker.ready:
            now = self._take_off(worker, now)
        if self.calls[-1].used_up:
            self._give_back(worker)
        else:
            now = self._get_ready(worker, now)
        if worker.under_way:
            self._later(max(now, worker.under_way[2]), worker)
        elif worker.ready:
            self._later(now, worker)

    def _get_ready(self, worker: _Worker, now: datetime) -> datetime:
        """Claim if need be, and render a batch; when that is done."""
        senders, weekend = self.weekend.senders, self.weekend
        if not worker.claimed:
            spans = due_spans(now, weekend.give_up_after, weekend.quiet)
            worker.claimed = worker.backlog.take(max(self._room, senders.claimed_at_once), now, spans)
        worker.ready = _off_the_top(worker.claimed, self._room)
        messages = sum(each.count for each in worker.ready)
        crowded = max(1.0, senders.workers / senders.cores)
        return now + timedelta(seconds=messages * senders.message_s * crowded)

    def _take_off(self, worker: _Worker, now: datetime) -> datetime:
        """Wait for a slot and leave in it, as far as the day has room; when the next batch can be begun."""
        rate, room, messages = self.weekend.rate, self._room, sum(each.count for each in worker.ready)
        soon = now + _SHORTLY_BEFORE
        granted = grant(self.pace, now, rate, messages)
        if granted < messages:
            self.calls[-1] = replace(self.calls[-1], used_up=True)
        if not granted:
            return now
        leaving = _off_the_top(worker.ready, granted)
        self.pace = reserve(self.pace, soon if rate.per_second else now, rate, room, granted)
        slot = slot_of(self.pace, rate, room) if rate.per_second else now
        begun = max(now, slot - _SHORTLY_BEFORE)
        leaves = max(slot, begun + timedelta(seconds=self.weekend.senders.commit_s))
        while rate.per_second and leaves > slot + _LATE:
            self.pace = reserve(forgo(self.pace, rate, room, slot), leaves + _SHORTLY_BEFORE, rate, room, 0)
            slot = slot_of(self.pace, rate, room)
            leaves = max(leaves, slot)
        fate = self._fate()
        landed = leaves + timedelta(seconds=self.weekend.provider.call_s + fate.seconds)
        self.counts["calls"] += 1
        worker.under_way = leaving, fate, landed
        return begun

    def _fate(self) -> Fate:
        drawn = self.random.random()
        for fate in self.weekend.provider.fates:
            drawn -= fate.share
            if drawn < 0:
                return fate
        return _WELL

    def _land(self, worker: _Worker, now: datetime) -> datetime:
        """Settle the batch under way; when the worker has rested, if it was asked to."""
        if worker.under_way is None:
            return now
        messages, fate, landed = worker.under_way
        worker.under_way = None
        throttled = sum([self._settle(worker.backlog, each, fate, landed) for each in messages])
        if not throttled:
            worker.in_a_row = 0
            return now
        worker.in_a_row += 1
        self.pace = slow_down(refund(self.pace, now, throttled), now)
        self.calls[-1] = replace(self.calls[-1], throttled=self.calls[-1].throttled + 1)
        return now + timedelta(seconds=rest_after(worker.in_a_row, self.random.random()))

    def _settle(self, backlog: Backlog, messages: Messages, fate: Fate, at: datetime) -> int:
        """How many of them the provider wants to have again, slower."""
        came = self._outcomes(messages.count, fate)
        attempts = messages.attempts + 1
        again = at + retry_after(self.weekend.retry_after, attempts, self.random.random())
        if attempts >= self.weekend.max_attempts:
            came["rejected"] += came.pop("deferred", 0)
        backlog.put_back(messages.part(came["throttled"]))
        backlog.put_back(Messages(messages.due, came["deferred"], attempts, again))
        for outcome in ("accepted", "rejected", "uncertain"):
            self.counts[outcome] += came[outcome]
        if accepted := came["accepted"]:
            self.lateness[round((at - messages.due).total_seconds())] += accepted
            self.calls[-1] = self.calls[-1].with_accepted(accepted, at)
        return came["throttled"]

    def _outcomes(self, messages: int, fate: Fate) -> Counter[str]:
        """What becomes of so many messages of a call."""
        parts = [(name, getattr(fate, name)) for name in ("throttled", "deferred", "rejected", "uncertain")]
        parts = [(name, share) for name, share in parts if share]
        if not parts:
            return Counter(accepted=messages)
        names, shares = [*(name for name, _ in parts), "accepted"], [share for _, share in parts]
        return Counter(self.random.choices(names, [*shares, max(0.0, 1 - sum(shares))], k=messages))

    def _give_back(self, worker: _Worker) -> None:
        for each in (*worker.ready, *worker.claimed):
            worker.backlog.put_back(each)
        worker.ready, worker.claimed = [], []


def _off_the_top(messages: list[Messages], count: int) -> list[Messages]:
    """So many of them, taken away from the list."""
    taken: list[Messages] = []
    while messages and count:
        first = messages.pop(0)
        part = min(first.count, count)
        if part < first.count:
            messages.insert(0, first.part(first.count - part))
        taken.append(first.part(part))
        count -= part
    return taken
