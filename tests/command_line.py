"""`winddown` as its users run it: in this process where it is only asked, as a process where it is killed."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from campaigns.cli import main
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event
from campaigns.ports.entries import Delivery
from campaigns.store.opening import open_ledger

CAMPAIGN = "weekly_winddown"
EDITION = Edition(CAMPAIGN, 2026, 47)
FRIDAY = "2026-11-20T20:00"
"""The edition can be planned, and nothing of it is due."""
SUNDAY = "2026-11-22T06:00"
"""All of it is due, everywhere, and nothing is too late."""
KEY = "a key for tests, of no other use"
_WINDDOWN = str(Path(sys.executable).with_name("winddown"))
_MESSAGE_ID = re.compile(rb"^Message-ID: <([0-9a-f]{32})@", re.MULTILINE)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def said(self) -> str:
        """Standard error with its lines joined, as its sentences were before they were wrapped."""
        return " ".join(self.stderr.split())

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Winddown:
    """A workspace, and the commands that are run on it."""

    root: Path
    patch: pytest.MonkeyPatch

    def __call__(self, *arguments: str, now: str = FRIDAY) -> Ran:
        """Run a command in this process."""
        return self.bare("--workspace", str(self.root), "--now", now, *arguments)

    def bare(self, *arguments: str) -> Ran:
        """Run it with nothing before its name."""
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with self.patch.context() as patched, _signals_kept():
            patched.setattr(sys, "argv", ["winddown", *arguments])
            patched.setattr(sys, "stdout", out)
            patched.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as left:
                main()
        return Ran(int(left.value.code or 0), _content(out), _content(err).decode())

    def start(self, *arguments: str, now: str = SUNDAY, wrapper: str | None = None) -> subprocess.Popen[bytes]:
        """Start it as a process of its own; `wrapper` is a program to run in its place."""
        program = [_WINDDOWN] if wrapper is None else [sys.executable, "-c", wrapper]
        return subprocess.Popen(
            [*program, "--workspace", str(self.root), "--now", now, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str, now: str = SUNDAY, wrapper: str | None = None) -> Ran:
        """Run it as a process of its own."""
        return finished(self.start(*arguments, now=now, wrapper=wrapper))

    def rendered(self, user_id: str) -> bytes:
        """The email that somebody gets, as `winddown render` shows it."""
        shown = self("render", CAMPAIGN, "--user", user_id)
        assert shown.code == 0, shown.stderr
        return shown.stdout

    def tally(self, now: str = SUNDAY) -> dict[str, Any]:
        """The ledger's counts, which are checked to balance on every look."""
        ran = self("status", CAMPAIGN, "--json", now=now)
        assert ran.code == 0, ran.stderr
        tally: dict[str, Any] = ran.json["deliveries"]
        states = ("accepted", "rejected", "uncertain", "cancelled", "waiting")
        assert tally["balanced"] is True
        assert tally["planned"] == sum(tally[state] for state in states)
        return tally

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.sqlite"

    @property
    def edition(self) -> Path:
        return self.root / "editions" / CAMPAIGN / EDITION.name

    @property
    def outbox(self) -> Path:
        return self.root / "outbox" / CAMPAIGN / EDITION.name

    def deliveries(self) -> dict[str, Delivery]:
        """The ledger's rows, by delivery."""
        with closing(open_ledger(f"sqlite:///{self.ledger}")) as ledger:
            return {delivery.delivery_id: delivery for delivery in ledger.deliveries(EDITION)}

    def events(self) -> list[Event]:
        """All that the ledger has been told of the edition."""
        with closing(open_ledger(f"sqlite:///{self.ledger}")) as ledger:
            return list(ledger.events(EDITION))

    def suppressed(self) -> set[str]:
        """Whom nothing more may be sent."""
        with closing(open_ledger(f"sqlite:///{self.ledger}")) as ledger:
            return set(ledger.suppressed(CAMPAIGN))

    def enrolled_plan(self) -> str | None:
        """The hash of the plan that the ledger knows."""
        with closing(open_ledger(f"sqlite:///{self.ledger}")) as ledger:
            return ledger.plan_hash(EDITION)

    def in_state(self, *states: str) -> set[str]:
        return {key for key, delivery in self.deliveries().items() if delivery.state in states}

    def emails(self) -> dict[str, bytes]:
        """What lies in the outbox, by file name without its ending."""
        return {path.stem: path.read_bytes() for path in self.outbox.glob("[!.]*.eml")}

    def message_ids(self) -> Counter[str]:
        """The Message-IDs in the outbox."""
        return Counter(message_id(content) for content in self.emails().values())

    def unplan(self) -> None:
        """As if nothing had been planned yet."""
        shutil.rmtree(self.root / "editions")
        for path in self.root.glob("ledger.sqlite*"):
            path.unlink()

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a text file of the workspace."""
        path = self.root / name
        text = path.read_text("utf-8")
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1), "utf-8")


def message_id(content: bytes) -> str:
    """A message's Message-ID up to its `@`: the delivery's id."""
    found = _MESSAGE_ID.search(content)
    assert found, content[:500]
    return found[1].decode()


def finished(process: subprocess.Popen[bytes], patience_s: float = 60) -> Ran:
    """What a process left behind, waited for."""
    out, err = process.communicate(timeout=patience_s)
    return Ran(process.returncode, out, err.decode())


def copied(source: Path, target: Path) -> Path:
    """A workspace's copy, with the times of its files: a batch's age is its file's."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("images", "truth"))
    return target


def free_of_settings(patch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests, and a key to sign links with."""
    for name in list(os.environ):
        if name.startswith("WINDDOWN_"):
            patch.delenv(name)
    patch.setenv("WINDDOWN_SECRET_KEY", KEY)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """`send` listens to signals; the test's process must go on as before."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _content(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()
