"""A real send: shards as processes, one ledger in PostgreSQL, and SES's stand-in, which misbehaves as told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests" / "providers"))

from _edition import EDITION, FRIDAY, KEY, SENT_AT, provider
from postgres import PostgresServer

from campaigns.ground.delivery import Tally
from campaigns.store.opening import open_ledger

SEED = 7
READ_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Real:
    """What came of it.

    Attributes:
        seconds: of each call of the command, from the first message that arrived to the last.
        tally: the ledger's counts afterwards.
    """

    seconds: Sequence[float]
    tally: Tally


def send_for_real(
    folder: Path, people: int, per_second: float, faults: float, shards: int, calls: int = 2
) -> Real:
    """Send an edition that is due everywhere, by so many shards at once, and an hour later what was deferred."""
    root, record = folder / "world", folder / "record"
    with (
        PostgresServer() as server,
        provider("ses_server.py", "--sink", f"--record={record}", f"--faults={faults}", f"--seed={SEED}") as port,
    ):
        os.environ |= _settings(server.new_database(), port, per_second)
        make_world(root, people)
        seconds = []
        for call in range(calls):
            before = record.stat().st_size if record.exists() else 0
            _send_together(root, shards, (SENT_AT + call * timedelta(hours=1)).isoformat())
            seconds.append(_lasted(record, before))
        with open_ledger(os.environ["WINDDOWN_LEDGER__URL"]) as ledger:
            return Real(seconds, ledger.tally(EDITION))


def make_world(root: Path, people: int) -> None:
    """In a process of its own, whose memory is gone afterwards."""
    program = f"from pathlib import Path; from million import make; make(Path({str(root)!r}), {people})"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parent)


def _settings(url: str, port: int, per_second: float) -> dict[str, str]:
    sender = {
        "PROVIDER": "ses",
        "MAX_PER_SECOND": str(per_second),
        "SES__ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "SES__CONFIGURATION_SET": "weekly",
        "SES__READ_TIMEOUT_S": str(READ_TIMEOUT_S),
    }
    return {
        **{f"WINDDOWN_SENDER__{name}": value for name, value in sender.items()},
        "WINDDOWN_LEDGER__URL": url,
        "WINDDOWN_SECRET_KEY": KEY,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _send_together(root: Path, shards: int, now: str) -> None:
    winddown = Path(sys.executable).with_name("winddown")
    call = [winddown, "--workspace", root, "--now", now, "send", EDITION.campaign, "--date", FRIDAY.isoformat()]
    started = [
        subprocess.Popen([*call, "--shard", f"{n + 1}/{shards}"], stdout=subprocess.DEVNULL) for n in range(shards)
    ]
    if any(process.wait() for process in started):
        sys.exit("sending failed")


def _lasted(record: Path, before: int) -> float:
    with record.open() as lines:
        lines.seek(before)
        times = [float(line.split()[1]) for line in lines]
    return max(times) - min(times)
