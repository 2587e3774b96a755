"""The report: the variants of an experiment compared, as values, a page, JSON, a table, pictures and queries.

This is the only door. Behind it stand SciPy and Matplotlib, which are an optional extra.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Experiment
from campaigns.ports.ledger import Ledger
from campaigns.report.taking_part import Assignments, Exposures
from recsource.engine import Engine

if TYPE_CHECKING:
    from campaigns.report.edition import Reported

_EXTRA = ("scipy", "matplotlib", "numpy")

__all__ = ["Assignments", "Exposures", "report", "report_in_app"]


def report(
    editions: Sequence[tuple[Edition, Path]],
    experiment: Experiment,
    *,
    first: tuple[Edition, Path] | None = None,
    folder: Path,
    ledger: Ledger,
    interactions: Sequence[Path],
    items: Sequence[Path],
    engine: Engine,
    now: datetime,
    simulated: bool = False,
) -> Reported:
    """Report one edition or several as of `now`, and write the report's files into a folder.

    Args:
        editions: of one campaign and experiment, the oldest first, each with its folder, which holds
            `assignments.parquet`, `plan.parquet`, `excluded.parquet` and `manifest.json`.
        experiment: as it was planned with.
        first: the experiment's first edition, where it is not the first of those; what people did before it is
            what they are taken to have been like.
        folder: where `report.html`, `report.json`, `report.md`, `report.sql` and pictures go.
        ledger: tells the editions' deliveries and events.
        interactions: files or globs, Parquet, CSV or JSON Lines: the workspace's and the ingested ones.
            What several of them hold counts once.
        items: the catalogue, likewise.
        engine: does the counting; its temporary tables of the names used here are replaced.
        now: an aware time; events and interactions later than this are not counted.
        simulated: whether the events are made up; `"simulated": true` in a manifest says so too.

    Raises:
        ConfigurationError: SciPy or Matplotlib is not installed.
        InputError: a file is missing, unreadable or contradicts another.
        LedgerError: the ledger cannot be read.
    """
    with _extra():
        from campaigns.report.edition import Data, report_editions  # noqa: PLC0415 - needs the optional extra
        from campaigns.report.question import EditionFiles, Question  # noqa: PLC0415
    files = [EditionFiles(edition.name, where) for edition, where in editions]
    begun = EditionFiles(first[0].name, first[1]) if first else files[0]
    return report_editions(
        engine,
        Question(experiment, files, begun, now.astimezone(UTC)),
        Data(interactions, items),
        campaign=editions[0][0].campaign,
        ledger=ledger,
        folder=folder,
        simulated=simulated,
    )


def report_in_app(
    name: str,
    experiment: Experiment,
    *,
    people: Assignments | Exposures,
    folder: Path,
    interactions: Sequence[Path],
    items: Sequence[Path],
    engine: Engine,
    now: datetime,
) -> Reported:
    """Report a test inside the app, which sent no email: assignments and interactions in, distinct days out.

    Args:
        name: of the test.
        experiment: its variants, shares and baseline.
        people: who took part, in which variant, and from when on each is looked at.
        folder: where the report's files go.
        interactions: as for `report`, `items` too.
        items: the catalogue.
        engine: does the counting.
        now: an aware time.

    Raises:
        ConfigurationError: SciPy or Matplotlib is not installed.
        InputError: a file is missing or unreadable.
    """
    with _extra():
        from campaigns.report.edition import Data  # noqa: PLC0415 - needs the optional extra
        from campaigns.report.in_app import report_test  # noqa: PLC0415
    moment = now.astimezone(UTC)
    data = Data(interactions, items)
    return report_test(engine, name, experiment, data, people=people, folder=folder, now=moment)


@contextmanager
def _extra() -> Iterator[None]:
    """Say what to install where the optional extra is not."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ConfigurationError(
            f"the report needs {error.name}, which is not installed; "
            "add Winddown's extra `report`: pip install --editable '.[report]'"
        ) from error
