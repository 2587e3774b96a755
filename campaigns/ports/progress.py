"""Progress: long work tells how far it is, and does not care who looks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Progress(Protocol):
    """Somebody who watches."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """Enter a stage of work.

        Args:
            name: what is going on, as a person would say it.
            total: how many steps there will be; None where nobody knows.

        Returns:
            A context that gives a function to call with the steps done since the last call.
        """
        ...

    def note(self, sentence: str) -> None:
        """Say something in passing that whoever watches should know."""
        ...


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:  # noqa: ARG002 - nobody watches
        """See the port."""
        return nullcontext(lambda _: None)

    def note(self, sentence: str) -> None:
        """See the port."""
