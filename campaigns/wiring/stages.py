"""The stages around the sending of an edition, each a plain function of a workspace, for whatever schedules them.

The sending itself is `wiring.sending`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from campaigns.check.checking import check
from campaigns.check.finding import Checked
from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.message import Message
from campaigns.ingest import Ingested, Mailed, ingest, unsubscribe_by_mail
from campaigns.plan.manifest import Manifest, planned
from campaigns.plan.planner import Planner
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from campaigns.ports.entries import Standing
from campaigns.ports.ledger import Ledger
from campaigns.rendering.mime import assemble
from campaigns.report import report
from campaigns.wiring.trust import remember_checked, renderer_as_planned, require_same_plan
from campaigns.wiring.workspace import Workspace, host_name

if TYPE_CHECKING:
    from campaigns.report.edition import Reported


def plan_edition(workspace: Workspace, edition: Edition) -> Manifest:
    """Decide who gets what, and freeze it; the manifest says what came of it.

    Raises:
        EditionBusyError: another run is at work on the edition.
    """
    with workspace.hold(edition), workspace.ledger() as ledger:
        return freeze_plan(workspace, edition, ledger)


def freeze_plan(workspace: Workspace, edition: Edition, ledger: Ledger) -> Manifest:
    """The same for whoever holds the edition already."""
    campaign = workspace.campaign(edition.campaign)
    template_hash = workspace.template_hash(edition, campaign)
    with workspace.hold_plan(edition, alone=True), workspace.engine() as engine:
        return Planner(
            workspace.root,
            workspace.settings,
            campaign,
            template_hash,
            engine,
            ledger,
            workspace.clock,
            workspace.progress,
            host_name(),
        ).plan(edition)


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


def ingest_mailbox(workspace: Workspace, path: Path) -> Mailed:
    """Unsubscribes by email in, from the mailbox that the emails name."""
    with workspace.ledger() as ledger:
        return unsubscribe_by_mail(path, links=workspace.links(), ledger=ledger, now=workspace.clock())


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
