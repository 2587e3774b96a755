"""Being asked to stop: the batch at hand is finished first, so that nothing stands uncertain for it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from campaigns.wiring.failing import INTERRUPTED
from campaigns.wiring.observing import Observation


def leave_when_told() -> None:
    """Let SIGTERM and Ctrl-C end a server as if done: it raises its signal anew once requests are finished."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(INTERRUPTED if number == signal.SIGINT else 0)


@contextmanager
def stoppable(observation: Observation) -> Iterator[Callable[[], bool]]:
    """Gives a question that answers yes once SIGTERM or Ctrl-C has asked the process to end.

    A second Ctrl-C waits for no more than the call under way; what it hands over may then stand as uncertain.
    Whoever asked is told at the end, and Ctrl-C leaves with 130, as shells expect.
    """
    told: list[int] = []

    def tell(number: int, _: object) -> None:
        told.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    how = "stopped as asked"
    try:
        yield lambda: bool(told)
    except KeyboardInterrupt:
        how = "stopped at once, so that what was being handed over may stand as uncertain"
        raise
    finally:
        if told:
            observation.stopped()
            observation.say(f"{how}; run the command again to go on.")
    if signal.SIGINT in told:
        raise typer.Exit(INTERRUPTED)
