"""`send --shard 3/8`: hosts share an edition out; whatever becomes of one, others finish, and nobody gets two."""

from __future__ import annotations

import subprocess
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown, copied, finished, free_of_settings
from provider_process import running
from providers.postgres import PostgresServer

from campaigns.ground.owner import Owner
from campaigns.ground.shard import Shard
from campaigns.ports.entries import Delivery
from campaigns.store.opening import open_ledger

_ON = "import socket; socket.gethostname = lambda: {host!r}; from campaigns.cli import main; main()"
"""The same command on another host, as far as it can tell."""
_PAST_LEASES = "2026-11-22T06:30"
_PER_SECOND = 150  # so that there is time for something to happen


@dataclass(frozen=True)
class Field:
    """A workspace with its ledger in PostgreSQL, that sends to SES's stand-in, which writes down what arrives."""

    winddown: Winddown
    url: str
    record: Path

    def send(self, shard: str, host: str = "", now: str = SUNDAY) -> subprocess.Popen[bytes]:
        part = ["--shard", shard] if shard else []
        wrapper = _ON.format(host=host) if host else None
        return self.winddown.start("send", CAMPAIGN, *part, now=now, wrapper=wrapper)

    def arrivals(self) -> list[tuple[str, float]]:
        lines = (line.split() for line in self.record.read_text().splitlines())
        return [(delivery_id, float(at)) for delivery_id, at in lines]

    def deliveries(self) -> dict[str, Delivery]:
        with open_ledger(self.url) as ledger:
            return {delivery.delivery_id: delivery for delivery in ledger.deliveries(EDITION)}

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def everybody_got_one(self) -> None:
        assert set(Counter(name for name, _ in self.arrivals()).values()) == {1}
        assert {name for name, _ in self.arrivals()} == self.deliveries().keys()


@pytest.fixture
def field(
    crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> Iterator[Field]:
    free_of_settings(monkeypatch)
    winddown, record, url = Winddown(copied(crowd, tmp_path / "world"), monkeypatch), tmp_path / "record", ""
    url = postgres.new_database()
    record.touch()
    with running("ses", f"--record={record}", "--sink") as provider:
        for name, value in {
            "WINDDOWN_LEDGER__URL": url,
            "WINDDOWN_IDENTITY__FROM_ADDRESS": "hello@example.org",
            "WINDDOWN_SENDER__PROVIDER": "ses",
            "WINDDOWN_SENDER__MAX_PER_SECOND": str(_PER_SECOND),
            "WINDDOWN_SENDER__SES__ENDPOINT_URL": f"http://127.0.0.1:{provider.port}",
            "WINDDOWN_SENDER__SES__CONFIGURATION_SET": "weekly",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not a real one",
        }.items():
            monkeypatch.setenv(name, value)
        for command in ("plan", "check"):
            ran = winddown(command, CAMPAIGN)
            assert ran.code == 0, ran.stderr
        yield Field(winddown, url, record)


def most_in_a_second(times: list[float]) -> int:
    times = sorted(times)
    return max(bisect_left(times, at + 1) - n for n, at in enumerate(times))


def test_shards_beside_each_other_send_each_its_own_and_never_faster_together_than_allowed(field: Field) -> None:
    processes = [field.send(f"{n}/3", host="here" if n < 3 else "there") for n in (1, 2, 3)]
    rans = [finished(process) for process in processes]
    assert [(ran.code, ran.stderr) for ran in rans] == [(0, "")] * 3
    field.everybody_got_one()
    owners = {name: Owner.parse(str(delivery.owner)) for name, delivery in field.deliveries().items()}
    assert all(owner.shard.has(name) for name, owner in owners.items())
    assert {(owner.host, owner.shard) for owner in owners.values()} == {
        ("here", Shard(1, 3)),
        ("here", Shard(2, 3)),
        ("there", Shard(3, 3)),
    }
    assert most_in_a_second([at for _, at in field.arrivals()]) <= _PER_SECOND


def test_the_day_s_number_is_shared_by_all_shards_and_never_exceeded(field: Field) -> None:
    field.winddown.patch.setenv("WINDDOWN_SENDER__WARM_UP__FIRST", f"{datetime.now(UTC):%Y-%m-%d}")
    field.winddown.patch.setenv("WINDDOWN_SENDER__WARM_UP__DAILY", "[333]")
    rans = [*map(finished, [field.send(f"{n}/4", host=f"host-{n}") for n in (1, 2, 3, 4)])]
    assert {ran.code for ran in rans} == {0}
    assert all("the day's number of recipients is used up" in ran.said for ran in rans)
    assert len(field.arrivals()) == len({name for name, _ in field.arrivals()}) == 333


def test_a_shard_that_dies_is_taken_up_by_whoever_comes_next_and_its_siblings_go_on(field: Field) -> None:
    dying, sibling = field.send("1/2", "dying"), field.send("2/2", "here")
    field.until(lambda: len(field.arrivals()) > 100)
    dying.kill()
    finished(dying)
    assert finished(sibling).code == 0
    held = [d for d in field.deliveries().values() if d.owner and d.owner.startswith("dying/1of2/")]
    heir = finished(field.send("1/2", "heir"))
    assert heir.code == 0, heir.stderr
    assert "waiting" not in {
        delivery.state for name, delivery in field.deliveries().items() if Shard(1, 2).has(name)
    }
    assert any(delivery.state in {"claimed", "submitting"} for delivery in held)
    assert finished(field.send("", "last", now=_PAST_LEASES)).code == 0
    deliveries, arrived = field.deliveries(), Counter(name for name, _ in field.arrivals())
    assert set(arrived.values()) == {1}
    assert {delivery.state for delivery in deliveries.values()} <= {"accepted", "uncertain"}
    uncertain = {name for name, delivery in deliveries.items() if delivery.state == "uncertain"}
    assert uncertain <= {delivery.delivery_id for delivery in held if delivery.state == "submitting"}
    assert deliveries.keys() - arrived.keys() <= uncertain


def test_begun_anew_on_its_host_a_shard_takes_up_its_own_and_no_sibling_s_claims(field: Field) -> None:
    dying, sibling = field.send("1/2", "here"), field.send("2/2", "here")
    field.until(lambda: len(field.arrivals()) > 100)
    dying.kill()
    finished(dying)
    again = finished(field.send("1/2", "here"))
    assert (again.code, finished(sibling).code, finished(sibling).stderr) == (0, 0, "")
    deliveries = field.deliveries()
    uncertain = {name for name, delivery in deliveries.items() if delivery.state == "uncertain"}
    assert all(Shard(1, 2).has(name) for name in uncertain)
    assert len(uncertain) <= 30  # one call's
    assert {delivery.state for delivery in deliveries.values()} <= {"accepted", "uncertain"}
    assert set(Counter(name for name, _ in field.arrivals()).values()) == {1}


def test_of_one_host_nobody_else_sends_a_shard_that_is_being_sent_nor_all_of_it(field: Field) -> None:
    at_work = field.send("1/2", "here")
    field.until(lambda: len(field.arrivals()) > 50)
    same, everything = finished(field.send("1/2", "here")), finished(field.send("", "here"))
    assert (same.code, everything.code) == (3, 3)
    assert "another run is at work on shard 1/2; let it finish" in same.said
    assert "another run is at work on it; let it finish" in everything.said
    assert finished(field.send("2/4", "here")).code == 0  # of another number: what is left of its own
    assert finished(at_work).code == 0


def test_a_halt_stops_all_shards_within_a_batch_and_status_shows_what_each_holds(field: Field) -> None:
    processes = [field.send(f"{n}/3", f"host-{n}") for n in (1, 2, 3)]
    field.until(lambda: len({d.owner for d in field.deliveries().values() if d.owner}) == 3)
    status = field.winddown("status", CAMPAIGN, "--json", now=SUNDAY).json
    assert [(each["host"], each["shard"], each["workers"]) for each in status["at_work"]] == [
        (f"host-{n}", f"{n}/3", 1) for n in (1, 2, 3)
    ]
    assert list(status["shards"]) == ["1/3", "2/3", "3/3"]
    assert sum(shard["planned"] for shard in status["shards"].values()) == status["deliveries"]["planned"]
    shown = field.winddown("status", CAMPAIGN, now=SUNDAY).out
    assert "3/3" in shown
    assert "host-3" in shown
    assert field.winddown("halt", CAMPAIGN, "--because", "enough").code == 0
    before = len(field.arrivals())
    rans = [finished(process) for process in processes]
    assert [ran.code for ran in rans] == [3] * 3
    assert len(field.arrivals()) - before <= 3 * 30
    assert field.winddown.tally()["in_flight"] == 0
    field.winddown("resume", CAMPAIGN)
    assert finished(field.send("", "host-1")).code == 0
    field.everybody_got_one()


def test_shards_work_on_one_host_s_sqlite_too(winddown: Winddown) -> None:
    rans = [winddown("send", CAMPAIGN, "--shard", f"{n}/2", now=SUNDAY) for n in (1, 2)]
    assert [ran.code for ran in rans] == [0, 0]
    assert winddown.tally()["accepted"] == len(winddown.emails()) == winddown.tally()["planned"]
    shards = winddown("status", CAMPAIGN, "--shards", "2", "--json", now=SUNDAY).json["shards"]
    assert [shard["waiting"] for shard in shards.values()] == [0, 0]


@pytest.mark.parametrize("shard", ["0/8", "9/8", "3", "three/8"])
def test_what_is_no_shard_is_wrong_usage(winddown: Winddown, shard: str) -> None:
    ran = winddown("send", CAMPAIGN, "--shard", shard, now=SUNDAY)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.said.startswith(f"winddown: --shard {shard}: wanted") or f"--shard '{shard}': wanted" in ran.said
    assert winddown.emails() == {}
