"""Progress bars on stderr, for a person at a terminal; for cron only what must be said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from campaigns.ports import progress as port


class Bars:
    """Shows each stage with a bar, or a spinner where nobody knows how long it takes."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """See the port."""
        columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
        if total is not None:
            columns.insert(3, MofNCompleteColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(name, total=total)
            yield lambda steps: progress.advance(task, steps)

    def note(self, sentence: str) -> None:
        """Above the bars."""
        self._console.print(f"winddown: {sentence}", style="yellow", markup=False, highlight=False)


class Notes(port.Silent):
    """No bars: cron mails whatever is written, so that only notes are."""

    def note(self, sentence: str) -> None:
        """A line on stderr."""
        print(f"winddown: {sentence}", file=sys.stderr)


def watcher() -> port.Progress:
    """Bars where stderr is a terminal, else notes alone."""
    return Bars() if sys.stderr.isatty() else Notes()
