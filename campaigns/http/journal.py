"""The journal: one JSON object a line. Nothing that a request brought along is ever written into it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from traceback import extract_tb

Journal = Callable[[Mapping[str, object]], None]
"""Writes one line."""


def to_stdout(line: Mapping[str, object]) -> None:
    """Write the line where service managers look for it."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def crash(error: BaseException) -> Mapping[str, object]:
    """What of an unforeseen error may be written: its kind and its place, not its words or anybody's values."""
    frames = extract_tb(error.__traceback__)
    places = [f"{frame.filename.rpartition('campaigns/')[2]}:{frame.lineno}" for frame in frames[-3:]]
    return {"error": type(error).__name__, "at": places}


class Forwarding(logging.Handler):
    """Carries what libraries log (the server starts, it stops, a request was no HTTP) into the journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """One record's level and sentence; never its traceback."""
        self._journal({"level": record.levelname.lower(), "from": record.name, "message": record.getMessage()})
