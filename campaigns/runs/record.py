"""A run's record: a command, what it worked with, what came of it, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Self

FORMAT = 1


class Outcome(StrEnum):
    """How a run ended, or that it has not."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """As asked by SIGTERM: in good order, and with something left to do."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """By Ctrl-C."""
    DIED = "died"
    """Its process is gone and has not said how; never in a record, which nobody was there to write."""


@dataclass(frozen=True, slots=True)
class Process:
    """Where it runs.

    Attributes:
        began: when, in the system's own terms (`runs.process`): a number may be another process's later.
    """

    host: str
    pid: int
    began: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one command.

    Attributes:
        run: its id, which begins with the time and sorts by it.
        arguments: as they were given, without what says who somebody is.
        began_at: real time (UTC), also where the command's clock is held still.
        versions: of Winddown, Python, and the packages that decide what comes of it.
        inputs: what it read: a file's path or a thing's name, and its hash.
        counts: what came of it.
        warnings: sentences.
        sentence: why it failed, or why it ended early.
    """

    run: str
    command: str
    arguments: tuple[str, ...]
    process: Process
    began_at: datetime
    versions: Mapping[str, str]
    edition: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    outcome: Outcome = Outcome.RUNNING
    exit_code: int | None = None
    sentence: str = ""
    ended_at: datetime | None = None
    seconds: float | None = None

    def as_dict(self) -> dict[str, object]:
        """As JSON holds it."""
        times = {name: time and time.isoformat() for name, time in self._times().items()}
        return {"format": FORMAT, **asdict(self), **times}

    @classmethod
    def from_dict(cls, found: Mapping[str, object]) -> Self:
        """Out of JSON.

        Raises:
            KeyError, TypeError, ValueError: it is no record.
        """
        known = {one.name: found[one.name] for one in fields(cls)}
        read = {
            "arguments": tuple(known["arguments"]),  # type: ignore[arg-type]  # as are all below: else it raises
            "warnings": tuple(known["warnings"]),  # type: ignore[arg-type]
            "process": Process(**known["process"]),  # type: ignore[arg-type]
            "outcome": Outcome(str(known["outcome"])),
            "began_at": datetime.fromisoformat(str(known["began_at"])),
            "ended_at": datetime.fromisoformat(str(known["ended_at"])) if known["ended_at"] else None,
        }
        return cls(**{**known, **read})  # type: ignore[arg-type]

    def _times(self) -> Mapping[str, datetime | None]:
        return {"began_at": self.began_at, "ended_at": self.ended_at}
