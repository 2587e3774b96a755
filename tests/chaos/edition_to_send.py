"""The edition that every trial sends: a small sample world, planned and checked once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from campaigns.ground.edition import Edition

CAMPAIGN: Final = "weekly_winddown"
EDITION: Final = Edition(CAMPAIGN, 2026, 47)
DATE: Final = "2026-11-21"
WINDDOWN: Final = str(Path(sys.executable).with_name("winddown"))

_PLANNED_AT = "2026-11-20T20:00"
_ALL_DUE = datetime(2026, 11, 22, 6, tzinfo=UTC)
_STEP = timedelta(minutes=5)  # more than a first deferral, and 120 of them before the first is given up
_SETTINGS: Final[Mapping[str, str]] = {
    "WINDDOWN_SECRET_KEY": "known to all, and of no use",
    "WINDDOWN_IDENTITY__FROM_ADDRESS": "hello@example.org",  # which the fakes call verified
}


def clock(round_number: int) -> datetime:
    """The time in a trial's n-th round: what was deferred is due again, and nothing is too late."""
    return _ALL_DUE + round_number * _STEP


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """The caller's own, without settings of Winddown's or Amazon's, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WINDDOWN_", "AWS_"))}
    return {**kept, **_SETTINGS, **more}


@dataclass(frozen=True, slots=True)
class World:
    """A workspace whose edition is planned and checked."""

    root: Path

    @classmethod
    def make(cls, root: Path, people: int) -> World:
        """A sample world; its edition is enrolled in the workspace's own ledger, too."""
        _run("sample", str(root), "--users", str(people), "--weeks", "3", "--seed", "7", "--until", "2026-11-20")
        world = cls(root)
        world.enrol(f"sqlite:///{world.ledger}")
        _run("--workspace", str(root), "--now", _PLANNED_AT, "check", CAMPAIGN, "--date", DATE)
        return world

    @property
    def ledger(self) -> Path:
        """An SQLite ledger that has enrolled the plan, and in which nothing has happened since."""
        return self.root / "enrolled.sqlite"

    def enrol(self, url: str) -> None:
        """Plan the edition into a ledger; doing it again gives the same plan, byte for byte."""
        before = ("--workspace", str(self.root), "--now", _PLANNED_AT)
        _run(*before, "plan", CAMPAIGN, "--date", DATE, WINDDOWN_LEDGER__URL=url)


def _run(*arguments: str, **settings: str) -> None:
    ran = subprocess.run(
        [WINDDOWN, *arguments], env=environment(settings), capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise RuntimeError(f"winddown {' '.join(arguments)}: exit code {ran.returncode}: {ran.stderr}")
