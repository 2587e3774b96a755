"""What takes longer than a page: checking every message, planning anew. One at a time, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock, Thread
from typing import Literal

from campaigns.ground.errors import WinddownError
from campaigns.ports.progress import Progress
from recsource.errors import RecsourceError

Doing = Literal["", "check", "plan"]


@dataclass(frozen=True, slots=True)
class Underway:
    """What is being done, and how far it is.

    Attributes:
        doing: empty where nothing is.
        stage: the step, as a person would say it.
        total: None where nobody knows.
        failure: the sentence with which the last job ended, if it failed.
        finished: how many jobs have ended.
    """

    doing: Doing = ""
    stage: str = ""
    done: int = 0
    total: int | None = None
    failure: str = ""
    finished: int = 0


class Jobs:
    """Runs one job, and tells how far it is (implements `ports.progress.Progress` for it)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now = Underway()

    @property
    def now(self) -> Underway:
        """How things stand."""
        return self._now

    def start(self, doing: Doing, job: Callable[[Progress], None]) -> bool:
        """Start a job; False where another is under way."""
        with self._lock:
            if self._now.doing:
                return False
            self._now = Underway(doing, finished=self._now.finished)
        Thread(target=self._run, args=(job,), name=f"studio-{doing}", daemon=True).start()
        return True

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """See the port."""
        self._now = replace(self._now, stage=name, done=0, total=total)
        yield self._step

    def note(self, sentence: str) -> None:
        """See the port; a page has room for the stage alone."""

    def _step(self, steps: int) -> None:
        self._now = replace(self._now, done=self._now.done + steps)

    def _run(self, job: Callable[[Progress], None]) -> None:
        failure = ""
        try:
            job(self)
        except (WinddownError, RecsourceError, OSError) as error:
            failure = str(error)
        except Exception as error:  # noqa: BLE001 - the page tells it; a dead thread would tell nobody
            failure = f"this is a fault of Winddown's: {type(error).__name__}: {error}"
        self._now = Underway(failure=failure, finished=self._now.finished + 1)
