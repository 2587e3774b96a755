"""Where an edition stands: its counts, whether it is halted, who is at work on it, and how far each shard is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.owner import Owner
from campaigns.ground.shard import Shard
from campaigns.plan.manifest import Manifest
from campaigns.ports.entries import Holding, Standing
from campaigns.ports.ledger import Ledger
from campaigns.wiring.trust import require_same_plan
from campaigns.wiring.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AtWork:
    """What the workers of one host have in hand of one shard.

    Attributes:
        workers: how many they are.
        claimed: deliveries of which no byte has left.
        submitting: deliveries that are being handed over.
        since: when they took the first of them.
        lease_until: when the first may be taken for dead, if nothing more is heard of it.
    """

    host: str
    shard: Shard
    workers: int
    claimed: int
    submitting: int
    since: datetime
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """Where an edition stands: the plan's counts, the ledger's, and who is at work.

    Attributes:
        shards: the counts of each shard, of every number of shards that are in use.
    """

    manifest: Manifest
    tally: Tally
    standing: Standing
    at_work: Sequence[AtWork]
    shards: Mapping[Shard, Tally]


def edition_status(workspace: Workspace, edition: Edition, shards: int | None = None) -> Status:
    """Where an edition stands.

    Args:
        workspace: whose.
        edition: which.
        shards: into how many to divide it; into as many as are being sent now where left out.

    Raises:
        LedgerError: the ledger does not know the plan.
    """
    workspace.campaign(edition.campaign)
    folder = workspace.folder(edition)
    manifest = folder.require_manifest()
    with workspace.ledger() as ledger:
        require_same_plan(folder, ledger)
        at_work = who_is_at_work(ledger.holdings(edition))
        numbers = {each.shard.of for each in at_work if not each.shard.is_whole} if shards is None else {shards}
        counts = _of_shards(ledger, edition, sorted(numbers))
        return Status(manifest, ledger.tally(edition), ledger.standing(edition), at_work, counts)


def who_is_at_work(holdings: Sequence[Holding]) -> Sequence[AtWork]:
    """What workers have in hand, by shard and host."""
    groups = groupby(sorted(holdings, key=_place), key=_place)
    return [_together(*place, list(held)) for place, held in groups]


def _place(holding: Holding) -> tuple[Shard, str]:
    owner = Owner.parse(holding.owner)
    return owner.shard, owner.host


def _together(shard: Shard, host: str, holdings: Sequence[Holding]) -> AtWork:
    return AtWork(
        host,
        shard,
        workers=len(holdings),
        claimed=sum(held.claimed for held in holdings),
        submitting=sum(held.submitting for held in holdings),
        since=min(held.since for held in holdings),
        lease_until=min(held.lease_until for held in holdings),
    )


def _of_shards(ledger: Ledger, edition: Edition, numbers: Sequence[int]) -> Mapping[Shard, Tally]:
    return {
        Shard(number, of): tally
        for of in numbers
        for number, tally in enumerate(ledger.tallies(edition, of), start=1)
    }
