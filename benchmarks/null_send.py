"""A plan row to finished MIME bytes and the ledger: all of sending but the wire.

The whole of `winddown send` runs, with a real SQLite ledger and its syncing commits, into a sender that assembles
every message and drops it. The other side does what one would write with the standard library: `EmailMessage` for
each message, as bytes; no plan, no rendering, no ledger.

    python benchmarks/null_send.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from campaigns.dispatch.dispatcher import Dispatcher, Limits
from campaigns.ground.edition import Edition
from campaigns.ground.message import Message
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from campaigns.ports.clock import fixed_clock
from campaigns.ports.progress import Silent
from campaigns.rendering.mime import assemble
from campaigns.senders.null import NullSender
from campaigns.settings.workspace import Secrets, read_workspace
from campaigns.wiring import stages
from campaigns.wiring.workspace import Workspace

USERS = 20_000
ROUNDS = 3
FRIDAY = date(2026, 11, 20)
SENT_AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
SAMPLE = 300


def main() -> None:
    """Plan an edition, send it to nowhere several times, and print the figures."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "world"
        winddown = Path(sys.executable).with_name("winddown")
        call = [winddown, "sample", root, "--users", str(USERS), "--until", FRIDAY.isoformat()]
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
        edition = Edition.on("weekly_winddown", FRIDAY)
        rounds = [_send(_workspace(root), edition) for _ in range(ROUNDS)]
        messages = _messages(_workspace(root), edition)
    ours = median(seconds / count for seconds, count in rounds) * 1e6
    theirs = _standard_library(messages) * 1e6
    html = median(len(message.html) for message in messages)
    print(f"{rounds[0][1]:,} messages of {html / 1_000:.0f} KB HTML, one process")
    print(f"  plan row to MIME bytes and ledger     {ours:8.0f} us a message")
    print(f"  EmailMessage to bytes, and no more    {theirs:8.0f} us a message")
    print(f"figure null_send_us {ours:.0f} us")
    print(f"figure null_send_vs_email_message {theirs / ours:.1f} x")
    print(f"figure null_send_peak_mb {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _workspace(root: Path) -> Workspace:
    for stale in root.glob("ledger.sqlite*"):
        stale.unlink()
    secrets = Secrets(secret_key=SecretStr("a benchmark's key, known to all"))
    return Workspace(root, read_workspace(root), secrets, fixed_clock(SENT_AT), Silent())


def _send(workspace: Workspace, edition: Edition) -> tuple[float, int]:
    """Seconds, and how many messages."""
    stages.plan_edition(workspace, edition)
    campaign, folder = workspace.campaign(edition.campaign), workspace.folder(edition)
    with workspace.engine() as engine, workspace.ledger() as ledger:
        renderer = workspace.renderer(edition, campaign, read_catalogue(engine, folder))
        sender = NullSender(assemble)
        limits = Limits(timedelta(days=3), timedelta(minutes=15), max_attempts=5)
        plan = Plan(engine, folder.plan)
        start = time.perf_counter()
        tally = Dispatcher(
            edition, plan, renderer, sender, ledger, limits, workspace.clock, workspace.progress
        ).run()
        return time.perf_counter() - start, tally.accepted


def _messages(workspace: Workspace, edition: Edition) -> list[Message]:
    folder = workspace.folder(edition)
    with workspace.engine() as engine:
        renderer = workspace.renderer(
            edition, workspace.campaign(edition.campaign), read_catalogue(engine, folder)
        )
        return [renderer.render(row) for row in Plan(engine, folder.plan).between(0, SAMPLE - 1)]


def _standard_library(messages: list[Message]) -> float:
    """Seconds a message."""
    start = time.perf_counter()
    for message in messages:
        email = EmailMessage(policy=SMTP)
        email["From"], email["To"], email["Subject"] = (
            message.sender.address,
            message.recipient.address,
            message.subject,
        )
        for name, value in message.headers:
            email[name] = value
        email.set_content(message.text)
        email.add_alternative(message.html, subtype="html")
        email.as_bytes()
    return (time.perf_counter() - start) / len(messages)


if __name__ == "__main__":
    main()
