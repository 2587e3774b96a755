"""What senders have in common whose provider sets no limits and needs nothing prepared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from campaigns.ports.sender import Allowance


class Boundless:
    """Message by message, as fast as it goes; nothing to connect to and nothing to look at beforehand."""

    in_one_call = False
    calls_at_once = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def preflight(self, recipients: int) -> Sequence[str]:
        """Nothing that could be wrong for any number of them."""
        del recipients
        return ()

    @property
    def allowance(self) -> Allowance:
        """Any rate, any number."""
        return Allowance()
