"""Locks on this machine: one that plans an edition, and one run of `send` that the others leave alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from campaigns.ground.edition import Edition
from campaigns.ground.errors import EditionBusyError


@contextmanager
def edition_lock(edition: Edition, editions: Path, host: str) -> Iterator[None]:
    """Hold the edition for this run on this host. The system lets go of the lock when the process dies.

    Other hosts may send the same edition at the same time, be it from the same folder: the ledger keeps them
    apart. On one host a second run could only get in the way of the first, which has as many workers as it wants.

    Raises:
        EditionBusyError: another run on this host holds it.
    """
    path = editions / edition.campaign / f".{edition.name}.{host}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout as error:
        raise EditionBusyError(f"{edition}: another run is at work on it; let it finish") from error
