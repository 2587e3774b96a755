"""After the sending: `ingest`, `report`, and `demo`, which does everything."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, Day, app
from campaigns.cli.stopping import stoppable
from campaigns.cli.tables import print_json, print_odd_picks, print_table
from campaigns.cli.watching import watcher
from campaigns.demo.demonstration import demonstrate
from campaigns.ground.errors import ConfigurationError
from campaigns.ingest import Ingested, Mailed
from campaigns.wiring import stages
from campaigns.wiring.serving import ingest_queue


@app.command()
def ingest(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="JSON Lines of provider events and app completions.")
    ] = None,
    sqs: Annotated[
        str, typer.Option(metavar="URL", help="An SQS queue that SES publishes its events to, instead of files.")
    ] = "",
    mailbox: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="The mailbox that unsubscribes by email go to: an mbox file, a Maildir, or .eml files.",
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when the queue is empty, and not with SIGTERM alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take provider events, app completions and unsubscribes in; what came before changes nothing."""
    if sum(map(bool, (files, sqs, mailbox))) != 1:
        raise ConfigurationError("ingest: say what: files, --sqs URL, or --mailbox PATH")
    ingested: Ingested | Mailed
    if files:
        ingested = stages.ingest_files(context.obj.workspace(), files)
    elif mailbox:
        ingested = stages.ingest_mailbox(context.obj.workspace(), mailbox)
    else:
        with stoppable() as stopping:
            ingested = ingest_queue(context.obj.workspace(), sqs, stopping, once=once)
    counts = asdict(ingested)
    print_json(counts) if as_json else print_table(
        "Ingested", ("", "count"), [(name.replace("_", " "), n) for name, n in counts.items()]
    )


@app.command()
def report(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Compare treatment with control; writes report.html and report.json beside the plan."""
    reported = stages.report_edition(context.obj.workspace(), context.obj.edition(campaign, day))
    if as_json:
        typer.echo(reported.json.read_text(encoding="utf-8"), nl=False)
        return
    table = reported.table
    print_table(table.title, table.headings, table.rows)
    typer.echo("\n".join(table.notes))
    typer.echo(f"{reported.html}\n{reported.json}")


@app.command()
def odd_picks(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Say which picks colleagues found odd, by item, kind and rule; of all editions where no date is given."""
    editions = [context.obj.edition(campaign, day)] if day else []
    odd = stages.summarise_odd_picks(context.obj.workspace(), campaign, editions)
    print_json(asdict(odd)) if as_json else print_odd_picks(odd)


@app.command()
def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to make the demonstration's workspace.")] = Path("demo"),
    users: Annotated[int, typer.Option(min=50, help="How many people.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same demonstration.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Run a whole edition on a made-up world, with simulated responses, and show what happened."""
    shown = demonstrate(folder, users=users, seed=seed, today=context.obj.clock().date(), progress=watcher())
    if as_json:
        print_json(asdict(shown))
        return
    print_table("What happened (all of it simulated)", ("stage", "", "count"), shown.rows)
    typer.echo(shown.verdict)
    for what, where in shown.places.items():
        typer.echo(f"{what}: {where}")
