"""`status`: where an edition stands, and who is at work on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, Day, app
from campaigns.cli.tables import print_json, print_status, print_table, tally_dict
from campaigns.ground.delivery import Tally
from campaigns.ground.shard import Shard
from campaigns.wiring.status import AtWork, Status, edition_status

_STATES = ("planned", "accepted", "rejected", "uncertain", "cancelled", "waiting", "in_flight")


@app.command()
def status(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    shards: Annotated[
        int | None, typer.Option(min=1, help="Count by so many shards; by those being sent now where left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where every delivery stands, and who is at work; the counts balance."""
    edition = context.obj.edition(campaign, day)
    stands = edition_status(context.obj.look(), edition, shards)
    if as_json:
        print_json(_as_dict(stands))
        return
    print_status(str(edition), stands.manifest, stands.tally)
    if stands.shards:
        _print_shards(stands.shards)
    if stands.at_work:
        _print_at_work(stands.at_work, context.obj.clock())
    if stands.standing.halted_at:
        typer.echo(f"{stands.standing.halted_because} (since {_minute(stands.standing.halted_at)} UTC)")


def _as_dict(stands: Status) -> dict[str, object]:
    return {
        "plan": stands.manifest["counts"],
        "deliveries": tally_dict(stands.tally),
        "halted": stands.standing.halted_because or None,
        "shards": {str(shard): tally_dict(tally) for shard, tally in stands.shards.items()},
        "at_work": [asdict(each) | {"shard": str(each.shard)} for each in stands.at_work],
    }


def _print_shards(shards: Mapping[Shard, Tally]) -> None:
    print_table(
        "Shards",
        ("shard", *(state.replace("_", " ") for state in _STATES)),
        [(shard, *(getattr(tally, state) for state in _STATES)) for shard, tally in shards.items()],
    )


def _print_at_work(at_work: Sequence[AtWork], now: datetime) -> None:
    print_table(
        "In hand",
        ("shard", "host", "workers", "claimed", "being handed over", "since (UTC)", "lease until"),
        [
            (
                "all" if each.shard.is_whole else each.shard,
                each.host,
                each.workers,
                each.claimed,
                each.submitting,
                _minute(each.since),
                _minute(each.lease_until) if each.lease_until >= now else "over: the next send takes these up",
            )
            for each in at_work
        ],
    )


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"
