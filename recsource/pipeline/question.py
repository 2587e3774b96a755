"""What batches are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from recsource.ports import MODELS, ModelName

NEW = timedelta(days=14)
"""Items that were published so lately are judged by themselves too: they are what the weekly email shows."""
LEAST = timedelta(days=1)
"""Less time than that tells nothing."""


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


def window(split: datetime, until: datetime) -> Window:
    """The window between two moments."""
    return Window(split, until, split - NEW)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A batch: of which run, by which model."""

    run: str
    model: ModelName


@dataclass(frozen=True, slots=True)
class Question:
    """Which batches to judge, and by which times.

    Attributes:
        contestants: by the name that a table gives them.
        baseline: the name of the one that all others are compared with.
        window: the times.
    """

    contestants: Mapping[str, Contestant]
    baseline: str
    window: Window

    @property
    def runs(self) -> tuple[str, ...]:
        """Whose recipients can be judged by: those that all of these have in common."""
        return tuple(dict.fromkeys(one.run for one in self.contestants.values()))


def about_one_run(run: str, times: Window) -> Question:
    """Both models of a run, popularity as the baseline."""
    return Question({model: Contestant(run, model) for model in MODELS}, "popularity", times)
