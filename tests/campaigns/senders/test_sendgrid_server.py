"""The fake of SendGrid as a process of its own: it records what it accepted, whatever it says about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from provider_process import running
from sendgrid_server import KEY
from test_sendgrid import EDITION, message

from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome
from campaigns.senders.sendgrid.sender import SendGridSender
from campaigns.senders.sendgrid.settings import SendGridSettings


@contextmanager
def sendgrid(*options: str) -> Iterator[SendGridSettings]:
    """The fake, and how to reach it."""
    with running("sendgrid", *options) as server:
        yield SendGridSettings(KEY, "hello@example.org", host=f"http://127.0.0.1:{server.port}", timeout_s=1)


def recorded(file: Path) -> Counter[str]:
    return Counter(line.split()[0] for line in file.read_text().splitlines())


def test_what_is_accepted_is_recorded_once(tmp_path: Path) -> None:
    with sendgrid("--record", f"{tmp_path / 'record'}") as settings, SendGridSender(settings, EDITION) as sender:
        batch = [message(n) for n in range(50)]
        sender.send(batch)
    assert recorded(tmp_path / "record") == Counter(one.delivery_id for one in batch)


def test_a_sink_takes_everything_and_records_nothing(tmp_path: Path) -> None:
    file = tmp_path / "record"
    with sendgrid("--sink", "--record", f"{file}") as settings, SendGridSender(settings, EDITION) as sender:
        assert sender.send([message(1)])[0].outcome is Outcome.ACCEPTED
    assert not file.exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_among_faults_the_receipts_never_say_what_is_not_so(tmp_path: Path, seed: int) -> None:
    """Accepted means recorded, not left means not recorded: only the uncertain may be either."""
    receipts = {}
    with sendgrid("--record", f"{tmp_path / 'record'}", "--faults", "0.6", "--seed", f"{seed}") as settings:
        impatient = replace(settings, timeout_s=0.5)
        with SendGridSender(impatient, EDITION) as sender:
            for batch in _batches():
                with suppress(DeliveryError):  # nothing of it has left
                    receipts |= {one.delivery_id: one.outcome for one in sender.send(batch)}
    times = recorded(tmp_path / "record")
    assert set(times.values()) == {1}
    assert set(receipts.values()) == set(Outcome)
    unknown = {delivery_id for delivery_id, outcome in receipts.items() if outcome is Outcome.UNCERTAIN}
    accepted = {delivery_id for delivery_id, outcome in receipts.items() if outcome is Outcome.ACCEPTED}
    assert accepted <= times.keys() <= accepted | unknown


def _batches() -> Iterator[list[Message]]:
    for number in range(60):
        yield [message(5 * number + n, joined=number % 2 == 0) for n in range(5)]
