"""The notifier: tells whoever looks after the sending, in one line."""

from __future__ import annotations

from typing import Protocol


class Notifier(Protocol):
    """Somewhere that people look."""

    def tell(self, sentence: str) -> None:
        """Say it. A notifier that cannot is no reason to stop: it says so in the log and raises nothing."""
        ...


class Mute:
    """Tells nobody."""

    def tell(self, sentence: str) -> None:
        """See the port."""
