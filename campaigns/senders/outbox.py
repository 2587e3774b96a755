"""A folder as a provider: one `.eml` file a message, named by its delivery."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from campaigns.ground.errors import ConfigurationError, DeliveryError, MessageError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Assemble
from campaigns.senders.boundless import Boundless
from campaigns.senders.stopping import stop


class OutboxSender(Boundless):
    """Writes messages into a folder, each whole or not at all, and never over another.

    A file that is there already is a message that has left: it stays as it is, and counts as accepted.
    """

    name = "outbox"
    batch_size = 100

    def __init__(self, folder: Path, assemble: Assemble, *, durable: bool = False) -> None:
        """Take the folder; it is made on entering.

        Args:
            folder: where the files go.
            assemble: gives a message's bytes.
            durable: whether each file is synced to the disk, so that it outlives a power cut.
        """
        self._folder = folder
        self._assemble = assemble
        self._durable = durable

    def __enter__(self) -> Self:
        probe = self._folder / f".writable-{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as failure:
            raise ConfigurationError(
                f"outbox folder {self._folder}: no file can be written there ({failure.strerror}); "
                "make it a folder that this user may write to, or name another"
            ) from failure
        return self

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Write each message; a disk that is full stops the batch, and leaves no half a file behind."""
        receipts: list[Receipt] = []
        for message in batch:
            try:
                receipts.append(self._deliver(message))
            except OSError as failure:
                return stop(batch, receipts, self._refusal(failure))
        return receipts

    def _deliver(self, message: Message) -> Receipt:
        try:
            content = self._assemble(message)
        except MessageError as failure:
            return Receipt(message.delivery_id, Outcome.REJECTED, detail=str(failure))
        written = self._write(f"{message.delivery_id}.eml", content)
        return Receipt(message.delivery_id, Outcome.ACCEPTED, detail="" if written else "already in the outbox")

    def _write(self, name: str, content: bytes) -> bool:
        """Write under another name first; linking then fails if the file is there. Whether it was not."""
        final, partial = self._folder / name, self._folder / f".{name}.part"
        partial.unlink(missing_ok=True)  # of a process that died here; it may be the finished file's twin
        try:
            _write_file(partial, content, durable=self._durable)
            os.link(partial, final)
        except FileExistsError:
            return False
        finally:
            partial.unlink(missing_ok=True)
        return True

    def _refusal(self, failure: OSError) -> DeliveryError:
        reason = failure.strerror or str(failure)
        return DeliveryError(
            f"outbox folder {self._folder}: a message could not be written ({reason}); "
            "make room or mend the folder, and run the command again: what is left is still waiting",
            provider=self.name,
            status=failure.errno,
            body=reason,
        )


def _write_file(path: Path, content: bytes, *, durable: bool) -> None:
    with path.open("wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
