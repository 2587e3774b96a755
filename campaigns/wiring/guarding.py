"""What a person does about an edition's sending: halt it, let it go on, cancel the rest, settle the uncertain."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.logs.writing import about
from campaigns.ports.entries import Delivery, Standing
from campaigns.ports.ledger import Ledger
from campaigns.wiring.trust import require_known
from campaigns.wiring.workspace import Workspace

_LOG = logging.getLogger(__name__)


def halt_edition(workspace: Workspace, edition: Edition, because: str) -> Standing:
    """Let nothing more of an edition be claimed, wherever it is being sent; what is being handed over ends.

    Raises:
        ConfigurationError: the edition is not planned.
        LedgerError: the ledger does not know it.
    """
    with _known(workspace, edition) as ledger:
        if ledger.halt(edition, f"{edition} halted by hand: {because}", workspace.clock()):
            _LOG.info("halted by hand", extra={"because": because})
            workspace.notifier().tell(f"{edition} was halted by hand: {because}")
        return ledger.standing(edition)


def resume_edition(workspace: Workspace, edition: Edition) -> bool:
    """Let it go on with the next `send`; whether it was halted. Guards look at what is claimed from now on."""
    with _known(workspace, edition) as ledger:
        resumed = ledger.resume(edition, workspace.clock())
        if resumed:
            _LOG.info("resumed by hand")
            workspace.notifier().tell(f"{edition} was resumed")
        return resumed


def cancel_edition(workspace: Workspace, edition: Edition) -> int:
    """Cancel all that still wait; how many that were."""
    with _known(workspace, edition) as ledger:
        cancelled = ledger.cancel(edition, "cancelled by hand", workspace.clock())
        if cancelled:
            _LOG.info("cancelled by hand", extra={"cancelled": cancelled})
            workspace.notifier().tell(f"{edition}: {cancelled:,} waiting messages were cancelled")
        return cancelled


def uncertain_deliveries(workspace: Workspace, edition: Edition) -> Sequence[Delivery]:
    """Those that may or may not have left, and what is known of each."""
    with _known(workspace, edition) as ledger:
        return [*ledger.deliveries(edition, State.UNCERTAIN)]


def resolve_edition(
    workspace: Workspace, edition: Edition, delivery_ids: Collection[str] | None, to: State
) -> int:
    """Settle uncertain deliveries, all or some, by a person's decision; how many that were.

    Args:
        workspace: whose.
        edition: which.
        delivery_ids: None for every uncertain one.
        to: `accepted`, or `waiting` to send them again.

    Raises:
        ConfigurationError: one that is named is not uncertain; nothing was settled.
    """
    with _known(workspace, edition) as ledger:
        uncertain = {delivery.delivery_id for delivery in ledger.deliveries(edition, State.UNCERTAIN)}
        if strangers := sorted({*(delivery_ids or ())} - uncertain):
            raise ConfigurationError(
                f"{edition}: no uncertain delivery is called {', '.join(strangers)}; "
                "`winddown resolve` without --as shows them"
            )
        return ledger.resolve(edition, delivery_ids, to, workspace.clock())


@contextmanager
def _known(workspace: Workspace, edition: Edition) -> Iterator[Ledger]:
    workspace.campaign(edition.campaign)
    folder = workspace.folder(edition)
    folder.require_manifest()
    with about(edition=str(edition)), workspace.ledger() as ledger:
        require_known(folder, ledger)
        yield ledger
