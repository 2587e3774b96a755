"""What batches are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Window:
    """The times that a judgement is of (UTC).

    Attributes:
        split: the lists were made of what was known then.
        until: they are judged by what was played between then and now.
        new_since: items that were published later are new.
    """

    split: datetime
    until: datetime
    new_since: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Which batches to judge, and by which times.

    Attributes:
        run: whose batches and recipients.
        window: the times.
    """

    run: str
    window: Window
