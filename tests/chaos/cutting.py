"""A shard that is cut off in the midst of sending, and comes back: each a host with a cable of its own.

PostgreSQL and the provider are in a namespace of their own, three shards in three others. One's cable is cut while
it sends. The others go on; another host takes the cut shard up as soon as its lease has ended; then the cable is
mended, and whoever was cut off goes on where the ledger lets it, or has given up.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from bad_providers import BadProvider, serving
from combinations import Outcome
from edition_to_send import EDITION, World, clock, environment
from namespaces import Cable, cables, inside, inside_hub
from postgres import PostgresServer
from reckoning import Killed, Reckoning, arrivals, doubts, reckon
from sending import Sending, Victim
from sqlalchemy import make_url
from trial import HungError

from campaigns.store.opening import open_ledger

SHARDS = 3
_HEIR = SHARDS  # one more cable
_PER_SECOND = 60  # so that there is time to cut
_LEASE_ROUNDS = 4  # of five minutes each, which is more than a lease has
_PATIENCE_S = 60.0  # TCP's is 15 seconds, and one more connection is tried
_LONG_S = 25.0  # more than TCP's patience
_LET_IN = "host all all 10.77.0.0/16 scram-sha-256\n"


@dataclass(slots=True)
class Network:
    """Servers that hosts find over cables.

    Attributes:
        enrolled: a database in which the plan is.
    """

    world: World
    server: PostgresServer
    enrolled: str
    cables: Sequence[Cable]

    @contextmanager
    def ledger(self) -> Iterator[str]:
        """A fresh one, by the address that it has in this machine's file system."""
        url = self.server.new_database(template=str(make_url(self.enrolled).database))
        try:
            yield url
        finally:
            self.server.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


@contextmanager
def network(world: World) -> Iterator[Network]:
    """Hosts with cables, and a server that they are let in to."""
    with cables(SHARDS + 1) as laid:
        server = PostgresServer(settings={"listen_addresses": "*"})
        with inside_hub():
            server.start()
        try:
            with (server.folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write(_LET_IN)
            server.run("SELECT pg_reload_conf()")
            enrolled = server.new_database()
            world.enrol(enrolled)
            yield Network(world, server, enrolled, laid)
        finally:
            server.__exit__()


@dataclass(slots=True)
class Cut:
    """One edition, sent by shards of which one is cut off.

    Attributes:
        url: of the ledger, for whoever looks on.
        long: whether the cable stays cut until the connection is given up.
    """

    network: Network
    provider: BadProvider
    url: str
    folder: Path
    random: Random
    long: bool
    runs: list[Sending] = field(default_factory=list)
    cut_off: set[Killed] = field(default_factory=set)

    def send(self) -> None:
        """Send it to its end.

        Raises:
            HungError: somebody does not come to an end, or nothing could be cut.
        """
        shards = [self._start(number, f"{number + 1}/{SHARDS}", clock(0)) for number in range(SHARDS)]
        victim = self.random.randrange(SHARDS)
        self._wait_until(lambda: len(self._sent_by(shards[victim])) > self.random.randint(0, 40))
        self._cut_off(victim, shards)
        for run in shards:
            self._wait_for(run)
        for later in (_LEASE_ROUNDS + 1, 2 * _LEASE_ROUNDS + 2):  # whoever comes next, with all that is left
            self._wait_for(self._start(_HEIR, "1/1", clock(later)))

    def _cut_off(self, victim: int, shards: Sequence[Sending]) -> None:
        cable = self.network.cables[victim]
        self.cut_off.add(Killed(shards[victim].process.pid))
        cable.cut()
        since = time.monotonic()
        try:
            heir = self._start(_HEIR, f"{victim + 1}/{SHARDS}", clock(_LEASE_ROUNDS))
            for number, run in enumerate(shards):
                if number != victim:
                    self._wait_for(run)
            if self.long or self.random.random() < 0.5:
                self._wait_for(heir)
            if self.long:
                time.sleep(max(0.0, since + _LONG_S - time.monotonic()))
        finally:
            cable.mend()
        self._wait_for(heir)

    def reckoning(self) -> Reckoning:
        """What came of it; only while nobody is at work."""
        with closing(open_ledger(self.url)) as ledger:
            return reckon(
                ledger.deliveries(EDITION),
                ledger.tally(EDITION),
                arrivals(self.folder / "record"),
                killed=set(),
                doubted=doubts(self.folder / "attempts"),
                cut_off=self.cut_off,
            )

    @property
    def complaints(self) -> list[str]:
        """What runs said that failed."""
        return [run.complaint for run in self.runs if run.complaint]

    def stop(self) -> None:
        """Leave nobody behind."""
        for run in self.runs:
            run.kill(Victim.ALL, self.random)

    def _start(self, number: int, shard: str, now: datetime) -> Sending:
        cable = self.network.cables[number]
        url = make_url(self.url).set(host=cable.server, query={})
        settings = {
            name: value.replace("127.0.0.1", cable.server) for name, value in self.provider.settings.items()
        }
        more = {
            **settings,
            "WINDDOWN_LEDGER__URL": url.render_as_string(hide_password=False),
            "WINDDOWN_SENDER__MAX_PER_SECOND": str(_PER_SECOND),
            "WINDDOWN_SENDER__RETRY_AFTER_MINUTES": "1",
        }
        said = self.folder / f"said-{len(self.runs)}"
        with inside(cable):
            run = Sending.start(
                self.network.world, environment(more), now, 1, host=f"host-{number}", said=said, shard=shard
            )
        self.runs.append(run)
        return run

    def _sent_by(self, run: Sending) -> list[str]:
        """The deliveries of a run that have arrived."""
        arrived = arrivals(self.folder / "record")
        with closing(open_ledger(self.url)) as ledger:
            return [
                delivery.delivery_id
                for delivery in ledger.deliveries(EDITION)
                if delivery.delivery_id in arrived and f"/{run.process.pid}-" in (delivery.owner or "")
            ]

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not holds():
            if time.monotonic() > deadline:
                raise HungError("no shard got so far that it could be cut off")
            time.sleep(0.05)

    def _wait_for(self, run: Sending) -> None:
        if not run.ended(_PATIENCE_S):
            raise HungError(f"a run does not end within {_PATIENCE_S:.0f} seconds: {run.words[-300:]}")


def cut_once(network: Network, folder: Path, seed: int, *, long: bool, faults: float = 0.0) -> Outcome:
    """One cut, and what came of it.

    Args:
        network: what to cut.
        folder: an empty one, for the record and what runs say.
        seed: decides which shard, and when.
        long: whether the cable stays cut until the connection is given up.
        faults: the share of calls that the provider misbehaves in.
    """
    record, attempts = folder / "record", folder / "attempts"
    record.touch()
    attempts.touch()
    with network.ledger() as url:
        with inside_hub():
            providing = serving("ses", record, attempts, faults, seed, host="0.0.0.0")
            provider = providing.__enter__()
        cut = Cut(network, provider, url, folder, Random(seed), long)
        try:
            cut.send()
        finally:
            cut.stop()
            providing.__exit__(None, None, None)
        return Outcome(1, provider.process.faults, cut.reckoning(), Counter(cut.complaints))
