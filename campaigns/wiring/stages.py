"""The stages of an edition, each a plain function of a workspace and an edition, for whatever schedules them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from campaigns.check.checking import Checked, check
from campaigns.dispatch.dispatcher import Dispatcher, Sent
from campaigns.ground.address import address_key
from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.message import Message
from campaigns.ingest import Ingested, ingest
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.manifest import Manifest, plan_hash, planned
from campaigns.plan.planner import Planner
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from campaigns.ports.entries import Standing
from campaigns.ports.ledger import Ledger
from campaigns.rendering.mime import assemble
from campaigns.report import report
from campaigns.wiring.crew import Crew
from campaigns.wiring.ordering import order_for
from campaigns.wiring.trust import (
    is_checked,
    remember_checked,
    renderer_as_planned,
    require_known,
    require_same_plan,
    require_sound,
)
from campaigns.wiring.workspace import Workspace, host_name
from recsource.inputs import find, open_table
from recsource.schema import SUPPRESSIONS

if TYPE_CHECKING:
    from campaigns.report.edition import Reported


def plan_edition(workspace: Workspace, edition: Edition) -> Manifest:
    """Decide who gets what, and freeze it; the manifest says what came of it.

    Raises:
        EditionBusyError: another run is at work on the edition.
    """
    with workspace.hold(edition):
        return _plan(workspace, edition)


def check_edition(workspace: Workspace, edition: Edition) -> Checked:
    """Render every planned message and look at it, sending none.

    Raises:
        ConfigurationError: the edition is not planned.
        GuardError: the templates are not those that were planned with.
    """
    campaign = workspace.campaign(edition.campaign)
    folder = workspace.folder(edition)
    manifest = folder.require_manifest()
    with workspace.engine() as engine:
        catalogue = read_catalogue(engine, folder)
        checked = check(
            Plan(engine, folder.plan),
            renderer_as_planned(workspace, edition, manifest, catalogue),
            assemble,
            catalogue,
            campaign,
            total=planned(manifest),
            progress=workspace.progress,
        )
    if checked.sound:
        remember_checked(workspace, folder, manifest)
    return checked


def render_message(workspace: Workspace, edition: Edition, user_id: str) -> Message:
    """One person's message, as it would be or was sent.

    Raises:
        ConfigurationError: the edition is not planned, or the person is not in the plan.
        GuardError: the templates are not those that were planned with.
    """
    folder = workspace.folder(edition)
    manifest = folder.require_manifest()
    with workspace.engine() as engine:
        renderer = renderer_as_planned(workspace, edition, manifest, read_catalogue(engine, folder))
        return renderer.render(Plan(engine, folder.plan).of(user_id))


def send_edition(
    workspace: Workspace,
    edition: Edition,
    stopping: Callable[[], bool] = lambda: False,
    *,
    workers: int | None = None,
) -> Sent:
    """Deliver what is due of the plan, resuming where an earlier run stopped; check it first if nobody has.

    Args:
        workspace: whose.
        edition: which.
        stopping: asked again and again whether to stop.
        workers: how many processes; as many as `winddown.toml` says where left out.

    Raises:
        EditionBusyError: another run is at work on the edition.
        GuardError: plan or templates are not those that were planned with, or the check found problems.
    """
    with workspace.hold(edition):
        return _send(workspace, edition, stopping, workers)


@dataclass(frozen=True, slots=True)
class Stands:
    """Where an edition stands: the plan's counts, the ledger's, and whether it is halted."""

    manifest: Manifest
    tally: Tally
    standing: Standing


def edition_status(workspace: Workspace, edition: Edition) -> Stands:
    """Where an edition stands.

    Raises:
        LedgerError: the ledger does not know the plan.
    """
    workspace.campaign(edition.campaign)
    folder = workspace.folder(edition)
    manifest = folder.require_manifest()
    with workspace.ledger() as ledger:
        require_same_plan(folder, ledger)
        return Stands(manifest, ledger.tally(edition), ledger.standing(edition))


def ingest_files(workspace: Workspace, files: Sequence[Path]) -> Ingested:
    """Provider events and app completions in, from the neutral JSON Lines format."""
    with workspace.engine() as engine, workspace.ledger() as ledger, workspace.progress.stage("Ingesting"):
        return ingest(files, ledger=ledger, folder=workspace.ingested, engine=engine)


def report_edition(workspace: Workspace, edition: Edition) -> Reported:
    """Treatment against control, written to the edition's folder."""
    folder = workspace.folder(edition)
    folder.require_manifest()
    interactions = [workspace.root / workspace.settings.data.interactions]
    if any(workspace.ingested.glob("interactions-*.parquet")):
        interactions.append(workspace.ingested / "interactions-*.parquet")
    with workspace.engine() as engine, workspace.ledger() as ledger, workspace.progress.stage("Reporting"):
        return report(
            edition,
            workspace.campaign(edition.campaign).experiment.experiment(),
            folder=folder.path,
            ledger=ledger,
            interactions=interactions,
            engine=engine,
            now=workspace.clock(),
            simulated=workspace.settings.simulated,
        )


def run_edition(
    workspace: Workspace, edition: Edition, stopping: Callable[[], bool] = lambda: False
) -> tuple[Manifest, Sent]:
    """What cron calls each weekend, as often as it likes: plan once, check once, send what is due.

    Raises:
        EditionBusyError: another run is at work on the edition.
        GuardError: the check found problems; nothing was sent.
        LedgerError: the edition was planned, and the ledger does not know of it.
    """
    with workspace.hold(edition):
        folder = workspace.folder(edition)
        with workspace.ledger() as ledger:
            if folder.read_manifest() is not None:
                require_known(folder, ledger)
            started = ledger.has_started(edition)
            stands = _stands(folder, ledger)
        manifest = folder.require_manifest() if stands or started else _plan(workspace, edition)
        return manifest, _send(workspace, edition, stopping, workers=None)


def finish_edition(workspace: Workspace, edition: Edition, stopping: Callable[[], bool] = lambda: False) -> None:
    """Send or give up what an edition that is planned still has waiting: a weekend ends later in the west.

    Raises:
        EditionBusyError: another run is at work on the edition.
    """
    if workspace.folder(edition).read_manifest() is None:
        return
    with workspace.ledger() as ledger:
        waiting = ledger.next_due(edition) is not None
    if waiting:
        send_edition(workspace, edition, stopping)


def _stands(folder: EditionFolder, ledger: Ledger) -> bool:
    """Whether the edition is planned, and the ledger has enrolled that very plan."""
    manifest = folder.read_manifest()
    return manifest is not None and ledger.plan_hash(folder.edition) == plan_hash(manifest)


def _plan(workspace: Workspace, edition: Edition) -> Manifest:
    campaign = workspace.campaign(edition.campaign)
    template_hash = workspace.template_hash(edition, campaign)
    with workspace.engine() as engine, workspace.ledger() as ledger:
        return Planner(
            workspace.root,
            workspace.settings,
            campaign,
            template_hash,
            engine,
            ledger,
            workspace.clock,
            workspace.progress,
        ).plan(edition)


def _send(workspace: Workspace, edition: Edition, stopping: Callable[[], bool], workers: int | None) -> Sent:
    campaign, folder = workspace.campaign(edition.campaign), workspace.folder(edition)
    manifest = folder.require_manifest()
    with workspace.ledger() as ledger:
        require_same_plan(folder, ledger)
        started = ledger.has_started(edition)
    if not (started or is_checked(workspace, folder, manifest)):
        require_sound(edition, check_edition(workspace, edition))
    sender, order, host = workspace.sender(edition), order_for(workspace, campaign, manifest), host_name()
    with workspace.ledger() as ledger:
        _suppress_listed(workspace, ledger)
        count = workers or workspace.settings.sender.workers
        crew = Crew(workspace, edition, order, ledger, sender, host, count, stopping)
        return Dispatcher(edition, sender, ledger, order, workspace.clock, workspace.progress, host, crew).run()


def _suppress_listed(workspace: Workspace, ledger: Ledger) -> None:
    """Take the suppression list as it is now, not as it was when the edition was planned."""
    source = find(SUPPRESSIONS.name, workspace.settings.data.suppressions, workspace.root)
    with workspace.engine() as engine:
        open_table(engine, SUPPRESSIONS, source)
        listed = engine.stream("SELECT email, reason FROM suppressions", size=10_000)
        ledger.suppress(((address_key(str(email)), str(reason)) for email, reason in listed), workspace.clock())
