"""What the recommendation pipeline asks of its parts: a place for files, and a recommender."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

ModelName = Literal["personalised", "popularity"]
MODELS: tuple[ModelName, ...] = ("personalised", "popularity")
"""Trained on every run, on the same dataset; the second is the baseline of the first."""

Metrics = Mapping[str, float]
"""A model's own, by name, as its source gives them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a storage.

    Attributes:
        key: its key.
        size: bytes.
        version: changes with the content: an ETag, or size and time.
        modified_at: when it was written (UTC).
    """

    key: str
    size: int
    version: str
    modified_at: datetime


class Storage(Protocol):
    """A folder or a bucket's prefix. Keys are relative, with `/` between their parts."""

    @property
    def url(self) -> str:
        """What a key's full address begins with: a path, or `s3://bucket/prefix`, without a slash at its end."""
        ...

    def put(self, path: Path, key: str) -> None:
        """Upload a file; a reader sees all of it or nothing.

        Raises:
            StorageError: it cannot be written.
        """
        ...

    def get(self, key: str, path: Path) -> None:
        """Download a file, streamed; at `path` appears all of it or nothing.

        Raises:
            StorageError: it is not there, or cannot be read.
        """
        ...

    def write(self, key: str, text: str) -> None:
        """Write a small text; a reader sees the old one or the new one.

        Raises:
            StorageError: it cannot be written.
        """
        ...

    def read(self, key: str) -> str | None:
        """A small text; None where there is none.

        Raises:
            StorageError: it cannot be read.
        """
        ...

    def keys(self, prefix: str) -> Sequence[str]:
        """All keys that begin so, sorted."""
        ...

    def files(self, prefix: str) -> Sequence[Stored]:
        """All files whose keys begin so, by key.

        Raises:
            StorageError: they cannot be listed.
        """
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove; what is not there is no error."""
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, trained.

    Attributes:
        model: which.
        reference: how its source knows it: an ARN, or the key of its file.
        metrics: what its source says of its quality.
        details: further references to record: recipe, ARNs, hyperparameters.
    """

    model: ModelName
    reference: str
    metrics: Metrics = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


class Recommender(Protocol):
    """Trains on an exported dataset, and writes batches of recommendations. Every step may be repeated.

    Whatever a crash left half-done, calling again continues with it and makes nothing twice.
    """

    @property
    def name(self) -> str:
        """`personalize` or `local`."""
        ...

    def train(self, run: str) -> Sequence[Trained]:
        """Train every model on the dataset under `runs/<run>/dataset`.

        Raises:
            TrainingError: a model failed; the sentence holds the source's own reason.
        """
        ...

    def infer(self, run: str, trained: Sequence[Trained], num_results: int) -> Sequence[str]:
        """Write each model's recommendations for the people of `runs/<run>/users.jsonl`.

        Args:
            run: whose people.
            trained: with what; they may come from an earlier run.
            num_results: 1 to 500 items a person.

        Returns:
            The keys of the files that were written, `_CHECK` files left out.

        Raises:
            InferenceError: the batch failed, or a model cannot infer in batches.
        """
        ...
