"""Whether the analysis keeps its promises: replays of the sample world's past, each metric by each method.

One edition that was sent and responded to, and eight weeks of listening, counted as if each had had an edition:
with people assigned for good, and anew each week.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

WINDDOWN = Path(sys.executable).with_name("winddown")
FOLDER = Path(".bench/simulate")
MADE_AT, REPLAYED_AT = "2026-11-23T12:00", "2026-12-02T12:00"
HISTORIES: Mapping[str, Sequence[str]] = {
    "": (),
    "weeks_": ("--weeks", "8", "--scheme", "sticky"),
    "weekly_": ("--weeks", "8", "--scheme", "weekly"),
}


def main() -> None:
    """Make the world where it is not there yet, replay it, print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--replays", type=int, default=2_000)
    arguments.add_argument("--users", type=int, default=20_000)
    asked = arguments.parse_args()
    world = FOLDER / f"{asked.users}"
    if not (world / "ledger.sqlite").exists():
        _run("--now", MADE_AT, "demo", str(world), "--users", str(asked.users))
    for prefix, options in HISTORIES.items():
        began = time.perf_counter()
        _tell(prefix, _replay(world, asked.replays, options))
        print(f"({time.perf_counter() - began:.0f} s)", flush=True)


def _replay(world: Path, replays: int, options: Sequence[str]) -> Mapping[str, Any]:
    there = ("--workspace", str(world), "--now", REPLAYED_AT)
    found: Mapping[str, Any] = json.loads(
        _run(*there, "simulate", "weekly_winddown", "--replays", str(replays), "--json", *options)
    )
    return found


def _run(*arguments: str) -> str:
    environment = {"WINDDOWN_SECRET_KEY": "a key that signs nothing that is sent", **os.environ}
    done = subprocess.run([WINDDOWN, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def _tell(prefix: str, done: Mapping[str, Any]) -> None:
    print(
        f"{len(done['history'])} week(s), {done['people']:,} people, {done['replays']:,} replays, {done['scheme']}"
    )
    for tried in done["tried"]:
        name = f"{prefix}{tried['metric']}" + ("" if tried["method"] == "plain" else "_cuped")
        called, covered, found = tried["alike"]["called"], tried["alike"]["covered"], tried["apart"]["called"]
        print(f"{name}: {tried['procedure']}, {tried['happened']:,} people; power {_percent(found)}")
        print(f"figure aa_{name}_pct {_percent(called)} pct")
        print(f"figure coverage_{name}_pct {_percent(covered)} pct")
    if done["peeked"]:
        for how in ("fixed", "sequential", "confidence_sequence"):
            print(f"figure peeking_{how}_pct {_percent(done['peeked'][how])} pct")


def _percent(frequency: Mapping[str, int]) -> str:
    return f"{100 * frequency['hits'] / frequency['replays']:.2f}"


if __name__ == "__main__":
    main()
