"""One sender an edition: a second one, from another cron, is told so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from campaigns.ground.edition import Edition
from campaigns.ground.errors import EditionBusyError


@contextmanager
def edition_lock(edition: Edition, editions: Path) -> Iterator[None]:
    """Hold the edition for this process. The system lets go of the lock when the process dies.

    Raises:
        EditionBusyError: another process holds it.
    """
    path = editions / edition.campaign / f".{edition.name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout as error:
        raise EditionBusyError(f"{edition}: another run is at work on it; let it finish") from error
