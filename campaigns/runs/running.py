"""A run under way: what it works with and what comes of it is written as it becomes known, and how it ended."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from secrets import token_hex
from time import monotonic

from campaigns.ground.discretion import discreet, discreet_arguments
from campaigns.ports.clock import Clock, system_clock
from campaigns.runs.folder import RunsFolder
from campaigns.runs.process import this_process
from campaigns.runs.record import Outcome, RunRecord

_LOG = logging.getLogger(__name__)
_PACKAGES = ("winddown", "duckdb", "sqlalchemy")
_MOST_WARNINGS = 50


class Running:
    """A run, from its first record to its last."""

    def __init__(self, folder: RunsFolder, record: RunRecord, clock: Clock, seconds: Callable[[], float]) -> None:
        self.record = record
        self._folder = folder
        self._clock = clock
        self._seconds = seconds
        self._began = seconds()
        self._writable = True

    @classmethod
    def begin(
        cls,
        folder: RunsFolder,
        command: str,
        arguments: list[str],
        *,
        keep: int,
        clock: Clock = system_clock,
        seconds: Callable[[], float] = monotonic,
    ) -> Running:
        """Write the first record. A folder that cannot be written keeps no command from its work.

        Args:
            folder: of records.
            command: its name.
            arguments: its command line.
            keep: so many records stay.
            clock: real time.
            seconds: likewise, of which nobody has turned back the hands.
        """
        now = clock()
        run = f"{now:%Y%m%dT%H%M%SZ}-{command.replace(' ', '-')}-{token_hex(3)}"
        told = tuple(discreet_arguments(arguments))
        record = RunRecord(run, command, told, this_process(folder.host), now, _versions())
        running = cls(folder, record, clock, seconds)
        running._write()
        folder.prune(keep)
        return running

    def note(
        self,
        *,
        edition: str = "",
        inputs: Mapping[str, str] | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Note what it is about, what it read, what came of it."""
        record = self.record
        self.record = replace(
            record,
            edition=edition or record.edition,
            inputs={**record.inputs, **(inputs or {})},
            counts={**record.counts, **(counts or {})},
        )
        self._write()

    def warn(self, sentence: str) -> None:
        """Note what somebody should know."""
        if len(self.record.warnings) < _MOST_WARNINGS:
            self.record = replace(self.record, warnings=(*self.record.warnings, discreet(sentence)))

    def end(self, outcome: Outcome, exit_code: int, sentence: str = "") -> None:
        """Write the last record."""
        self.record = replace(
            self.record,
            outcome=outcome,
            exit_code=exit_code,
            sentence=discreet(sentence),
            ended_at=self._clock(),
            seconds=round(self._seconds() - self._began, 3),
        )
        self._write()

    def _write(self) -> None:
        if not self._writable:
            return
        try:
            self._folder.write(self.record)
        except OSError as error:
            self._writable = False
            _LOG.warning("the run's record cannot be written: %s; the command goes on without", error.strerror)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
