"""`winddown send` as a process group of its own, that can be killed whole or in part."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from edition_to_send import CAMPAIGN, DATE, WINDDOWN, World
from reckoning import Killed

_OTHERWISE_NAMED: Final = """
import socket

socket.gethostname = lambda: {host!r}
from campaigns.cli import main

main()
"""
"""The same command on another host, as far as it can tell."""
_A_WORKER_DIED: Final = "a worker died (exit code -9)"
_NUMBER = re.compile(r"\b\d[\d,]*\b")
_POLL_S = 0.005


class Victim(StrEnum):
    """Who is killed."""

    ALL = "everybody"
    PARENT = "the parent alone"
    WORKER = "one worker"


@dataclass(frozen=True, slots=True)
class Blow:
    """What came of a SIGKILL.

    Attributes:
        struck: whether somebody who was alive.
        killed: who of those that send something, if any.
    """

    struck: bool
    killed: Killed | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """One run of `winddown send`.

    Attributes:
        workers: how many; a single one is the command's own process, of several it is the parent.
        said: the file that gets what it says to whoever called it.
    """

    process: subprocess.Popen[bytes]
    said: Path
    workers: int

    @classmethod
    def start(
        cls,
        world: World,
        settings: Mapping[str, str],
        now: datetime,
        workers: int,
        *,
        host: str,
        said: Path,
        shard: str = "1/1",
    ) -> Sending:
        """Start it; without a host's name, on this one."""
        program = [sys.executable, "-c", _OTHERWISE_NAMED.format(host=host)] if host else [WINDDOWN]
        call = ["--workspace", str(world.root), "--now", now.isoformat(), "send", CAMPAIGN, "--date", DATE]
        with said.open("wb") as file:
            process = subprocess.Popen(
                [*program, *call, "--workers", str(workers), "--shard", shard],
                env=dict(settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
                start_new_session=True,
            )
        return cls(process, said, workers)

    @property
    def runs(self) -> bool:
        """Whether the command itself is still at work, whatever its workers do."""
        return self.process.poll() is None

    @property
    def lives(self) -> bool:
        """Whether any process of it is left."""
        return self.runs or any(_of_group(self.process.pid))

    def kill(self, victim: Victim, random: Random) -> Blow:
        """Send SIGKILL."""
        lived = self.lives
        match victim:
            case Victim.ALL:
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                struck = self.process.wait() == -signal.SIGKILL
                return Blow(struck, Killed(self.process.pid) if lived and struck else None)
            case Victim.PARENT:
                self.process.kill()
                return Blow(self.process.wait() == -signal.SIGKILL)
            case Victim.WORKER:
                return self._kill_worker(random)

    def _kill_worker(self, random: Random) -> Blow:
        """Kill one, while all are there: it is told by its place in the order in which they were started."""
        workers = sorted(each for each in _of_group(self.process.pid) if _is_worker(each.pid))
        if len(workers) < self.workers:
            return Blow(struck=False)
        number = random.randrange(self.workers)
        with suppress(ProcessLookupError):
            os.kill(workers[number].pid, signal.SIGKILL)
        struck = self.ended() and _A_WORKER_DIED in self.words
        return Blow(struck, Killed(self.process.pid, number + 1))

    def ended(self, within_s: float = 60.0) -> bool:
        """Wait until no process of it is left; whether that came to pass."""
        deadline = time.monotonic() + within_s
        while self.lives and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return not self.lives

    @property
    def complaint(self) -> str:
        """Why it failed, in its own words but for numbers, where nobody killed anything of it; or nothing."""
        code = self.process.poll()
        expected = code in {None, 0, -signal.SIGKILL} or _A_WORKER_DIED in self.words
        return "" if expected else f"exit code {code}: {_NUMBER.sub('n', self.words[-400:])}"

    @property
    def words(self) -> str:
        """What it said, its lines joined as its sentences were before they were wrapped."""
        return " ".join(self.said.read_text("utf-8").split())


class _Process(NamedTuple):
    """A process, and the clock tick in which it was started."""

    started: int
    pid: int


def _of_group(group: int) -> Iterator[_Process]:
    """The processes of a group, but for those that are dead and not yet buried."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()  # from the third on: man 5 proc
            if int(fields[2]) == group and fields[0] not in {"Z", "X"}:
                yield _Process(int(fields[19]), int(path.parent.name))


def _is_worker(pid: int) -> bool:
    """Whether it is a process that `multiprocessing` started to do work, not to keep its books."""
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
