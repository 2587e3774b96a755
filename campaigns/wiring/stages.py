"""The stages around the sending of an edition, each a plain function of a workspace, for whatever schedules them.

The sending itself is `wiring.sending`, and where it stands `wiring.status`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from campaigns.assignment.layers import require_exclusive
from campaigns.check.checking import check
from campaigns.check.finding import Checked
from campaigns.check.network import Network
from campaigns.ground.edition import Edition
from campaigns.ground.experiment import Experiment
from campaigns.ground.message import Message
from campaigns.ingest import Ingested, Mailed, ingest, unsubscribe_by_mail
from campaigns.logs.writing import about
from campaigns.odd_picks import OddPicks, summarise
from campaigns.plan.manifest import Manifest, plan_hash, planned
from campaigns.plan.planner import Planner
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from campaigns.ports.ledger import Ledger
from campaigns.rendering.mime import assemble
from campaigns.wiring.telling import planned_sentence
from campaigns.wiring.trust import remember_checked, renderer_as_planned
from campaigns.wiring.workspace import Workspace, host_name

_LOG = logging.getLogger(__name__)
Came = TypeVar("Came", Ingested, Mailed)


def plan_edition(workspace: Workspace, edition: Edition) -> Manifest:
    """Decide who gets what, and freeze it; the manifest says what came of it.

    Raises:
        EditionBusyError: another run is at work on the edition.
    """
    with workspace.hold(edition), workspace.ledger() as ledger:
        return freeze_plan(workspace, edition, ledger)


def freeze_plan(workspace: Workspace, edition: Edition, ledger: Ledger) -> Manifest:
    """The same for whoever holds the edition already; people are told of a plan that the ledger did not know."""
    known, notifier = ledger.plan_hash(edition), workspace.notifier()
    manifest = _planned(workspace, edition, ledger)
    _LOG.info("planned", extra={"planned": planned(manifest), "plan": plan_hash(manifest)})
    if plan_hash(manifest) != known:
        notifier.tell(planned_sentence(manifest))
    return manifest


def _planned(workspace: Workspace, edition: Edition, ledger: Ledger) -> Manifest:
    campaign = workspace.campaign(edition.campaign)
    require_alone_in_layer(workspace, edition.campaign, campaign.experiment.experiment())
    template_hash = workspace.template_hash(edition, campaign)
    with workspace.hold_plan(edition, alone=True), workspace.planning_engine() as engine:
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


def require_alone_in_layer(workspace: Workspace, campaign: str, experiment: Experiment) -> None:
    """See to it that nobody can be in two experiments of one layer.

    Raises:
        ConfigurationError: another campaign claims the same people; or its settings cannot be read.
    """
    if experiment.layer:
        settings = workspace.campaigns()
        require_exclusive(campaign, {name: each.experiment.experiment() for name, each in settings.items()})


def check_edition(workspace: Workspace, edition: Edition, *, ask: bool = False) -> Checked:
    """Render every planned message and look at it, sending none.

    Args:
        workspace: whose.
        edition: which.
        ask: whether to ask for links and pictures over the network.

    Raises:
        ConfigurationError: the edition is not planned.
        GuardError: the templates are not those that were planned with.
    """
    campaign = workspace.campaign(edition.campaign)
    folder = workspace.folder(edition)
    manifest = folder.require_manifest()
    with about(edition=str(edition)), workspace.engine() as engine:
        catalogue = read_catalogue(engine, folder)
        checked = check(
            Plan(engine, folder.plan),
            renderer_as_planned(workspace, edition, manifest, catalogue),
            assemble,
            catalogue,
            campaign,
            total=planned(manifest),
            progress=workspace.progress,
            network=Network(campaign.check.link_schemes, campaign.check.max_image_kilobytes) if ask else None,
        )
        _LOG.info("checked", extra={"messages": checked.messages, "problems": len(checked.findings)})
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


def ingest_files(workspace: Workspace, files: Sequence[Path]) -> Ingested:
    """Provider events and app completions in, from the neutral JSON Lines format."""
    with workspace.engine() as engine, workspace.ledger() as ledger, workspace.progress.stage("Ingesting"):
        return _logged(ingest(files, ledger=ledger, folder=workspace.ingested, engine=engine))


def ingest_mailbox(workspace: Workspace, path: Path) -> Mailed:
    """Unsubscribes by email in, from the mailbox that the emails name."""
    with workspace.ledger() as ledger:
        return _logged(unsubscribe_by_mail(path, links=workspace.links(), ledger=ledger, now=workspace.clock()))


def _logged(came: Came) -> Came:
    _LOG.info("ingested", extra=asdict(came))
    return came


def summarise_odd_picks(workspace: Workspace, campaign: str, editions: Sequence[Edition]) -> OddPicks:
    """What colleagues found odd in some editions of a campaign; in all that are planned where none is named.

    Raises:
        ConfigurationError: one of them is not planned.
    """
    settings = workspace.campaign(campaign)
    folders = [workspace.folder(edition) for edition in editions or workspace.planned(campaign)]
    with workspace.engine() as engine, workspace.ledger() as ledger:
        data, root = workspace.settings.data, workspace.root
        return summarise(engine, folders, settings, data=data, root=root, ledger=ledger)
