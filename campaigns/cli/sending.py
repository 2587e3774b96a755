"""Sending: `send`, `run`, `preflight`, `test-send`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, Day, MetricsPort, PartOfIt, app
from campaigns.cli.noting import input_hashes, plan_counts
from campaigns.cli.stopping import stoppable
from campaigns.cli.tables import print_json, print_status, print_tally, tally_dict
from campaigns.dispatch.dispatcher import Sent
from campaigns.dispatch.order import Ended
from campaigns.ground.edition import Edition
from campaigns.ground.errors import EditionBusyError, GuardError
from campaigns.ground.receipt import Outcome
from campaigns.ground.shard import WHOLE
from campaigns.wiring.failing import FAILED, FORESEEN, exit_code_of, sentence_of
from campaigns.wiring.observing import Observation
from campaigns.wiring.readiness import preflight_edition, send_test
from campaigns.wiring.sending import finish_edition, run_edition, send_edition
from campaigns.wiring.workspace import Workspace


@app.command()
def send(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many processes send; as `winddown.toml` says where left out.")
    ] = None,
    shard: PartOfIt = WHOLE,
    metrics_port: MetricsPort = None,
    as_json: AsJson = False,
) -> None:
    """Deliver what is due of the plan through the configured sender; resumes where it stopped.

    May be called on several machines at once that share a ledger in PostgreSQL, each for all of it or for a shard
    alone. Exits with 3 when a guard has halted it.
    """
    edition = context.obj.edition(campaign, day)
    workspace = context.obj.workspace().with_metrics_port(metrics_port)
    with stoppable(context.obj.observation) as stopping:
        sent = send_edition(workspace, edition, stopping, workers=workers, shard=shard)
        manifest = workspace.folder(edition).require_manifest()
        context.obj.observation.note(inputs=input_hashes(manifest), counts=sent.tally.as_dict())
        print_json(_sent_dict(sent)) if as_json else print_tally(str(edition), sent.tally)
        _say_how_it_ended(workspace, sent)


@app.command()
def run(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    metrics_port: MetricsPort = None,
    as_json: AsJson = False,
) -> None:
    """Plan, check, send and show: what cron calls each weekend, as often as it likes.

    What waits of last week's goes first; if that fails, the exit code says so, and this week's goes all the same.
    """
    edition = context.obj.edition(campaign, day)
    workspace = context.obj.workspace().with_metrics_port(metrics_port)
    last_week = 0
    with stoppable(context.obj.observation) as stopping:
        if day is None:
            last_week = _finish(workspace, edition.before(weeks=1), stopping)
        if not stopping():
            _run(context.obj.observation, workspace, edition, stopping, as_json=as_json)
    if last_week:
        raise typer.Exit(last_week)


def _finish(workspace: Workspace, edition: Edition, stopping: Callable[[], bool]) -> int:
    """Send what last week's has waiting; the exit code of what kept it back, which keeps nobody else back."""
    try:
        sent = finish_edition(workspace, edition, stopping)
    except EditionBusyError as busy:
        workspace.progress.note(f"{busy}; this week's goes on")
    except FORESEEN as failure:
        workspace.progress.note(f"last week's edition: {sentence_of(failure)}")
        return exit_code_of(failure)
    else:
        if sent and sent.sentence:
            workspace.progress.note(f"last week's edition: {sent.sentence}")
        if sent and sent.ended is Ended.HALTED:
            return GuardError.exit_code
    return 0


def _run(
    observation: Observation,
    workspace: Workspace,
    edition: Edition,
    stopping: Callable[[], bool],
    *,
    as_json: bool,
) -> None:
    try:
        manifest, sent = run_edition(workspace, edition, stopping)
    except EditionBusyError as busy:
        workspace.progress.note(f"{busy}; nothing to do here")
        return
    observation.note(inputs=input_hashes(manifest), counts={**plan_counts(manifest), **sent.tally.as_dict()})
    if as_json:
        print_json({"plan": manifest["counts"], **_sent_dict(sent)})
    else:
        print_status(str(edition), manifest, sent.tally)
    _say_how_it_ended(workspace, sent)


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
        context.obj.observation.warn(warning)
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
    if receipt.outcome is not Outcome.ACCEPTED:
        raise typer.Exit(FAILED)


def _sent_dict(sent: Sent) -> dict[str, object]:
    return {"deliveries": tally_dict(sent.tally), "ended": sent.ended, "sentence": sent.sentence}


def _say_how_it_ended(workspace: Workspace, sent: Sent) -> None:
    if sent.ended is Ended.HALTED:
        raise GuardError(sent.sentence)
    if sent.sentence:
        workspace.progress.note(sent.sentence)
