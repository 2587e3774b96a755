"""The report: treatment against control for one edition, as values, a page, JSON and a table.

This is the only door. Behind it stand SciPy and Matplotlib, which are an optional extra.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Experiment
from campaigns.ports.ledger import Ledger
from recsource.engine import Engine

if TYPE_CHECKING:
    from campaigns.report.edition import Reported

_EXTRA = ("scipy", "matplotlib", "numpy")

__all__ = ["report"]


def report(
    edition: Edition,
    experiment: Experiment,
    *,
    folder: Path,
    ledger: Ledger,
    interactions: Sequence[Path],
    engine: Engine,
    now: datetime,
    simulated: bool = False,
) -> Reported:
    """Report an edition as of `now`, and write `report.html` and `report.json` into its folder.

    Args:
        edition: which one.
        experiment: as it was planned with: its variants, their shares and the baseline.
        folder: the edition's, with `assignments.parquet`, `plan.parquet`, `excluded.parquet` and `manifest.json`.
        ledger: tells the edition's deliveries and events.
        interactions: files or globs, Parquet, CSV or JSON Lines: the workspace's and the ingested ones.
            What several of them hold counts once.
        engine: does the counting; its temporary tables of the names used here are replaced.
        now: an aware time; events and interactions later than this are not counted.
        simulated: whether the events are made up; `"simulated": true` in the manifest says so too.

    Raises:
        ConfigurationError: SciPy or Matplotlib is not installed.
        InputError: a file is missing, unreadable or contradicts another.
        LedgerError: the ledger cannot be read.
    """
    try:
        from campaigns.report.edition import report_edition  # noqa: PLC0415 - needs the optional extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ConfigurationError(
            f"the report needs {error.name}, which is not installed; "
            "add Winddown's extra `report`: pip install --editable '.[report]'"
        ) from error
    return report_edition(
        edition,
        experiment,
        folder=folder,
        ledger=ledger,
        interactions=interactions,
        engine=engine,
        now=now,
        simulated=simulated,
    )
