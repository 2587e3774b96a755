"""The files that a plan is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from campaigns.plan.manifest import InputFile, fingerprint_file
from campaigns.settings.workspace import DataSettings
from recsource.batch import Batch, find_batch
from recsource.engine import PlanningEngine
from recsource.inputs import Source, find, open_table
from recsource.schema import TABLES


@dataclass(frozen=True, slots=True)
class Inputs:
    """Each table's files, and the batch's."""

    sources: Mapping[str, Source]
    batch: Batch

    def open(self, engine: PlanningEngine) -> None:
        """Check every table at the door and make it a table of the engine.

        Raises:
            InputError: names the file, the column, how many rows are wrong and the first of them.
        """
        for table in TABLES:
            open_table(engine, table, self.sources[table.name])

    def fingerprints(self, root: Path) -> dict[str, list[InputFile]]:
        """What each file is known by."""
        files = {name: source.files for name, source in self.sources.items()} | {
            "recommendations": self.batch.files
        }
        return {name: [fingerprint_file(path, root) for path in found] for name, found in files.items()}


def find_inputs(data: DataSettings, root: Path) -> Inputs:
    """The inputs that `winddown.toml` names.

    Raises:
        InputError: one of them matches no file.
    """
    sources = {table.name: find(table.name, str(getattr(data, table.name)), root) for table in TABLES}
    return Inputs(sources, find_batch(data.recommendations, root))
