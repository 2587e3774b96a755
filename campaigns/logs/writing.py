"""Writing the log: to standard error, as text for people or as lines of JSON for whatever collects them.

Packages log through the standard library, with fields as `extra`; nobody else knows of structlog.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, TextIO

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.types import EventDict, Processor, WrappedLogger

from campaigns.logs.fields import OURS, TOLD, keep_to_fields
from campaigns.ports.clock import Clock, system_clock

Format = Literal["json", "text"]

_LOUD = ("campaigns", "recsource", "winddown")
"""Ours. Of what libraries say, only warnings are of interest: their lesser lines may quote what they carry."""


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment, because progress bars put something of their own there."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # a property, where the base has an attribute
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """A line that cannot be put together is no reason to show what was to be in it."""


@contextmanager
def written(form: Format, level: str, clock: Clock = system_clock) -> Iterator[None]:
    """Write the log while inside.

    Args:
        form: `json` or `text`.
        level: the least of ours that is written.
        clock: real time, wherever the command's own is held still.
    """
    handler, root = _Stderr(), logging.getLogger()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(sorted(OURS | TOLD)), *_described(clock)],
            processors=[keep_to_fields, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _shown(form)],
        )
    )
    ours = [logging.getLogger(name) for name in _LOUD]
    before = [logger.level for logger in ours]
    root.addHandler(handler)
    for logger in ours:
        logger.setLevel(level.upper())
    try:
        yield
    finally:
        root.removeHandler(handler)
        for logger, usual in zip(ours, before, strict=True):
            logger.setLevel(usual)


def about(**fields: str) -> AbstractContextManager[None]:
    """Every line that is written inside is about this; for `edition`, `run`, `command` and `worker`."""
    return bound_contextvars(**fields)


def what_about() -> Mapping[str, str]:
    """What lines are about here, to be carried into another process."""
    return get_contextvars()


def as_line(fields: Mapping[str, object], clock: Clock = system_clock) -> str:
    """What a service writes into its journal, as a line of JSON, with the same discretion as the log."""
    line: EventDict = {**get_contextvars(), "time": _time(clock), **fields}
    return str(_JSON(None, "", keep_to_fields(None, "", line)))


_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)


def _described(clock: Clock) -> list[Processor]:
    """Processors: what it is about, when it was, how grave it is, who says it, and what was raised."""

    def stamp(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["time"] = _time(clock)
        return line

    return [merge_contextvars, stamp, structlog.stdlib.add_log_level, _origin, _raised]


def _time(clock: Clock) -> str:
    return clock().isoformat(timespec="milliseconds")


def _origin(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    record: logging.LogRecord = line["_record"]
    line["from"] = record.name
    return line


def _raised(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """An error's kind, and not its words or its traceback, which may hold anybody's data."""
    raised = line.pop("exc_info", None)
    if isinstance(raised, tuple) and raised[0]:
        line["error"] = raised[0].__name__
    return line


def _shown(form: Format) -> Processor:
    if form == "text":
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), timestamp_key="time", pad_event_to=0, sort_keys=False
        )
    return lambda logger, name, line: _JSON(logger, name, _renamed(line))


def _renamed(line: EventDict) -> EventDict:
    """With the key that most collectors take a line's sentence from."""
    return {"message" if name == "event" else name: value for name, value in line.items()}
