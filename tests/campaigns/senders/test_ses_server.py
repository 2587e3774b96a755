"""The fake SES as a process: what it accepts it has on record, whatever it answers."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pytest
from provider_process import running
from ses_provider import ENVIRONMENT

from campaigns.ground.edition import Edition
from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome
from campaigns.senders.ses.connection import SesSettings
from campaigns.senders.ses.sender import SesSender


def message(number: int) -> Message:
    return Message(
        f"{number:032x}",
        Mailbox("hello@example.org"),
        None,
        Mailbox(f"person{number}@example.com"),
        "Good night",
        '<p>"Name":"delivery_id","Value":"in the text"</p>' * 20,
        "Sleep well",
        (),
    )


@pytest.mark.parametrize("mode", ["--sink", "--parse"])
def test_under_faults_no_accepted_receipt_is_off_the_record_and_no_deferred_one_is_on_it(
    tmp_path: Path, mode: str
) -> None:
    record = tmp_path / "accepted"
    faulty = (f"--record={record}", "--faults=0.5", "--seed=12", mode)
    known: dict[str, Outcome] = {}
    refused = 0
    with patch.dict(os.environ, ENVIRONMENT), running("ses", *faulty) as server:
        url = f"http://127.0.0.1:{server.port}"
        settings = SesSettings("eu-west-1", "weekly", "h@example.org", endpoint_url=url, read_timeout_s=0.6)
        with SesSender(settings, Edition("weekly", 2026, 47)) as sender:
            for first in range(0, 240, 8):
                try:
                    receipts = sender.send([message(n) for n in range(first, first + 8)])
                except DeliveryError:
                    refused += 8
                else:
                    known |= {receipt.delivery_id: receipt.outcome for receipt in receipts}
    arrived = Counter(line.split()[0] for line in record.read_text().splitlines())
    by_outcome = {outcome: {name for name, found in known.items() if found is outcome} for outcome in Outcome}
    assert all(by_outcome.values()), "each of the four was seen"
    assert set(arrived.values()) == {1}
    assert by_outcome[Outcome.ACCEPTED] <= set(arrived)
    assert not (by_outcome[Outcome.DEFERRED] | by_outcome[Outcome.REJECTED]) & set(arrived)
    assert set(arrived) <= by_outcome[Outcome.ACCEPTED] | by_outcome[Outcome.UNCERTAIN]
    assert 0 < len(by_outcome[Outcome.UNCERTAIN] & set(arrived)) < len(by_outcome[Outcome.UNCERTAIN])
    assert len(known) + refused == 240
