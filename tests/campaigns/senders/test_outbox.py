"""The outbox keeps what it has, and leaves nothing half done."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from campaigns.ground.errors import ConfigurationError, DeliveryError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome
from campaigns.senders import outbox as module
from campaigns.senders.outbox import OutboxSender

ACCEPTED, DEFERRED = Outcome.ACCEPTED, Outcome.DEFERRED


def message(number: int, subject: str = "Good night") -> Message:
    nobody = Mailbox("nobody@example.com")
    return Message(f"id-{number}", nobody, None, nobody, subject, "", "", ())


def assemble(message: Message) -> bytes:
    return message.subject.encode()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def full_after(count: int) -> Callable[[Path, bytes], None]:
    """A disk that takes so many files, and half of the next one."""
    left = count

    def write(path: Path, content: bytes, *, durable: bool) -> None:
        del durable
        nonlocal left
        left -= 1
        path.write_bytes(content if left >= 0 else content[: len(content) // 2])
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return write  # type: ignore[return-value]


@pytest.mark.parametrize("durable", [False, True])
def test_a_message_is_a_file_named_by_its_delivery(tmp_path: Path, durable: bool) -> None:  # noqa: FBT001 - a case
    with OutboxSender(tmp_path, assemble, durable=durable) as sender:
        (receipt,) = sender.send([message(1)])
    assert receipt.outcome is ACCEPTED
    assert files(tmp_path) == {"id-1.eml": b"Good night"}


def test_a_file_that_is_there_has_left_and_is_not_written_over(tmp_path: Path) -> None:
    with OutboxSender(tmp_path, assemble) as sender:
        sender.send([message(1, "the first")])
        receipts = sender.send([message(1, "the second"), message(2)])
    assert [(r.outcome, r.detail) for r in receipts] == [(ACCEPTED, "already in the outbox"), (ACCEPTED, "")]
    assert files(tmp_path) == {"id-1.eml": b"the first", "id-2.eml": b"Good night"}


def test_what_a_killed_process_left_half_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".id-1.eml.part").write_bytes(b"Good ni")
    with OutboxSender(tmp_path, assemble) as sender:
        sender.send([message(1)])
    assert files(tmp_path) == {"id-1.eml": b"Good night"}


def test_what_a_process_killed_after_linking_left_does_not_harm_the_finished_file(tmp_path: Path) -> None:
    (tmp_path / "id-1.eml").write_bytes(b"Good night")
    (tmp_path / ".id-1.eml.part").hardlink_to(tmp_path / "id-1.eml")
    with OutboxSender(tmp_path, assemble) as sender:
        (receipt,) = sender.send([message(1, "Another")])
    assert receipt.detail == "already in the outbox"
    assert files(tmp_path) == {"id-1.eml": b"Good night"}


def test_a_disk_that_fills_up_keeps_the_receipts_of_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_write_file", full_after(2))
    with OutboxSender(tmp_path, assemble) as sender:
        receipts = sender.send([message(n) for n in range(4)])
        assert [receipt.outcome for receipt in receipts] == [ACCEPTED, ACCEPTED, DEFERRED, DEFERRED]
        assert [receipt.delivery_id for receipt in receipts] == [f"id-{n}" for n in range(4)]
        assert {receipt.status for receipt in receipts[2:]} == {errno.ENOSPC}
        with pytest.raises(DeliveryError, match="No space left") as caught:
            sender.send([message(2), message(3)])
    assert str(tmp_path) in str(caught.value)
    assert files(tmp_path) == {"id-0.eml": b"Good night", "id-1.eml": b"Good night"}


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="needs a device that is always full")
def test_a_disk_that_is_really_full_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", lambda _, mode: open("/dev/full", mode, buffering=0))  # noqa: PTH123, SIM115
    with OutboxSender(tmp_path, assemble) as sender, pytest.raises(DeliveryError, match="No space left"):
        sender.send([message(1)])
    monkeypatch.undo()
    assert files(tmp_path) == {}


def test_a_folder_that_vanishes_stops_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    with OutboxSender(folder, assemble) as sender:
        folder.rmdir()
        with pytest.raises(DeliveryError, match="No such file"):
            sender.send([message(1)])


def test_a_folder_that_cannot_be_one_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    for folder in (tmp_path / "outbox", tmp_path / "outbox" / "below"):
        with pytest.raises(ConfigurationError, match="outbox folder"), OutboxSender(folder, assemble):
            pass
