"""Planning 100,000 users x 500 recommendations, all rules on.

Against what DuckDB needs merely to parse the batch and count its items, and against the straightforward way
with pandas. The sides run in turn on the same machine, each in a process of its own, so that peak memory is
that side's alone; imports are not timed, but for `command`.

    python benchmarks/plan.py              # everything; some minutes, 3 GB of disk under .bench/
    python benchmarks/plan.py --users 20000
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb
import pandas as pd

from campaigns.ground.edition import Edition
from campaigns.plan.planner import Planner
from campaigns.ports.clock import FixedClock
from campaigns.ports.progress import Silent
from campaigns.store.memory import MemoryLedger
from campaigns.wiring.workspace import Workspace, host_name

WORLDS = Path(".bench")
UNTIL = date(2026, 11, 20)
EDITION_DAY = "2026-11-20"
NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
ROUNDS = 3


def parse_declared(world: Path) -> object:
    """DuckDB, told the types of every field of the format."""
    return _count(world, ", columns = {input: 'STRUCT(userId VARCHAR)', error: 'JSON', "
                         "output: 'STRUCT(recommendedItems VARCHAR[], scores DOUBLE[])'}")  # fmt: skip


def parse_detected(world: Path) -> object:
    """DuckDB, left to find the types out, as one types it at a prompt."""
    return _count(world, "")


def _count(world: Path, columns: str) -> object:
    batch = world / "data" / "recommendations" / "*.out"
    return duckdb.sql(
        f"SELECT count(*), sum(len(output.recommendedItems)) "
        f"FROM read_json('{batch}', format = 'newline_delimited'{columns})"
    ).fetchall()


class Deaf(MemoryLedger):
    """A ledger that keeps nothing: SQLite's time is in `command`, not in `plan`."""

    def enrol(self, _edition: object, _hash: str, _deliveries: Iterable[object], _at: object) -> None:
        """Leave everybody out."""


def plan(world: Path) -> object:
    """Winddown: fingerprints, checks at the door, audience, picks, assignment, the plan's files."""
    workspace = Workspace.open(world, FixedClock(NOW), Silent())
    edition = Edition.on("weekly_winddown", UNTIL)
    with workspace.planning_engine() as engine:
        return Planner(
            workspace.root,
            workspace.settings,
            workspace.campaign(edition.campaign),
            "benchmark",
            engine,
            Deaf(),
            workspace.clock,
            workspace.progress,
            host_name(),
        ).plan(edition)


def command(world: Path) -> object:
    """The command `winddown plan`: starting up, templates, and enrolling everybody in SQLite included."""
    for stale in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        (world / stale).unlink(missing_ok=True)
    call = [Path(sys.executable).with_name("winddown"), "--workspace", world, "--now", NOW.isoformat(), "plan"]
    done = subprocess.run(
        [*call, "weekly_winddown", "--date", EDITION_DAY, "--json"], check=True, capture_output=True
    )
    return json.loads(done.stdout)["counts"]["planned"]


def pandas(world: Path) -> object:
    """read_json, explode, isin, groupby head; the gates are left out, to its advantage."""
    data = world / "data"
    items, users = pd.read_parquet(data / "items.parquet"), pd.read_parquet(data / "users.parquet")
    interactions = pd.read_parquet(data / "interactions.parquet")
    (batch,) = (data / "recommendations").glob("*.out")
    lines = pd.read_json(batch, lines=True)
    lines = lines[lines["error"].isna()]
    pairs = pd.DataFrame(
        {"user_id": lines["input"].str["userId"], "item_id": lines["output"].str["recommendedItems"]}
    ).explode("item_id")
    del lines
    pairs["rank"] = pairs.groupby("user_id").cumcount()
    cutoff = pd.Timestamp(UNTIL) + pd.Timedelta(days=1)
    new = items[
        items["published_at"].between(cutoff - pd.Timedelta(days=14), cutoff) & (items["kind"] != "masterclass")
    ]
    pairs = pairs[pairs["item_id"].isin(new["item_id"])]
    pairs = pairs.merge(items, on="item_id").merge(
        users[["user_id", "language"]], on="user_id", suffixes=("", "_user")
    )
    pairs = pairs[pairs["language"] == pairs["language_user"]]
    kids = items.loc[items["for_kids"], "item_id"]
    heard_kids = interactions[interactions["item_id"].isin(kids)].groupby("user_id").size()
    pairs = pairs[~pairs["for_kids"] | pairs["user_id"].isin(heard_kids.index[heard_kids >= 3])]
    heard = interactions.groupby(["user_id", "item_id"]).agg(
        n=("event", "size"), done=("event", lambda e: (e == "complete").any())
    )
    heard = heard[(heard["n"] > 2) | heard["done"]].index
    pairs = pairs[~pd.MultiIndex.from_frame(pairs[["user_id", "item_id"]]).isin(heard)]
    pairs = pairs.sort_values(["user_id", "rank"])
    group = pairs["collection_id"].fillna(pairs["item_id"])
    pairs = pairs[~pd.DataFrame({"user": pairs["user_id"], "group": group}).duplicated()]
    for column, limit in (("narrator", 2), ("topic", 2), ("kind", 3)):
        kept = pairs.groupby(["user_id", column], dropna=False).cumcount() < limit
        pairs = pairs[kept | pairs[column].isna()]
    picks = pairs.groupby("user_id").head(6)
    return len(picks)


SIDES: dict[str, Callable[[Path], object]] = {
    side.__name__: side for side in (parse_declared, parse_detected, plan, command, pandas)
}


def main() -> None:
    """Make the world where it is not there yet, time the sides in turn, print the figures."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--users", type=int, default=100_000)
    arguments.add_argument("--side", choices=SIDES)
    arguments.add_argument("--world", type=Path)
    options = arguments.parse_args()
    if options.side:
        _time(SIDES[options.side], options.world)
        return
    world = _world(options.users)
    size = sum(file.stat().st_size for file in (world / "data" / "recommendations").glob("*.out"))
    print(f"{options.users:,} users, {size / 1e9:.2f} GB of recommendations")
    sides: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
    for round_no in range(ROUNDS):
        for side in SIDES:
            if side != "pandas" or round_no == 0:  # a side that takes minutes is run once
                sides[side].append(_run(side, world))
    seconds = {side: median(run[0] for run in runs) for side, runs in sides.items()}
    for side, runs in sides.items():
        peak = max(run[1] for run in runs)
        print(f"{side:16} {seconds[side]:8.2f} s {peak:8.0f} MB   {(SIDES[side].__doc__ or '').splitlines()[0]}")
    print(f"figure plan_vs_parse {seconds['plan'] / seconds['parse_detected']:.2f} x")
    print(f"figure plan_vs_parse_declared {seconds['plan'] / seconds['parse_declared']:.2f} x")
    print(f"figure plan_command_vs_parse {seconds['command'] / seconds['parse_detected']:.2f} x")
    print(f"figure plan_peak_mb {max(run[1] for run in sides['plan'] + sides['command']):.0f} MB")
    print(f"figure plan_vs_pandas {seconds['pandas'] / seconds['plan']:.1f} x")


def _world(users: int) -> Path:
    world = WORLDS / f"plan-{users}"
    if not (world / "winddown.toml").is_file():
        call = [Path(sys.executable).with_name("winddown"), "sample", world, "--users", str(users)]
        subprocess.run([*call, "--until", EDITION_DAY], check=True, stdout=subprocess.DEVNULL)
        _mend(next((world / "data" / "recommendations").glob("*.out")))
    return world


def _mend(batch: Path) -> None:
    """Cut the sample's broken last line off, at which pandas and DuckDB's reader by itself would stop."""
    times = (batch.stat().st_atime, batch.stat().st_mtime)
    with batch.open("rb+") as file:
        file.seek(-10_000, os.SEEK_END)
        tail = file.read()
        file.truncate(batch.stat().st_size - len(tail) + tail.rindex(b"\n") + 1)
    os.utime(batch, times)


def _run(side: str, world: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of one side in a process of its own."""
    call = [sys.executable, __file__, "--side", side, "--world", str(world)]
    seconds, megabytes = subprocess.run(call, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(megabytes)


def _time(side: Callable[[Path], object], world: Path) -> None:
    start = time.perf_counter()
    side(world)
    elapsed = timedelta(seconds=time.perf_counter() - start)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(elapsed.total_seconds(), peak / 1024)


if __name__ == "__main__":
    main()
