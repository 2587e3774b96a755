"""What every ledger promises to several processes at once: everything is taken once, however they die."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag

import pytest
from contracts.ledger_world import ANNA, EDITION, LATER, NOW, Worker, enrolled, event, name, states

from campaigns.ground.delivery import State, Tally
from campaigns.ground.event import EventType
from campaigns.ground.receipt import Outcome
from campaigns.ports.ledger import Ledger
from campaigns.store.opening import open_ledger

WORKER = """
import sys
from datetime import UTC, datetime, timedelta
from campaigns.ground.edition import Edition
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Lease, Span
from campaigns.store.opening import open_ledger

now = datetime(2026, 11, 28, 20, tzinfo=UTC)
edition = Edition("weekly_winddown", 2026, 48)
url, owner, size = sys.argv[1:]
lease, due = Lease(owner, now + timedelta(minutes=15)), [Span(now - timedelta(days=1), now)]
with open_ledger(url) as ledger:
    while claims := ledger.claim(edition, lease, int(size), now, due=due):
        mine = ledger.submit(edition, lease, [claim.delivery_id for claim in claims], now)
        for delivery_id in mine:
            print(delivery_id, flush=True)  # it has left
        late = ledger.settle(edition, owner, [Receipt(each, Outcome.ACCEPTED) for each in mine], now, {})
        assert not late, late
"""


class Crew:
    """Processes that send one edition, and what they have handed over, file by file."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, host: str, workers: int, size: int = 7) -> None:
        for number in range(workers):
            owner = f"{host}/{len(self.processes)}/{number}"
            with (self.folder / owner.replace("/", "-")).open("wb") as sent:
                command = [sys.executable, "-c", WORKER, self.url, owner, str(size)]
                self.processes.append(subprocess.Popen(command, stdout=sent))

    def sent(self) -> Counter[str]:
        files = list(self.folder.iterdir())
        return Counter(line for file in files for line in file.read_text().splitlines())

    def end(self) -> list[int]:
        return [process.wait(60) for process in self.processes]


@contextmanager
def crew(url: str, folder: Path) -> Iterator[Crew]:
    (folder / "sent").mkdir()
    made = Crew(url, folder / "sent")
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


def test_four_processes_take_everything_once(ledger_url: str, tmp_path: Path) -> None:
    with open_ledger(ledger_url) as ledger, crew(ledger_url, tmp_path) as workers:
        enrolled(ledger, 600)
        workers.start("anna", 4, size=3)
        assert workers.end() == [0] * 4
        assert workers.sent() == Counter({name(n): 1 for n in range(600)})
        assert ledger.tally(EDITION) == Tally(planned=600, accepted=600)


def test_processes_that_are_killed_send_nothing_twice_and_lose_nothing(ledger_url: str, tmp_path: Path) -> None:
    dice = random.Random(7)
    with open_ledger(ledger_url) as ledger, crew(ledger_url, tmp_path) as workers:
        enrolled(ledger, 2_000)
        for _ in range(4):
            before = workers.sent().total()
            workers.start("anna", 4)
            while workers.sent().total() < before + 20:
                time.sleep(0.01)
            time.sleep(dice.random() / 10)
            for process in workers.processes:
                process.send_signal(signal.SIGKILL)
            workers.end()
            in_flight = ledger.tally(EDITION).in_flight
            recovered = ledger.recover(EDITION, "anna", NOW)
            assert recovered.waiting + recovered.uncertain == in_flight
            assert ledger.tally(EDITION).in_flight == 0
        workers.start("ben", 4, size=50)
        assert workers.end()[-4:] == [0] * 4
        sent, tally = workers.sent(), ledger.tally(EDITION)
        assert max(sent.values()) == 1
        assert tally == Tally(planned=2_000, accepted=tally.accepted, uncertain=tally.uncertain)
        accepted = {delivery.delivery_id for delivery in ledger.deliveries(EDITION, State.ACCEPTED)}
        uncertain = {delivery.delivery_id for delivery in ledger.deliveries(EDITION, State.UNCERTAIN)}
        assert accepted <= sent.keys() <= accepted | uncertain


def test_processes_of_another_host_go_on_while_one_recovers(ledger_url: str, tmp_path: Path) -> None:
    with open_ledger(ledger_url) as ledger, crew(ledger_url, tmp_path) as workers:
        enrolled(ledger, 300)
        workers.start("ben", 2, size=3)
        while any(process.poll() is None for process in workers.processes):
            ledger.recover(EDITION, "anna", NOW)
        assert workers.end() == [0, 0]
        assert ledger.tally(EDITION) == Tally(planned=300, accepted=300)


def test_several_processes_may_make_the_ledger_at_once(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    code = "import sys; from campaigns.store.opening import open_ledger; open_ledger(sys.argv[1]).close()"
    for url in (f"sqlite:///{tmp_path / 'new.db'}", request.getfixturevalue("postgres").new_database()):
        processes = [subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE) for _ in range(6)]
        assert [process.communicate(timeout=60)[1] for process in processes] == [b""] * 6


# threads, which meet more closely


def test_nothing_is_claimed_once_a_halt_has_returned(ledger: Ledger) -> None:
    enrolled(ledger, 1_000)
    done = Flag()

    def claim(number: int) -> int:
        worker, count = Worker(ledger, f"anna/1/{number}"), 0
        while not done.is_set():
            count += len(worker.claim(1))
        return count

    with ThreadPoolExecutor(3) as pool:
        counts = [pool.submit(claim, number) for number in range(3)]
        while ledger.taken(EDITION) < 20:
            time.sleep(0.001)
        ledger.halt(EDITION, "enough", NOW)
        taken = ledger.taken(EDITION)
        time.sleep(0.05)
        done.set()
        assert sum(count.result() for count in counts) == ledger.taken(EDITION) == taken < 1_000


@pytest.mark.parametrize("outcome", [Outcome.UNCERTAIN, Outcome.DEFERRED])
def test_an_event_and_a_receipt_that_come_together_settle(ledger: Ledger, outcome: Outcome) -> None:
    enrolled(ledger, 40)
    worker = Worker(ledger, ANNA)
    with ThreadPoolExecutor(2) as pool:
        for number in range(40):
            ids = worker.submitted(1)
            told = pool.submit(ledger.record, [event(number, EventType.DELIVERED, number)])
            settled = pool.submit(worker.settle, ids, outcome)
            assert (told.result().new, settled.result()) == (1, frozenset())
    assert states(ledger) == [State.ACCEPTED] * 40


def test_transactions_over_the_same_rows_in_other_orders_wait_for_each_other(ledger: Ledger) -> None:
    enrolled(ledger, 60)
    enrolled_names = [name(number) for number in range(60)]

    def send(number: int) -> None:
        worker = Worker(ledger, f"anna/1/{number}")
        for _ in range(10):
            ids = worker.submitted(20)
            worker.settle(reversed(ids), Outcome.DEFERRED, retry=NOW)

    def tell(number: int) -> None:
        order = random.Random(number).sample(range(60), 60)
        for turn in range(10):
            ledger.record([event(1_000 * turn + each, EventType.DEFERRED, each) for each in order])

    def tidy(number: int) -> None:
        for _ in range(10):
            ledger.recover(EDITION, f"host {number}", LATER)
            ledger.resolve(EDITION, enrolled_names[:: 1 - 2 * number], State.WAITING, NOW)
            ledger.suppress([(f"key-{each}", "bounced") for each in range(60)][:: 1 - 2 * number], NOW)

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(job, number) for number in range(2) for job in (send, tell, tidy)]
        for done in work:
            done.result()
    assert len(list(ledger.events(EDITION))) == 600
    assert ledger.tally(EDITION).balanced
