"""Progress bars on stderr, for a person at a terminal; silence for cron."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from campaigns.ports import progress as port


class Bars:
    """Shows each stage with a bar, or a spinner where nobody knows how long it takes."""

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """See the port."""
        columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
        if total is not None:
            columns.insert(3, MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(name, total=total)
            yield lambda steps: progress.advance(task, steps)


def watcher() -> port.Progress:
    """Bars where stderr is a terminal, else nothing."""
    return Bars() if sys.stderr.isatty() else port.Silent()
