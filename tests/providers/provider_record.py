"""What a stand-in writes down of deliveries: a line for each, at the moment that something happens to it.

    <delivery id> <seconds since 1970> [<what>]

It keeps two such files. `--record` has a line for every message that it takes over. `--attempts` has one for every
message that it is handed, with what it then does that must leave the sender in doubt, or nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path


class Record:
    """Lines of a file; each is there before the next thing happens. Without a file nothing is written."""

    def __init__(self, path: Path | None = None) -> None:
        appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = None if path is None else os.open(path, appending, 0o644)

    @property
    def is_kept(self) -> bool:
        """Whether there is a file."""
        return self._file is not None

    def note(self, delivery_ids: Iterable[str], what: str = "") -> None:
        """Write of each what happens to it."""
        if self._file is not None:
            now = f"{time.time():.6f} {what}".rstrip()
            os.write(self._file, "".join(f"{name} {now}\n" for name in delivery_ids).encode())
