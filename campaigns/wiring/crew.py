"""The crew: one worker in this process, or several in processes of their own."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.resource_tracker import ensure_running
from secrets import token_hex
from traceback import format_exception

from campaigns.dispatch.order import Ended, Order
from campaigns.dispatch.worker import Worker
from campaigns.ground.edition import Edition
from campaigns.ground.errors import WinddownError
from campaigns.logs.writing import about, what_about
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from campaigns.ports.ledger import Ledger
from campaigns.ports.meter import Landed
from campaigns.ports.progress import Silent
from campaigns.ports.sender import Sender
from campaigns.wiring.failing import FAILED, exit_code_of, sentence_of
from campaigns.wiring.observing import logged
from campaigns.wiring.trust import renderer_as_planned
from campaigns.wiring.workspace import Workspace

_WORST_LAST = (Ended.DONE, Ended.CANARY, Ended.QUOTA, Ended.STOPPED, Ended.HALTED)
_PASSED_ON = (signal.SIGINT, signal.SIGTERM)
_TURN = 0.001  # seconds that one thread may keep the interpreter while another waits; Python has 0.005
_GLANCE = 0.2  # seconds between looks at whether somebody wants to stop


class WorkerError(WinddownError):
    """A worker process failed; in its own words, with its own exit code."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Crew:
    """Everybody who sends an edition on this host.

    Attributes:
        place: what their names begin with; see `dispatch.dispatcher`.
        count: how many workers.
        stopping: whether the operator wants to stop.
    """

    workspace: Workspace
    edition: Edition
    order: Order
    ledger: Ledger
    sender: Sender
    place: str
    count: int
    stopping: Callable[[], bool]

    def __call__(self, step: Callable[[Landed], None]) -> Ended:
        """Send; see `dispatch.dispatcher.Crew`.

        Raises:
            WorkerError: a worker in a process of its own failed or died.
        """
        run = f"{self.place}/{os.getpid()}-{token_hex(4)}"
        if self.count == 1:
            with _worker(self.workspace, self.edition, self.order, self.ledger, self.sender, f"{run}/1") as worker:
                return replace(worker, stopping=self.stopping, step=step).run()
        return self._together([f"{run}/{number + 1}" for number in range(self.count)], step)

    def _together(self, owners: Sequence[str], step: Callable[[Landed], None]) -> Ended:
        hands: list[_Hand] = []
        try:
            with _signals_held():
                for owner in owners:
                    hands.append(_start(self, owner))  # noqa: PERF401 - if one fails, the others must be known
            return self._follow(hands, step)
        except KeyboardInterrupt:
            _kill(hands)
            raise
        finally:
            _dismiss(hands)

    def _follow(self, hands: Sequence[_Hand], step: Callable[[Landed], None]) -> Ended:
        """Listen to all until none is left."""
        working, told = list(hands), False
        failures: list[WorkerError] = []
        ended = [Ended.DONE]
        while working:
            if not told and self.stopping():
                told = True
                _tell_to_stop(working)
            for pipe in wait([hand.pipe for hand in working], timeout=_GLANCE):
                hand = next(hand for hand in working if hand.pipe is pipe)
                match _hear(hand):
                    case Landed() as batch:
                        step(batch)
                    case Ended() as end:
                        ended.append(end)
                        working.remove(hand)
                    case WorkerError() as failure:
                        failures.append(failure)
                        working.remove(hand)
                        _tell_to_stop(working)
        if failures:
            raise failures[0]
        return max(ended, key=_WORST_LAST.index)


@dataclass(frozen=True, slots=True)
class _Hand:
    """A worker process, and the pipe to it: it tells what it has done, and hears when to stop."""

    process: SpawnProcess
    pipe: Connection


def _start(crew: Crew, owner: str) -> _Hand:
    context = get_context("spawn")
    ours, its = context.Pipe()
    workspace = replace(crew.workspace, progress=Silent())
    told = (workspace, crew.edition, crew.order, owner, its, what_about())
    process = context.Process(target=_work, args=told, name=owner)
    process.start()
    its.close()  # so that its end closes when the process dies
    return _Hand(process, ours)


@contextmanager
def _signals_held() -> Iterator[None]:
    """A process inherits what is held: one that is not awake yet does not die of a signal meant for its parent."""
    ensure_running()  # first, because starting the tracker lets signals go
    held = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _dismiss(hands: Sequence[_Hand]) -> None:
    """Wait until all have ended: whoever still works does so after the batch at hand."""
    for hand in hands:
        hand.pipe.close()
    try:
        for hand in hands:
            hand.process.join()
    except KeyboardInterrupt:
        _kill(hands)
        raise


def _kill(hands: Sequence[_Hand]) -> None:
    """End them at once, as the second Ctrl-C wants it; what they were handing over stands as uncertain."""
    for hand in hands:
        hand.process.kill()


def _tell_to_stop(hands: Sequence[_Hand]) -> None:
    for hand in hands:
        try:
            hand.pipe.send(None)
        except OSError:  # it has gone; `_hear` finds out how
            continue


def _hear(hand: _Hand) -> Landed | Ended | WorkerError:
    try:
        said = hand.pipe.recv()
    except (EOFError, OSError):
        hand.process.join()
        return WorkerError(
            f"a worker died (exit code {hand.process.exitcode}); what it was handing over stands as uncertain; "
            "run the command again to send the rest",
            FAILED,
        )
    if isinstance(said, tuple):
        sentence, exit_code, trace = said
        failure = WorkerError(sentence, exit_code)
        failure.add_note(trace)  # for `--debug`
        return failure
    assert isinstance(said, Landed | Ended)
    return said


def _work(
    workspace: Workspace,
    edition: Edition,
    order: Order,
    owner: str,
    pipe: Connection,
    concerns: Mapping[str, str],
) -> None:
    """A worker process's life. When its parent dies, the pipe closes, and it stops after the batch at hand.

    Lines of its log are about whatever `concerns` its parent.
    """
    for number in _PASSED_ON:  # they may reach all; the parent passes them on in good order
        signal.signal(number, signal.SIG_IGN)
    try:
        with (
            logged(workspace.settings.logging),
            about(**concerns),
            workspace.ledger() as ledger,
            workspace.sender(edition) as sender,
            _worker(workspace, edition, order, ledger, sender, owner) as worker,
        ):
            ended = replace(worker, stopping=pipe.poll, step=partial(_say, pipe)).run()
        _say(pipe, ended)
    except Exception as failure:  # noqa: BLE001 - whatever it is, the parent tells it as its own
        _say(pipe, (sentence_of(failure), exit_code_of(failure), "".join(format_exception(failure))))


def _say(pipe: Connection, what: Landed | Ended | tuple[str, int, str]) -> None:
    with suppress(OSError):  # the parent has died, and nobody listens
        pipe.send(what)


@contextmanager
def _worker(
    workspace: Workspace, edition: Edition, order: Order, ledger: Ledger, sender: Sender, owner: str
) -> Iterator[Worker]:
    folder = workspace.folder(edition)
    with workspace.engine() as engine:
        catalogue = read_catalogue(engine, folder)
        renderer = renderer_as_planned(workspace, edition, folder.require_manifest(), catalogue)
        with _undisturbed(), about(worker=owner):
            yield Worker(
                edition,
                Plan(engine, folder.plan),
                renderer,
                sender,
                ledger,
                order,
                workspace.clock,
                owner,
                notifier=workspace.notifier(),
            )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Modules and templates stay for the run; looking through them each time costs a tenth of it.

    And a batch that leaves must not wait long for the rendering of the next: a rate is kept to a few milliseconds.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(usual)
