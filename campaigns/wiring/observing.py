"""A command as it is seen from outside: its log, its run's record, and the metrics that are left behind."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

from campaigns.ground.edition import Edition
from campaigns.logs.writing import Format, about, written
from campaigns.ports.progress import Progress
from campaigns.runs.folder import RunsFolder
from campaigns.runs.record import Outcome
from campaigns.runs.running import Running
from campaigns.settings.operating import LoggingSettings
from campaigns.wiring.failing import INTERRUPTED
from campaigns.wiring.metering import leave_textfile
from campaigns.wiring.workspace import Workspace, host_name

_LOG = logging.getLogger(__name__)


class Observation:
    """One command, from when its settings are read to its end."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = list(arguments)
        self._edition = ""
        self._workspace: Workspace | None = None
        self._running: Running | None = None
        self._stopped = False
        self._open = ExitStack()

    def begin(self, workspace: Workspace, command: str, *, recorded: bool) -> Workspace:
        """Write the log from now on, and a record where the command does more than look.

        Returns:
            The workspace, whose progress is noted as well.
        """
        if self._workspace is None:
            settings = workspace.settings
            self._open.enter_context(logged(settings.logging))
            self._open.enter_context(about(command=command))
            if recorded:
                self._running = _begin(workspace, command, self._arguments)
                self._open.enter_context(about(run=self._running.record.run))
                self.note(edition=self._edition)
            self._workspace = replace(workspace, progress=_Noted(workspace.progress, self))
        return self._workspace

    def is_about(self, edition: Edition) -> None:
        """Say which edition the command is about."""
        self._edition = str(edition)
        self.note(edition=self._edition)

    def note(
        self,
        *,
        edition: str = "",
        inputs: Mapping[str, str] | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Note what it is about, what it read, what came of it; see `runs.running`."""
        if self._running:
            self._running.note(edition=edition, inputs=inputs, counts=counts)

    def say(self, sentence: str) -> None:
        """Say something to whoever called the command, and note that it was said."""
        if self._workspace:
            self._workspace.progress.note(sentence)

    def warn(self, sentence: str) -> None:
        """Note what was said in passing."""
        if self._running:
            self._running.warn(sentence)

    def stopped(self) -> None:
        """Note that somebody asked it to stop."""
        self._stopped = True

    @property
    def speaks_json(self) -> bool:
        """Whether all that is said on standard error is to be a line of the log."""
        return self._workspace is not None and self._workspace.settings.logging.format == "json"

    def end(self, exit_code: int, sentence: str = "") -> None:
        """The command has ended: write its record, leave metrics, and write no more log."""
        if self._running:
            self._running.end(self._outcome(exit_code), exit_code, sentence)
            assert self._workspace is not None
            leave_textfile(self._workspace)
        self._open.close()

    def _outcome(self, exit_code: int) -> Outcome:
        if exit_code == INTERRUPTED:
            return Outcome.INTERRUPTED
        if exit_code:
            return Outcome.FAILED
        return Outcome.STOPPED if self._stopped else Outcome.DONE


@dataclass(frozen=True, slots=True)
class _Noted:
    """Somebody who watches the progress, and notes that stand in the record and the log, too."""

    inner: Progress
    observation: Observation

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """See the port."""
        return self.inner.stage(name, total)

    def note(self, sentence: str) -> None:
        """See the port."""
        self.observation.warn(sentence)
        if self.observation.speaks_json:
            _LOG.warning("%s", sentence)
        else:
            self.inner.note(sentence)


def logged(settings: LoggingSettings) -> AbstractContextManager[None]:
    """Write the log while inside: text at a terminal and JSON elsewhere, where nobody has decided."""
    usual: Format = "text" if sys.stderr.isatty() else "json"
    return written(usual if settings.format == "auto" else settings.format, settings.level)


def runs_of(workspace: Workspace) -> RunsFolder:
    """Where a workspace's records lie."""
    return RunsFolder(workspace.root / workspace.settings.runs.folder, host_name())


def _begin(workspace: Workspace, command: str, arguments: list[str]) -> Running:
    return Running.begin(runs_of(workspace), command, arguments, keep=workspace.settings.runs.keep)
