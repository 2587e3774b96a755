"""After the sending: `ingest`, `report`, and `demo`, which does everything."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, Day, MetricsPort, app
from campaigns.cli.noting import file_hashes, report_counts, report_hashes
from campaigns.cli.stopping import stoppable
from campaigns.cli.tables import print_json, print_odd_picks, print_table
from campaigns.cli.watching import watcher
from campaigns.demo.demonstration import demonstrate
from campaigns.ground.errors import ConfigurationError
from campaigns.ingest import Ingested, Mailed
from campaigns.wiring import stages
from campaigns.wiring.reporting import report_edition, report_editions, report_exposures
from campaigns.wiring.reporting import report_test as report_test_inside
from campaigns.wiring.serving import ingest_queue

if TYPE_CHECKING:
    from campaigns.report.edition import Reported


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
    metrics_port: MetricsPort = None,
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
        with stoppable(context.obj.observation) as stopping:
            workspace = context.obj.workspace().with_metrics_port(metrics_port)
            ingested = ingest_queue(workspace, sqs, stopping, once=once)
    counts = asdict(ingested)
    context.obj.observation.note(inputs=file_hashes(files or ()), counts=counts)
    print_json(counts) if as_json else print_table(
        "Ingested", ("", "count"), [(name.replace("_", " "), n) for name, n in counts.items()]
    )


@app.command()
def report(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Any day of the first edition's week."
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Any day of the last edition's week."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the variants in one edition, or from one to another; writes a page, JSON, queries and pictures."""
    if day and (first or last):
        raise ConfigurationError("report: wanted --date for one edition, or --from and --to for several")
    call = context.obj
    if first or last:
        if first is None:
            raise ConfigurationError("report: --to needs --from, a day of the first edition's week")
        reported = report_editions(call.workspace(), call.edition(campaign, first), call.edition(campaign, last))
    else:
        reported = report_edition(call.workspace(), call.edition(campaign, day))
    call.observation.note(inputs=report_hashes(reported), counts=report_counts(reported))
    _show(reported, as_json=as_json)


@app.command()
def report_test(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The test's name.")],
    files: Annotated[
        list[Path],
        typer.Argument(help="Exposures as an application logs them; with --share: user_id, variant, assigned_at."),
    ],
    shares: Annotated[
        list[str] | None,
        typer.Option(
            "--share",
            metavar="VARIANT=SHARE",
            help="Each variant's share, the baseline first; left out for the experiment under \\[recs.serving].",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Report a test inside the app, which sent no email: on how many days did people complete something?"""
    workspace = context.obj.workspace()
    if shares:
        reported = report_test_inside(workspace, name, dict(map(_share, shares)), files)
    else:
        reported = report_exposures(workspace, name, files)
    context.obj.observation.note(inputs=file_hashes(files), counts=report_counts(reported))
    _show(reported, as_json=as_json)


def _share(text: str) -> tuple[str, float]:
    variant, _, share = text.partition("=")
    try:
        number = float(share)
    except ValueError:
        number = 0.0
    if not variant or number <= 0:
        raise ConfigurationError(f"--share is {text!r}; wanted a variant and its share, as in control=0.5")
    return variant, number


def _show(reported: Reported, *, as_json: bool) -> None:
    if as_json:
        typer.echo(reported.json.read_text(encoding="utf-8"), nl=False)
        return
    table = reported.table
    print_table(table.title, table.headings, table.rows)
    typer.echo("\n".join(table.notes))
    typer.echo("\n".join(map(str, reported.files)))


@app.command()
def odd_picks(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Say which picks colleagues found odd, by item, kind and rule; of all editions where no date is given."""
    editions = [context.obj.edition(campaign, day)] if day else []
    odd = stages.summarise_odd_picks(context.obj.look(), campaign, editions)
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
