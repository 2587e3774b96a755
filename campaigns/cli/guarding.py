"""By hand: `halt`, `resume`, `cancel`, `resolve`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, Day, app
from campaigns.cli.tables import print_json, print_table
from campaigns.ground.delivery import State
from campaigns.ground.errors import ConfigurationError
from campaigns.ports.entries import Delivery
from campaigns.wiring import guarding


@app.command()
def halt(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    because: Annotated[str, typer.Option(help="Why, for whoever comes next.")] = "no reason was given",
) -> None:
    """Stop sending an edition, on every machine; what is being handed over at this instant still goes."""
    edition = context.obj.edition(campaign, day)
    standing = guarding.halt_edition(context.obj.workspace(), edition, because)
    typer.echo(f"{standing.halted_because}; `winddown resume` lets it go on, `winddown cancel` ends it")


@app.command()
def resume(context: typer.Context, campaign: Campaign, day: Day = None) -> None:
    """Let a halted edition go on, exactly where it stopped, with the next `send` or `run`."""
    edition = context.obj.edition(campaign, day)
    resumed = guarding.resume_edition(context.obj.workspace(), edition)
    typer.echo(f"{edition}: resumed" if resumed else f"{edition} was not halted; nothing to do")


@app.command()
def cancel(context: typer.Context, campaign: Campaign, day: Day = None) -> None:
    """Cancel all messages of an edition that still wait; they are never sent."""
    edition = context.obj.edition(campaign, day)
    cancelled = guarding.cancel_edition(context.obj.workspace(), edition)
    context.obj.observation.note(counts={"cancelled": cancelled})
    typer.echo(f"{edition}: {cancelled:,} waiting messages cancelled")


class Decision(StrEnum):
    """What a person may decide about an uncertain delivery."""

    ACCEPTED = State.ACCEPTED.value
    WAITING = State.WAITING.value


@app.command()
def resolve(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    decision: Annotated[
        Decision | None,
        typer.Option(
            "--as", help="`accepted`: it left. `waiting`: send it again, knowing that it may be the second."
        ),
    ] = None,
    delivery: Annotated[list[str] | None, typer.Option(help="A delivery's id; may be given again.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every uncertain delivery of the edition.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the uncertain deliveries, or settle them by your decision.

    The provider's events settle them by themselves, when they come.
    """
    edition = context.obj.edition(campaign, day)
    workspace = context.obj.workspace() if decision else context.obj.look()
    if decision is None:
        if everything or delivery:
            raise ConfigurationError("resolve: say as what: --as accepted or --as waiting")
        _show(str(edition), guarding.uncertain_deliveries(workspace, edition), as_json=as_json)
        return
    if everything == bool(delivery):
        raise ConfigurationError("resolve: say which: --delivery ID, as often as you like, or --all")
    count = guarding.resolve_edition(workspace, edition, None if everything else delivery, State(decision))
    context.obj.observation.note(counts={"resolved": count})
    typer.echo(f"{edition}: {count:,} uncertain deliveries are now {decision}")


def _show(edition: str, deliveries: Sequence[Delivery], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(delivery) for delivery in deliveries])
    elif not deliveries:
        typer.echo(f"{edition}: nothing is uncertain")
    else:
        print_table(
            f"{edition}: may or may not have left",
            ("delivery", "user", "attempts", "since (UTC)", "why"),
            [
                (d.delivery_id, d.user_id, d.attempts, f"{d.changed_at:%Y-%m-%d %H:%M}", d.detail)
                for d in deliveries
            ],
        )
