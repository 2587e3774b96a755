"""The crew: whatever becomes of a worker process, its parent says so, and leaves none behind."""

from __future__ import annotations

import errno
import multiprocessing
import os
import pickle
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown

from campaigns.dispatch.order import Order
from campaigns.ports.clock import Clock, FixedClock
from campaigns.ports.progress import Silent
from campaigns.senders.memory import MemorySender
from campaigns.wiring import crew
from campaigns.wiring.crew import Crew, WorkerError
from campaigns.wiring.workspace import Workspace
from recsource.errors import BatchRefusedError

ORDER = Order(give_up_after=timedelta(hours=36), retry_after=timedelta(minutes=15), max_attempts=3)
_LONG = 20.0  # seconds


@dataclass(frozen=True)
class StoppedElsewhere:
    """A clock that goes in this process alone: in any other, whoever asks it fails."""

    moment: datetime
    failure: Exception
    process: int

    def __call__(self) -> datetime:
        if os.getpid() != self.process:
            raise self.failure
        return self.moment


def stopped_elsewhere(failure: Exception) -> Clock:
    return StoppedElsewhere(datetime.fromisoformat(f"{SUNDAY}+00:00"), failure, os.getpid())


def a_crew(winddown: Winddown, clock: Clock | None = None, stopping: object = lambda: False) -> Crew:
    """Two workers."""
    workspace = Workspace.open(
        winddown.root, clock or FixedClock(datetime.fromisoformat(f"{SUNDAY}+00:00")), Silent()
    )
    with workspace.ledger() as ledger:
        return Crew(workspace, EDITION, ORDER, ledger, MemorySender(), "here", 2, stopping)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (KeyError("lost"), 1, "winddown: this is a fault of Winddown's: KeyError: 'lost'; --debug shows where."),
        (BatchRefusedError("it is too old; infer a new one"), 3, "winddown: it is too old; infer a new one."),
        (
            OSError(errno.ENOSPC, "No space left on device", "outbox"),
            1,
            "winddown: outbox: No space left on device; mend that and run it again.",
        ),
    ],
)
def test_whatever_fails_in_a_worker_is_told_as_if_it_had_failed_here(
    winddown: Winddown,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    failure: Exception,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.setattr("campaigns.cli.call.FixedClock", lambda _: stopped_elsewhere(failure))
    ran = winddown("send", CAMPAIGN, "--workers", "2", now=SUNDAY)
    assert (ran.code, ran.said) == (code, sentence)
    assert "Traceback" not in capfd.readouterr().err
    assert winddown.emails() == {}


def test_for_debug_the_error_carries_where_in_the_worker_it_came_from(winddown: Winddown) -> None:
    with pytest.raises(WorkerError) as caught:
        a_crew(winddown, stopped_elsewhere(KeyError("lost")))(lambda _: None)
    (trace,) = caught.value.__notes__
    assert trace.startswith("Traceback")
    assert "in _work" in trace
    assert "KeyError: 'lost'" in trace


def test_when_one_cannot_be_started_those_that_were_do_not_stay(
    winddown: Winddown, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, started = crew._start, []

    def start_one(crew: Crew, owner: str) -> crew._Hand:
        if started:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        started.append(real(crew, owner))
        return started[0]

    monkeypatch.setattr("campaigns.wiring.crew._start", start_one)
    ran = winddown("send", CAMPAIGN, "--workers", "3", now=SUNDAY)
    assert (ran.code, ran.said) == (
        1,
        "winddown: the system: Resource temporarily unavailable; mend that and run it again.",
    )
    assert [hand.process.exitcode for hand in started] == [0]
    assert winddown.tally()["uncertain"] == winddown.tally()["in_flight"] == 0


def busy(*_: object) -> None:
    """A worker's life, in the midst of a batch that takes long."""
    time.sleep(_LONG)


@pytest.mark.parametrize("when", ["working", "ending"])
def test_a_second_ctrl_c_ends_all_at_once(winddown: Winddown, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Which is a KeyboardInterrupt, wherever the parent happens to be."""
    monkeypatch.setattr("campaigns.wiring.crew._work", busy)

    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    if when == "ending":
        monkeypatch.setattr("multiprocessing.process.BaseProcess.join", _first(interrupt))
    stopping = interrupt if when == "working" else _failing
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        a_crew(winddown, stopping=stopping)(lambda _: None)
    for process in multiprocessing.active_children():
        process.join()
    assert time.monotonic() - begun < _LONG / 2


def _failing() -> bool:
    raise RuntimeError


def _first(interrupt: object) -> object:
    """`join`, whose first call is interrupted."""
    real, calls = multiprocessing.process.BaseProcess.join, iter([interrupt])
    return lambda process, timeout=None: next(calls, real)(process, timeout)  # type: ignore[operator]


def test_an_order_can_be_handed_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(ORDER)) == ORDER
    assert ORDER.random() == 1.0
