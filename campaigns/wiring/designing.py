"""The designing of experiments: what one can find, and whether the analysis keeps its promises on past data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from campaigns.audience import open_gates
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.metric import MetricName
from campaigns.plan.declared import declared
from campaigns.settings.campaign import CampaignSettings
from campaigns.wiring.extras import needed_for
from campaigns.wiring.reporting import interactions_of
from campaigns.wiring.workspace import Workspace
from recsource.engine import Engine
from recsource.inputs import find, open_table
from recsource.schema import TABLES

if TYPE_CHECKING:
    from campaigns.replay.history import History
    from campaigns.replay.planning import Plan
    from campaigns.report.question import EditionFiles

WEEKS = 8
"""Past weeks that stand in for editions where there are none."""
_AUDIENCE = ("users", "suppressions")


def plan_power(workspace: Workspace, campaign: str, metric: MetricName | None, picture: Path | None) -> Plan:
    """What the campaign's experiment can find; also drawn, where a picture is wanted.

    Args:
        workspace: whose past it is.
        campaign: its name.
        metric: another than the primary one.
        picture: a PNG to write.

    Raises:
        ConfigurationError: an extra is not installed, or there is no past to go by.
    """
    with needed_for("power", "report"):
        from campaigns.replay.drawing import draw  # noqa: PLC0415 - an extra
        from campaigns.replay.planning import plan_experiment  # noqa: PLC0415
        from campaigns.report.metrics import BY_NAME  # noqa: PLC0415
    settings = workspace.campaign(campaign)
    experiment = settings.experiment.experiment()
    wanted = BY_NAME[metric or experiment.primary]
    with workspace.engine() as engine, past(workspace, campaign, settings, engine) as history:
        if wanted not in history.metrics:
            raise ConfigurationError(
                f"{campaign}: no edition has been sent yet, and so nothing is known of {wanted.name.value!r}; "
                f"wanted one of {', '.join(each.name.value for each in history.metrics)}"
            )
        plan = plan_experiment(campaign, experiment, history, wanted)
    if picture:
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(draw(plan))
    return plan


@contextmanager
def past(
    workspace: Workspace, campaign: str, settings: CampaignSettings, engine: Engine, *, weeks: int | None = None
) -> Iterator[History]:
    """A campaign's history: of its latest experiment's editions that people have had time to respond to.

    Args:
        workspace: whose.
        campaign: its name.
        settings: its settings.
        engine: does the counting.
        weeks: of past weeks as they were without it, however many editions there are.
    """
    from campaigns.replay.history import of_editions, of_weeks  # noqa: PLC0415 - needs the extra `report`
    from campaigns.report.edition import Data  # noqa: PLC0415

    data = Data(interactions_of(workspace), [workspace.root / workspace.settings.data.items])
    now = workspace.clock()
    with workspace.progress.stage("Counting the past"), TemporaryDirectory(prefix="winddown-") as folder:
        if weeks is None and (editions := _responded(workspace, campaign)):
            experiment = declared(workspace.folder(editions[-1]).require_manifest())
            yield of_editions(engine, experiment, _files(workspace, editions, engine), data, now)
            return
        _open_audience(workspace, campaign, settings, engine)
        yield of_weeks(engine, Path(folder), data, settings.schedule, weeks=weeks or WEEKS, now=now)


def _responded(workspace: Workspace, campaign: str) -> list[Edition]:
    """The editions of the campaign's latest experiment that are a week past, the oldest first."""
    week_ago = (workspace.clock() - timedelta(days=8)).date()
    known = [
        (edition, declared(workspace.folder(edition).require_manifest()))
        for edition in workspace.planned(campaign)
        if edition.day(7) <= week_ago
    ]
    running = [(edition, experiment) for edition, experiment in known if experiment.runs_in(edition.name)]
    latest = running[-1][1] if running else None
    return [
        edition
        for edition, experiment in running
        if latest and (experiment.name, experiment.version) == (latest.name, latest.version)
    ]


def _files(workspace: Workspace, editions: Sequence[Edition], engine: Engine) -> list[EditionFiles]:
    """The editions' files, with what the ledger knows by now of their responses."""
    from campaigns.report.question import EditionFiles  # noqa: PLC0415 - needs the extra `report`
    from campaigns.report.responses import write_responses  # noqa: PLC0415

    files = [EditionFiles(edition.name, workspace.folder(edition).path) for edition in editions]
    with workspace.ledger() as ledger:
        for edition, each in zip(editions, files, strict=True):
            write_responses(engine, ledger, edition, each, workspace.clock())
    return files


def _open_audience(workspace: Workspace, campaign: str, settings: CampaignSettings, engine: Engine) -> None:
    """Make the tables `users` and `eligible`: who would get an edition today."""
    data, root = workspace.settings.data, workspace.root
    for table in TABLES:
        if table.name in _AUDIENCE:
            open_table(engine, table, find(table.name, str(getattr(data, table.name)), root))
    with workspace.ledger() as ledger:
        suppressed = ledger.suppressed(campaign)
        open_gates(engine, settings, as_of=workspace.clock(), suppressed=suppressed, recent=())
