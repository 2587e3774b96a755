"""Sending: `send`, `run`, `status`, `preflight`, `test-send`."""

from __future__ import annotations

from typing import Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, Day, app
from campaigns.cli.stopping import stoppable
from campaigns.cli.tables import print_json, print_status, print_tally, tally_dict
from campaigns.dispatch.dispatcher import Sent
from campaigns.dispatch.order import Ended
from campaigns.ground.errors import EditionBusyError, GuardError
from campaigns.wiring import stages
from campaigns.wiring.readiness import preflight_edition, send_test


@app.command()
def send(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many processes send; as `winddown.toml` says where left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Deliver what is due of the plan through the configured sender; resumes where it stopped.

    May be called on several machines at once that share a ledger. Exits with 3 when a guard has halted it.
    """
    edition = context.obj.edition(campaign, day)
    with stoppable() as stopping:
        sent = stages.send_edition(context.obj.workspace(), edition, stopping, workers=workers)
        print_json(_sent_dict(sent)) if as_json else print_tally(str(edition), sent.tally)
        _say_how_it_ended(sent)


@app.command()
def run(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Plan, check, send and show: what cron calls each weekend, as often as it likes."""
    edition, workspace = context.obj.edition(campaign, day), context.obj.workspace()
    with stoppable() as stopping:
        try:
            if day is None:
                stages.finish_edition(workspace, edition.before(weeks=1), stopping)
            manifest, sent = stages.run_edition(workspace, edition, stopping)
        except EditionBusyError as busy:
            typer.echo(f"{busy}; nothing to do here", err=True)
            return
        if as_json:
            print_json({"plan": manifest["counts"], **_sent_dict(sent)})
        else:
            print_status(str(edition), manifest, sent.tally)
        _say_how_it_ended(sent)


@app.command()
def status(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Show where every delivery stands; the counts balance."""
    edition = context.obj.edition(campaign, day)
    stands = stages.edition_status(context.obj.workspace(), edition)
    if as_json:
        print_json(
            {
                "plan": stands.manifest["counts"],
                "deliveries": tally_dict(stands.tally),
                "halted": stands.standing.halted_because or None,
            }
        )
        return
    print_status(str(edition), stands.manifest, stands.tally)
    if stands.standing.halted_at:
        typer.echo(f"{stands.standing.halted_because} (since {stands.standing.halted_at:%Y-%m-%d %H:%M} UTC)")


@app.command()
def preflight(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    install: Annotated[
        bool, typer.Option("--install", help="Store our template with the provider first, where it needs one.")
    ] = False,
) -> None:
    """Ask the provider whether it is ready for this edition, and send nothing."""
    edition = context.obj.edition(campaign, day)
    recipients, warnings = preflight_edition(context.obj.workspace(), edition, install=install)
    for warning in warnings:
        typer.echo(f"warning: {warning}")
    typer.echo(f"{edition}: the provider is ready for {recipients:,} messages")


@app.command("test-send")
def try_out(
    context: typer.Context,
    campaign: Campaign,
    user: Annotated[str, typer.Option(help="Whose message: a `user_id` of the plan.")],
    to: Annotated[str, typer.Option(help="The address to send it to.")],
    day: Day = None,
) -> None:
    """Send one person's message to somebody else, to look at it; the ledger takes no notice."""
    edition = context.obj.edition(campaign, day)
    receipt = send_test(context.obj.workspace(), edition, user, to)
    typer.echo(f"{receipt.outcome}: {receipt.detail or receipt.provider_id or 'no word of the provider'}")
    if receipt.outcome != "accepted":
        raise typer.Exit(1)


def _sent_dict(sent: Sent) -> dict[str, object]:
    return {"deliveries": tally_dict(sent.tally), "ended": sent.ended, "sentence": sent.sentence}


def _say_how_it_ended(sent: Sent) -> None:
    if sent.ended is Ended.HALTED:
        raise GuardError(sent.sentence)
    if sent.sentence:
        typer.echo(f"winddown: {sent.sentence}", err=True)
