"""Sending a plan of a million people to nobody: how much memory that takes, and how long.

The plan of a made-up world is copied again and again under other ids until it has a million rows; `winddown send`
then sends it through the null sender, in a process of its own whose memory is looked at.

    python benchmarks/million.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from _edition import EDITION, FRIDAY, KEY, SENT_AT, plan_anew, sample_world, workspace_of

from campaigns.plan.manifest import hash_files
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.wiring.trust import remember_checked
from campaigns.wiring.workspace import Workspace

PEOPLE = 1_000_000
USERS = 20_000
_WIDER = """
COPY (
    SELECT * REPLACE (CAST(row_number() OVER (ORDER BY send_at, delivery_id) - 1 AS INTEGER) AS position)
    FROM (
        SELECT * REPLACE (md5(delivery_id || copy) AS delivery_id, user_id || '-' || copy AS user_id)
        FROM read_parquet('{plan}'), range({copies}) AS copies(copy)
        LIMIT {people}
    )
    ORDER BY send_at, delivery_id
) TO '{wider}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)
"""


def main() -> None:
    """Print the figures."""
    if sys.argv[1:]:
        make(Path(sys.argv[1]))
        return
    with TemporaryDirectory() as folder:
        root = Path(folder) / "world"
        # A process begins with the memory of the one that starts it, as Linux counts: this one must stay small.
        subprocess.run([sys.executable, __file__, root], check=True)
        seconds, peak = send_to_nobody(root)
    print(f"{PEOPLE:,} messages to nobody, one worker: {seconds:,.0f} s")
    print(f"figure million_peak_mb {peak:.0f} MB")
    print(f"figure million_us {seconds / PEOPLE * 1e6:.0f} us")


def make(root: Path, wanted: int = PEOPLE) -> None:
    """Write a world whose plan has so many people, all of them looked at already."""
    sample_world(root, USERS)
    _widen(workspace_of(root), wanted)


def _widen(workspace: Workspace, wanted: int) -> None:
    plan_anew(workspace)
    folder = workspace.folder(EDITION)
    wider = folder.plan.with_suffix(".wider")
    with duckdb.connect() as engine:
        (people,) = engine.execute(f"SELECT count(*) FROM read_parquet('{folder.plan}')").fetchall()[0]
        copies = -(-wanted // people)
        engine.execute(_WIDER.format(plan=folder.plan, wider=wider, copies=copies, people=wanted))
        wider.replace(folder.plan)
        for stale in workspace.root.glob("ledger.sqlite*"):
            stale.unlink()
        with workspace.ledger() as ledger:
            plan_hash = hash_files([folder.plan, folder.items, folder.collections])
            ledger.enrol(EDITION, plan_hash, _enrolments(engine, folder.plan), SENT_AT)
    remember_checked(workspace, folder, folder.require_manifest())


def _enrolments(engine: duckdb.DuckDBPyConnection, plan: Path) -> Iterator[tuple[Enrolment, Assignment]]:
    rows = engine.execute(f"SELECT delivery_id, position, user_id, send_at, variant FROM read_parquet('{plan}')")
    while chunk := rows.fetchmany(10_000):
        for delivery_id, position, user_id, send_at, variant in chunk:
            yield (
                Enrolment(delivery_id, position, user_id, delivery_id, send_at.replace(tzinfo=UTC)),
                Assignment(user_id, "picks", variant, 0, "salt", "randomised"),
            )


def send_to_nobody(root: Path, *options: str) -> tuple[float, float]:
    """In a process of its own; the seconds it took, and the megabytes at its fullest."""
    winddown = Path(sys.executable).with_name("winddown")
    call = [winddown, "--workspace", root, "--now", SENT_AT.isoformat(), "send", EDITION.campaign]
    environment = {**os.environ, "WINDDOWN_SENDER__PROVIDER": "null", "WINDDOWN_SECRET_KEY": KEY}
    start = time.perf_counter()
    process = subprocess.Popen([*call, "--date", FRIDAY.isoformat(), *options], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit("sending failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
