"""The designing of experiments: what one can find, and whether the analysis keeps its promises on past data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from campaigns.audience import open_gates
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Scheme
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
    from campaigns.analysis.power import Baseline
    from campaigns.replay.history import History
    from campaigns.replay.peeking import Peeked
    from campaigns.replay.planning import Plan
    from campaigns.replay.simulating import Tried
    from campaigns.report.metrics import Metric
    from campaigns.report.question import EditionFiles

WEEKS = 8
"""Past weeks that stand in for editions where there are none."""
_AUDIENCE = ("users", "suppressions")


def plan_power(
    workspace: Workspace, campaign: str, metric: MetricName | None, weeks: int | None, picture: Path | None
) -> Plan:
    """What the campaign's experiment can find; also drawn, where a picture is wanted.

    Args:
        workspace: whose past it is.
        campaign: its name.
        metric: another than the primary one.
        weeks: go by past weeks as they were without editions, so many of them.
        picture: a PNG to write.

    Raises:
        ConfigurationError: an extra is not installed, or there is no past to go by.
    """
    with needed_for("power", "report"):
        from campaigns.replay.drawing import draw  # noqa: PLC0415 - an extra
        from campaigns.replay.planning import baseline_of, plan_experiment  # noqa: PLC0415
        from campaigns.report.metrics import BY_NAME  # noqa: PLC0415
    settings = workspace.campaign(campaign)
    experiment = settings.experiment.experiment()
    wanted = BY_NAME[metric or experiment.primary]
    with workspace.engine() as engine, past(workspace, campaign, settings, engine, weeks=weeks) as history:
        if wanted not in history.metrics:
            raise ConfigurationError(
                f"{campaign}: no edition has been sent yet, and so nothing is known of {wanted.name.value!r}; "
                f"wanted one of {', '.join(each.name.value for each in history.metrics)}"
            )
        baseline = _steadied(workspace, campaign, baseline_of(history, wanted), history, wanted)
        plan = plan_experiment(campaign, experiment, history, wanted, baseline)
    if picture:
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(draw(plan))
    return plan


@dataclass(frozen=True, slots=True)
class Simulated:
    """What replays of a campaign's past found.

    Attributes:
        history: the editions, or the weeks without any, that were replayed.
        scheme: how people were assigned.
        people: how many.
        tried: each metric by each method.
        peeked: what looking every week brings; None for one week, or where arms change.
    """

    sent: bool
    history: Sequence[str]
    scheme: str
    people: int
    replays: int
    tried: Sequence[Tried]
    peeked: Peeked | None


def simulate_experiment(
    workspace: Workspace, campaign: str, *, replays: int, weeks: int | None, scheme: Scheme | None
) -> Simulated:
    """Replay a campaign's past, with its experiment's shares, and another assignment each time.

    Args:
        workspace: whose past it is.
        campaign: its name.
        replays: how many times.
        weeks: replay past weeks as they were without editions, so many of them.
        scheme: another than the experiment's own.

    Raises:
        ConfigurationError: an extra is not installed, or there is no past to go by, or nothing to compare.
    """
    with needed_for("simulate", "report"):
        from campaigns.replay.peeking import peek  # noqa: PLC0415 - an extra
        from campaigns.replay.people import People  # noqa: PLC0415
        from campaigns.replay.replaying import Replays  # noqa: PLC0415
        from campaigns.replay.simulating import simulate  # noqa: PLC0415
        from campaigns.report.metrics import BY_NAME  # noqa: PLC0415
    settings = workspace.campaign(campaign)
    experiment = settings.experiment.experiment()
    if not experiment.contrasts:
        raise ConfigurationError(f"experiment {experiment.name!r} has a single variant, and nothing to compare")
    experiment = replace(experiment, scheme=scheme or experiment.scheme)
    with workspace.engine() as engine, past(workspace, campaign, settings, engine, weeks=weeks) as history:
        people = People.of(history)
        with workspace.progress.stage("Replaying", len(history.metrics)) as step:
            drawn = Replays.draw(experiment, history, people, replays)
            tried = simulate(drawn, step)
            peeked = peek(drawn, BY_NAME[experiment.primary])
        return Simulated(
            history.sent, people.editions, experiment.scheme.value, people.count, replays, tried, peeked
        )


def _steadied(
    workspace: Workspace, campaign: str, baseline: Baseline, history: History, metric: Metric
) -> Baseline:
    """With the correlation of past weeks, where a single edition cannot tell how alike a person's weeks are.

    To take it for none would promise far too much of every further week.
    """
    from campaigns.replay.planning import baseline_of  # noqa: PLC0415 - needs the extra `report`
    from campaigns.report.metrics import BY_NAME  # noqa: PLC0415

    if len(history.counted(metric)) > 1 or not history.sent:
        return baseline
    settings = workspace.campaign(campaign)
    with workspace.engine() as engine, past(workspace, campaign, settings, engine, weeks=WEEKS) as weeks:
        alike = metric if metric in weeks.metrics else BY_NAME[MetricName.COMPLETED_24H_OF_SENDING]
        return replace(baseline, correlation=baseline_of(weeks, alike).correlation)


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
