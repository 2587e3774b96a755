"""The folder of records: a file each, always whole, whoever writes and reads at the same time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from campaigns.runs.process import is_gone
from campaigns.runs.record import Outcome, RunRecord


@dataclass(frozen=True, slots=True)
class RunsFolder:
    """Records by the names of their runs.

    Attributes:
        path: need not be there yet.
        host: of those that may share it, this one.
    """

    path: Path
    host: str

    def write(self, record: RunRecord) -> None:
        """Write a record, in the place of an earlier one of the same run.

        Raises:
            OSError: the folder does not let us.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        draft = self.path / f".{record.run}.{os.getpid()}"
        text = json.dumps(record.as_dict(), indent=2, ensure_ascii=False)
        try:
            draft.write_text(f"{text}\n", encoding="utf-8")
            draft.replace(self.path / f"{record.run}.json")
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def prune(self, keep: int) -> None:
        """Remove all records but the latest; what cannot be removed stays."""
        for path in self._files()[keep:]:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def latest(self, count: int) -> list[RunRecord]:
        """The latest records, the newest first."""
        return list(islice(self.records(), count))

    def records(self) -> Iterator[RunRecord]:
        """All records, the newest first; those whose process is gone without a word have died."""
        for path in self._files():
            try:
                record = RunRecord.from_dict(json.loads(path.read_text(encoding="utf-8")))
            except (OSError, KeyError, TypeError, ValueError):
                continue  # pruned meanwhile, or none of ours
            died = record.outcome is Outcome.RUNNING and is_gone(record.process, self.host)
            yield replace(record, outcome=Outcome.DIED) if died else record

    def _files(self) -> list[Path]:
        return sorted(self.path.glob("[0-9]*T[0-9]*.json"), reverse=True)
