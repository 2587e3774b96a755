"""Receipts against a server that misbehaves at random: what the sender knows is what the server knows.

The server is a process of its own and writes down every message that it takes over, before it replies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from provider_process import running

from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.smtp.connection import Security, SmtpSettings
from campaigns.senders.smtp.sender import SmtpSender

MESSAGES = 300


def message(number: int) -> Message:
    someone = Mailbox(f"person{number}@example.com")
    return Message(f"id-{number}", someone, None, someone, "Good night", "", "", ())


def content(message: Message) -> bytes:
    """Some 8 KB, so that a reset can fall into the midst of it."""
    return f"Message-ID: <{message.delivery_id}@example.org>\r\n\r\n".encode() + b"x" * 78 * 100


def sent(sender: SmtpSender) -> Sequence[Receipt]:
    """Every message once; a batch of which nothing has left counts as deferred."""
    receipts: list[Receipt] = []
    for first in range(0, MESSAGES, sender.batch_size):
        batch = [message(number) for number in range(first, first + sender.batch_size)]
        try:
            receipts += sender.send(batch)
        except DeliveryError:
            receipts += [Receipt(m.delivery_id, Outcome.DEFERRED) for m in batch]
    return receipts


@pytest.mark.parametrize("connections", [1, 3])
@pytest.mark.parametrize("options", [("--silences",), ("--silences", "--no-pipelining")])
def test_what_a_receipt_says_is_what_happened(tmp_path: Path, options: tuple[str, ...], connections: int) -> None:
    record = tmp_path / "record"
    with running("smtp", f"--record={record}", "--faults=0.5", "--seed=7", *options) as server:
        settings = SmtpSettings(
            "127.0.0.1", server.port, Security.NONE, final_timeout_s=0.5, ehlo_name="x", connections=connections
        )
        with SmtpSender(settings, content) as sender:
            receipts = sent(sender)
    taken = Counter(line.split()[0] for line in record.read_text().splitlines())
    of = {outcome: {r.delivery_id for r in receipts if r.outcome is outcome} for outcome in Outcome}
    assert [r.delivery_id for r in receipts] == [f"id-{number}" for number in range(MESSAGES)]
    assert max(taken.values()) == 1
    assert of[Outcome.ACCEPTED] <= taken.keys() <= of[Outcome.ACCEPTED] | of[Outcome.UNCERTAIN]
    assert all(of[outcome] for outcome in Outcome), "each of the four was seen"
    assert of[Outcome.UNCERTAIN] & taken.keys(), "some of what is uncertain did arrive"
    assert of[Outcome.UNCERTAIN] - taken.keys(), "and some of it did not"
