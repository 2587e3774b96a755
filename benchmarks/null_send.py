"""A plan row to finished MIME bytes and the ledger: all of sending but the wire.

The whole of `winddown send` runs, with a real SQLite ledger and its syncing commits, into a sender that assembles
every message and drops it. The other side does what one would write with the standard library: `EmailMessage` for
each message, as bytes; no plan, no rendering, no ledger.

    python benchmarks/null_send.py
"""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.policy import SMTP
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from _edition import plan_anew, rendering, sample_world, send, workspace_of

from campaigns.ground.message import Message

USERS = 20_000
ROUNDS = 3
SAMPLE = 300


def main() -> None:
    """Plan an edition, send it to nowhere several times, and print the figures."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "world"
        sample_world(root, USERS)
        workspace = workspace_of(root, {"provider": "null"})
        rounds = []
        for _ in range(ROUNDS):
            plan_anew(workspace)
            seconds, tally = send(workspace)
            rounds.append(seconds / tally.accepted)
        with rendering(workspace) as rendered:
            messages = list(islice(rendered, SAMPLE))
    ours = median(rounds) * 1e6
    theirs = _standard_library(messages) * 1e6
    html = median(len(message.html) for message in messages)
    print(f"{tally.accepted:,} messages of {html / 1_000:.0f} KB HTML, one process")
    print(f"  plan row to MIME bytes and ledger     {ours:8.0f} us a message")
    print(f"  EmailMessage to bytes, and no more    {theirs:8.0f} us a message")
    print(f"figure null_send_us {ours:.0f} us")
    print(f"figure null_send_vs_email_message {theirs / ours:.1f} x")


def _standard_library(messages: list[Message]) -> float:
    """Seconds a message."""
    start = time.perf_counter()
    for message in messages:
        email_of(message).as_bytes()
    return (time.perf_counter() - start) / len(messages)


def email_of(message: Message) -> EmailMessage:
    """A message as one would make it with the standard library."""
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
    return email


if __name__ == "__main__":
    main()
