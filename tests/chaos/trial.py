"""A trial: one edition, sent to its end by processes that are killed again and again on the way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from bad_providers import BadProvider, serving
from edition_to_send import EDITION, World, clock, environment
from fresh_ledgers import FreshLedgers
from reckoning import Killed, Reckoning, arrivals, doubts, reckon
from sending import Sending, Victim

from campaigns.ground.delivery import Tally
from campaigns.store.opening import open_ledger
from campaigns.store.sql import SqlLedger

_POLL_S = 0.002
_PATIENCE_S = 120.0  # a run that does nothing for so long hangs
_MOST_ROUNDS = 120  # whoever still waits then counts as lost
_STARTING_S = 0.8  # that a worker takes until it sends, and as many again are at work
_MOMENT_S = 0.1


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what an edition is sent.

    Attributes:
        workers: how many processes a host has.
        hosts: how many hosts send at the same time; the second one's name is made up.
        faults: the share of messages or requests that something goes wrong with.
        per_second: the rate limit, if there is one; with one, batches are smaller.
        lease_minutes: shorter than a round, a host thinks the other one dead while it still sends.
    """

    sender: str
    workers: int
    hosts: int = 1
    faults: float = 0.1
    per_second: int | None = None
    lease_minutes: int = 15
    seed: int = 0

    @property
    def settings(self) -> Mapping[str, str]:
        """As an operator would set them."""
        usual = {
            "WINDDOWN_SENDER__RETRY_AFTER_MINUTES": "1",
            "WINDDOWN_SENDER__LEASE_MINUTES": str(self.lease_minutes),
        }
        limit = {"WINDDOWN_SENDER__MAX_PER_SECOND": str(self.per_second)} if self.per_second else {}
        return usual | limit


class HungError(RuntimeError):
    """A run that does not come to an end."""


@dataclass(slots=True)
class Trial:
    """One edition on its way.

    Attributes:
        settings: the environment of every run.
        record: what the provider took over.
        attempts: what it was handed, and did with it.
        latest: by host, the run that was started last.
        runs: all that were ever started; some have no parent any more, and workers all the same.
        killed: who of those that send something.
        kills: of processes that were alive, with work left.
    """

    world: World
    conditions: Conditions
    settings: Mapping[str, str]
    provider: BadProvider
    ledger: SqlLedger
    record: Path
    attempts: Path
    random: Random
    rounds: Iterator[int] = field(default_factory=count)
    latest: dict[str, Sending] = field(default_factory=dict)
    runs: list[Sending] = field(default_factory=list)
    killed: set[Killed] = field(default_factory=set)
    kills: int = 0

    def send(self, kills: int = 0, struck: Callable[[], None] = lambda: None) -> None:
        """Send the edition to its end, killing on the way.

        Args:
            kills: so often at most; an edition that is over cannot be killed any more.
            struck: told of each.

        Raises:
            HungError: a run does not come to an end.
        """
        while self._is_work_left() and (round_number := next(self.rounds)) < _MOST_ROUNDS:
            self.ledger.resume(
                EDITION, clock(round_number)
            )  # too many rejections halt it: somebody looked into it
            if self.kills >= kills:
                self._start(round_number, workers=1)  # what is deferred again and again needs no more
                self._let_end(self.runs)
                continue
            self._start(round_number, self.conditions.workers)
            if self._strike():
                self.kills += 1
                struck()

    def reckoning(self) -> Reckoning:
        """What came of it so far; only while nobody is at work."""
        return reckon(
            self.ledger.deliveries(EDITION),
            self.tally,
            arrivals(self.record),
            killed=self.killed,
            doubted=doubts(self.attempts),
        )

    def keep_ledger(self) -> None:
        """Write its deliveries beside the record, for whoever looks for what went wrong."""
        lines = [f"{self.conditions}, killed: {sorted(self.killed)}", *map(str, self.ledger.deliveries(EDITION))]
        self.record.with_name("ledger").write_text("\n".join(lines), "utf-8")

    def stop(self) -> None:
        """Leave nobody behind."""
        for sending in self.runs:
            sending.kill(Victim.ALL, self.random)

    @property
    def complaints(self) -> Counter[str]:
        """What runs said that failed without being killed."""
        return Counter(run.complaint for run in self.runs if run.complaint)

    @property
    def tally(self) -> Tally:
        """The ledger's counts."""
        return self.ledger.tally(EDITION)

    def _is_work_left(self) -> bool:
        """Whether somebody waits or is in flight; where nobody is, those still at work may yet put some back."""
        if _unfinished(self.tally):
            return True
        self._let_end(self.runs)
        return _unfinished(self.tally)

    def _start(self, round_number: int, workers: int) -> None:
        """See to it that every host sends."""
        for host in ("", "the-other-host")[: self.conditions.hosts]:
            before = self.latest.get(host)
            if before is None or not before.runs:
                said = self.record.with_name(f"said-{round_number}-{host or 'here'}")
                self.latest[host] = Sending.start(
                    self.world, self.settings, clock(round_number), workers, host=host, said=said
                )
                self.runs.append(self.latest[host])

    def _strike(self) -> bool:
        """Kill one run at a random instant; whether it was alive and had work left."""
        self._wait_for_an_instant()
        sending = self.random.choice(list(self.latest.values()))
        victim = self.random.choice(list(Victim)) if self.conditions.workers > 1 else Victim.ALL
        blow = sending.kill(victim, self.random)
        if blow.killed:
            self.killed.add(blow.killed)
        struck = blow.struck and _unfinished(self.tally)
        if self.random.random() < 0.5:
            self._let_end([sending])  # if not, the next run starts beside workers that lost their parent
        return struck

    def _wait_for_an_instant(self) -> None:
        """Until some more have arrived and a moment has passed; now and then earlier."""
        if self.random.random() < 0.15:
            time.sleep(self.random.uniform(0.2, _STARTING_S * (1 + self.conditions.workers)))
            return
        before, tally = _lines(self.record), self.tally
        more = self.random.randint(1, 1 + (tally.waiting + tally.in_flight) // 3)
        deadline = time.monotonic() + _PATIENCE_S
        while _lines(self.record) < before + more and any(each.runs for each in self.latest.values()):
            if time.monotonic() > deadline:
                raise HungError(f"nothing has arrived in {_PATIENCE_S:.0f} seconds: {self.conditions}")
            time.sleep(_POLL_S)
        time.sleep(self.random.uniform(0, _MOMENT_S))

    def _let_end(self, sendings: list[Sending]) -> None:
        for sending in sendings:
            if not sending.ended(_PATIENCE_S):
                raise HungError(f"a run does not end after {_PATIENCE_S:.0f} seconds: {self.conditions}")


@contextmanager
def a_trial(world: World, ledgers: FreshLedgers, conditions: Conditions, folder: Path) -> Iterator[Trial]:
    """An edition that is about to be sent, to a provider that runs; afterwards nobody is at work any more.

    Args:
        world: whose edition.
        ledgers: gives a fresh one.
        conditions: how it is to be sent.
        folder: an empty one, for the record and what runs say.
    """
    record, attempts = folder / "record", folder / "attempts"
    record.touch()
    attempts.touch()
    with (
        ledgers.fresh() as url,
        serving(conditions.sender, record, attempts, conditions.faults, conditions.seed) as provider,
        closing(open_ledger(url)) as ledger,
    ):
        settings = environment({**provider.settings, **conditions.settings, "WINDDOWN_LEDGER__URL": url})
        trial = Trial(world, conditions, settings, provider, ledger, record, attempts, Random(conditions.seed))
        try:
            yield trial
        finally:
            trial.stop()


def _unfinished(tally: Tally) -> bool:
    return bool(tally.waiting or tally.in_flight)


def _lines(record: Path) -> int:
    return record.read_bytes().count(b"\n")
