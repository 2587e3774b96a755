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
from typing import Final

from edition_to_send import CAMPAIGN, DATE, WINDDOWN, World

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
class Sending:
    """One run of `winddown send`.

    Attributes:
        said: the file that gets what it says to whoever called it.
    """

    process: subprocess.Popen[bytes]
    said: Path

    @classmethod
    def start(
        cls, world: World, settings: Mapping[str, str], now: datetime, workers: int, *, host: str, said: Path
    ) -> Sending:
        """Start it; without a host's name, on this one."""
        program = [sys.executable, "-c", _OTHERWISE_NAMED.format(host=host)] if host else [WINDDOWN]
        call = ["--workspace", str(world.root), "--now", now.isoformat(), "send", CAMPAIGN, "--date", DATE]
        with said.open("wb") as file:
            process = subprocess.Popen(
                [*program, *call, "--workers", str(workers)],
                env=dict(settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
                start_new_session=True,
            )
        return cls(process, said)

    @property
    def runs(self) -> bool:
        """Whether the command itself is still at work, whatever its workers do."""
        return self.process.poll() is None

    @property
    def lives(self) -> bool:
        """Whether any process of it is left."""
        return self.runs or any(_of_group(self.process.pid))

    def kill(self, victim: Victim, random: Random) -> bool:
        """Send SIGKILL; whether it struck somebody who was still alive."""
        match victim:
            case Victim.ALL:
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                return self.process.wait() == -signal.SIGKILL
            case Victim.PARENT:
                self.process.kill()
                return self.process.wait() == -signal.SIGKILL
            case Victim.WORKER:
                workers = sorted(pid for pid in _of_group(self.process.pid) if _is_worker(pid))
                if not workers:
                    return False
                with suppress(ProcessLookupError):
                    os.kill(random.choice(workers), signal.SIGKILL)
                return self.ended() and _A_WORKER_DIED in self.words

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


def _of_group(group: int) -> Iterator[int]:
    """The processes of a group, but for those that are dead and not yet buried."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group, *_ = path.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state not in {"Z", "X"}:
                yield int(path.parent.name)


def _is_worker(pid: int) -> bool:
    """Whether it is a process that `multiprocessing` started to do work, not to keep its books."""
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
