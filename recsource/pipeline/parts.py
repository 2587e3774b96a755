"""What the steps work with, passed in, so that a test can hold the clock and a DAG can choose the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from recsource.pipeline.question import Question
from recsource.ports import ModelName, Recommender, Storage

if TYPE_CHECKING:  # judging needs NumPy, which is an extra's
    from recsource.pipeline.judged import Judged

Result = Mapping[str, object]
"""What a step has to say, as JSON holds it."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How old models and batches may grow.

    Attributes:
        train: a model that is older is trained anew.
        infer: a batch that is older is inferred anew.
        resume: a run that was begun longer ago and is not done is left as it is, and a new one begun.
    """

    train: timedelta = timedelta(days=7)
    infer: timedelta = timedelta(days=2)
    resume: timedelta = timedelta(days=3)


@runtime_checkable
class Holder(Protocol):
    """A recommender that keeps what a run made under the run's name, somewhere else than in the storage."""

    def holdings(self, run: str) -> Sequence[str]:
        """What it still keeps of a run, in the order in which it can be deleted."""
        ...

    def clear(self, run: str) -> None:
        """Delete all of that; what is gone already is no error."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps work with.

    Attributes:
        storage: where runs lie.
        recommender: who trains and infers.
        export: writes a run's dataset as of a moment; counts and hashes come of it.
        judge: judges a run's batches by what people played afterwards.
        pull: makes a run's batch of a model the current one; counts come of it.
        tell: tells people, in a few lines.
        clock: the present.
        settings: what each step is told, as JSON holds it, for the record.
        num_results: 1 to 500 items a person.
        model: whose batch becomes current.
        cadence: how old models and batches may grow.
        held_out: evaluation trains once more, on what was known so long ago; None where that costs too much.
    """

    storage: Storage
    recommender: Recommender
    export: Callable[[str, datetime], Result]
    judge: Callable[[Question], Judged]
    pull: Callable[[str, ModelName], Result]
    tell: Callable[[str], None]
    clock: Callable[[], datetime]
    settings: Mapping[str, Result] = field(default_factory=dict)
    num_results: int = 500
    model: ModelName = "personalised"
    cadence: Cadence = field(default_factory=Cadence)
    held_out: timedelta | None = timedelta(days=14)
