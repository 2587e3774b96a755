"""The question: which experiment, over which editions' files, as of when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from campaigns.ground.edition import Edition
from campaigns.ground.experiment import Experiment
from recsource.errors import InputError


@dataclass(frozen=True, slots=True)
class EditionFiles:
    """What lies in an edition's folder.

    Attributes:
        name: the edition's, such as `2026-W47`.
    """

    name: str
    folder: Path

    @property
    def assignments(self) -> Path:
        """Who was assigned what, and how."""
        return self._existing("assignments.parquet")

    @property
    def plan(self) -> Path:
        """One row a person planned."""
        return self._existing("plan.parquet")

    @property
    def excluded(self) -> Path:
        """Everybody else who was considered, with the reason."""
        return self._existing("excluded.parquet")

    @property
    def responses(self) -> Path:
        """What the ledger knew of each delivery when the report was made (`sql/report/responses.sql`)."""
        return self.folder / "responses.parquet"

    @property
    def manifest(self) -> Path:
        """What the edition was made from."""
        return self._existing("manifest.json")

    def _existing(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise InputError(f"{path}: there is no such file; plan the edition first (winddown plan)")
        return path


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be counted.

    Attributes:
        editions: at least one, the oldest first.
        first: the experiment's first edition on file, which may lie before those asked about: what people did
            before it, no variant can have changed.
        now: UTC; what is later than this is not known yet.
        once: whether everybody is in one of the editions alone, so that no two windows of a person can overlap.
    """

    experiment: Experiment
    editions: Sequence[EditionFiles]
    first: EditionFiles
    now: datetime
    once: bool = False

    def apart(self, days: int) -> list[str]:
        """The editions from the first on whose windows of so many days do not overlap: no day is counted twice."""
        chosen: list[str] = []
        for edition in self.editions:
            if self.once or not chosen or _days(chosen[-1], edition.name) >= days:
                chosen.append(edition.name)
        return chosen

    @property
    def variants(self) -> list[str]:
        """The names of the variants, in the order of their declaration."""
        return [variant.name for variant in self.experiment.variants]


def _days(earlier: str, later: str) -> int:
    """Between two editions' weeks."""
    begin, end = (Edition.parse("any", name).day(1) for name in (earlier, later))
    return (end - begin).days
