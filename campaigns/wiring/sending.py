"""Sending an edition: what is due of it, all that a weekend asks for, and what last week's left over."""

from __future__ import annotations

from collections.abc import Callable

from campaigns.dispatch.dispatcher import Dispatcher, Sent, put_in_order
from campaigns.ground.edition import Edition
from campaigns.ground.owner import place_of
from campaigns.ground.shard import WHOLE, Shard
from campaigns.plan.manifest import Manifest, plan_hash
from campaigns.ports.ledger import Ledger
from campaigns.wiring.approving import require_approved
from campaigns.wiring.crew import Crew
from campaigns.wiring.metering import metered
from campaigns.wiring.ordering import order_for
from campaigns.wiring.stages import check_edition, freeze_plan
from campaigns.wiring.trust import is_checked, require_known, require_same_plan, require_sound
from campaigns.wiring.workspace import Workspace, host_name
from recsource.engine import Queries
from recsource.inputs import find, open_table
from recsource.schema import SUPPRESSIONS

_SQL = Queries("campaigns")
_ROWS_AT_ONCE = 10_000


def send_edition(
    workspace: Workspace,
    edition: Edition,
    stopping: Callable[[], bool] = lambda: False,
    *,
    workers: int | None = None,
    shard: Shard = WHOLE,
) -> Sent:
    """Deliver what is due of the plan, resuming where an earlier run stopped; check it first if nobody has.

    Args:
        workspace: whose.
        edition: which.
        stopping: asked again and again whether to stop.
        workers: how many processes; as many as `winddown.toml` says where left out.
        shard: the part of the edition that is sent.

    Raises:
        EditionBusyError: another run is at work on the edition, or on the shard.
        GuardError: plan or templates are not those that were planned with, the check found problems, or nobody
            has approved what needs approval.
    """
    with workspace.hold(edition, shard), workspace.ledger() as ledger:
        return _send(workspace, edition, ledger, stopping, workers, shard)


def run_edition(
    workspace: Workspace, edition: Edition, stopping: Callable[[], bool] = lambda: False
) -> tuple[Manifest, Sent]:
    """What cron calls each weekend, as often as it likes: plan once, check once, send what is due.

    Raises:
        EditionBusyError: another run is at work on the edition.
        GuardError: the check found problems, or nobody has approved what needs approval; nothing was sent.
        LedgerError: the edition was planned, and the ledger does not know of it.
    """
    with workspace.hold(edition), workspace.ledger() as ledger:
        manifest = _planned(workspace, edition, ledger)
        return manifest, _send(workspace, edition, ledger, stopping)


def finish_edition(
    workspace: Workspace, edition: Edition, stopping: Callable[[], bool] = lambda: False
) -> Sent | None:
    """Send or give up what an edition still has waiting: a weekend ends later in the west.

    None where nothing of it is left that may be sent now.

    Raises:
        EditionBusyError: another run is at work on the edition.
    """
    manifest = workspace.folder(edition).read_manifest()
    if manifest is None:
        return None
    order = order_for(workspace, workspace.campaign(edition.campaign), manifest)
    with workspace.hold(edition), workspace.ledger() as ledger:
        now = workspace.clock()
        put_in_order(edition, ledger, order, host_name(), now, workspace.progress)
        due = ledger.next_due(edition)
        return None if due is None or due > now else _send(workspace, edition, ledger, stopping)


def _planned(workspace: Workspace, edition: Edition, ledger: Ledger) -> Manifest:
    """The plan that the ledger has enrolled; made first where there is none, or another that nobody has had of."""
    folder = workspace.folder(edition)
    manifest = folder.read_manifest()
    if manifest is not None and require_known(folder, ledger) == plan_hash(manifest):
        return manifest
    if ledger.has_started(edition):
        return folder.require_manifest()
    return freeze_plan(workspace, edition, ledger)


def _send(
    workspace: Workspace,
    edition: Edition,
    ledger: Ledger,
    stopping: Callable[[], bool],
    workers: int | None = None,
    shard: Shard = WHOLE,
) -> Sent:
    with workspace.hold_plan(edition):
        folder = workspace.folder(edition)
        manifest = folder.require_manifest()
        require_same_plan(folder, ledger)
        require_approved(folder, workspace.campaign(edition.campaign))
        if not (ledger.has_started(edition) or is_checked(workspace, folder, manifest)):
            require_sound(edition, check_edition(workspace, edition))
        order = order_for(workspace, workspace.campaign(edition.campaign), manifest, shard)
        sender, place = workspace.sender(edition), place_of(host_name(), shard)
        count = workers or workspace.settings.sender.workers
        _suppress_listed(workspace, ledger)
        crew = Crew(workspace, edition, order, ledger, sender, place, count, stopping)
        clock, progress, notifier = workspace.clock, workspace.progress, workspace.notifier()
        with metered(workspace.settings.metrics) as meter:
            return Dispatcher(edition, sender, ledger, order, clock, progress, place, crew, notifier, meter).run()


def _suppress_listed(workspace: Workspace, ledger: Ledger) -> None:
    """Take the suppression list as it is now, not as it was when the edition was planned."""
    source = find(SUPPRESSIONS.name, workspace.settings.data.suppressions, workspace.root)
    with workspace.engine() as engine:
        open_table(engine, SUPPRESSIONS, source)
        listed = engine.stream(_SQL("audience/listed"), size=_ROWS_AT_ONCE)
        ledger.suppress(((str(key), str(reason)) for key, reason in listed), workspace.clock())
