"""The subcommands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli.stopping import stoppable
from campaigns.cli.tables import (
    print_checked,
    print_json,
    print_plan,
    print_status,
    print_table,
    print_tally,
    tally_dict,
)
from campaigns.cli.watching import watcher
from campaigns.demo.demonstration import demonstrate
from campaigns.demo.sample import write_sample
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, EditionBusyError, GuardError
from campaigns.ports.clock import Clock, fixed_clock, system_clock
from campaigns.rendering.mime import assemble
from campaigns.wiring import stages
from campaigns.wiring.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A weekly personal email from a recommender's batch output: planned, checked, sent, and judged.",
)

Campaign = Annotated[str, typer.Argument(help="The campaign: a folder under `templates`.")]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="Any day of the edition's week; today's where left out.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

_EARLIEST = 2000


@dataclass(frozen=True, slots=True)
class _Call:
    """What stands before the subcommand."""

    root: Path
    clock: Clock

    def workspace(self) -> Workspace:
        return Workspace.open(self.root, self.clock, watcher())

    def edition(self, campaign: str, day: datetime | None) -> Edition:
        on = day.date() if day else self.clock().date()
        if on.year < _EARLIEST:
            raise ConfigurationError(f"--date is {on}; wanted a day from the year {_EARLIEST} on")
        try:
            return Edition.on(campaign, on)
        except ValueError as error:
            raise ConfigurationError(str(error)) from error


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"winddown {metadata.version('winddown')}")
        raise typer.Exit


@app.callback()
def _before(
    context: typer.Context,
    workspace: Annotated[Path, typer.Option(help="The folder with `winddown.toml`.")] = Path(),
    now: Annotated[
        str, typer.Option(help="Pretend that it is this time (ISO 8601, UTC where no zone is given).")
    ] = "",
    version: Annotated[  # noqa: ARG001 - its callback leaves
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,  # noqa: ARG001 - `main` looks at it
) -> None:
    context.obj = _Call(workspace, fixed_clock(_moment(now)) if now else system_clock)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"--now is {text!r}; wanted a time such as 2026-11-21T18:00") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


@app.command()
def sample(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write it; new or empty.")],
    users: Annotated[int, typer.Option(min=50, help="How many people.")] = 2_000,
    weeks: Annotated[int, typer.Option(min=1, max=100, help="How many weeks of listening.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same world.")] = 7,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The last day of its data; today where left out."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a made-up workspace to try things on: data, settings, the campaign's folder."""
    last: date = until.date() if until else context.obj.clock().date()
    counts = write_sample(folder, users=users, weeks=weeks, seed=seed, until=last, progress=watcher())
    if as_json:
        print_json(counts)
    else:
        print_table(f"A sample world in {folder}", ("table", "rows"), list(counts.items()))


@app.command()
def plan(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Decide who gets what, and freeze it as the edition's plan."""
    manifest = stages.plan_edition(context.obj.workspace(), context.obj.edition(campaign, day))
    print_json(manifest) if as_json else print_plan(manifest)


@app.command()
def check(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Render every planned message without sending any, and report each problem with a person to see it on.

    Exits with 3 when there is a problem.
    """
    edition = context.obj.edition(campaign, day)
    checked = stages.check_edition(context.obj.workspace(), edition)
    print_json(asdict(checked)) if as_json else print_checked(checked)
    if not checked.sound:
        raise typer.Exit(GuardError.exit_code)


class Form(StrEnum):
    """How `render` shows a message."""

    EML = "eml"
    HTML = "html"
    TEXT = "text"


@app.command()
def render(
    context: typer.Context,
    campaign: Campaign,
    user: Annotated[str, typer.Option(help="The person's `user_id`.")],
    day: Day = None,
    form: Annotated[Form, typer.Option("--format", help="The whole message, its HTML or its text.")] = Form.EML,
    output: Annotated[Path | None, typer.Option(help="A file to write; standard output where left out.")] = None,
) -> None:
    """Show one person's message, exactly as it would be or was sent."""
    message = stages.render_message(context.obj.workspace(), context.obj.edition(campaign, day), user)
    content = {
        Form.EML: lambda: assemble(message),
        Form.HTML: message.html.encode,
        Form.TEXT: message.text.encode,
    }[form]()
    if output:
        output.write_bytes(content)
    else:
        typer.echo(content, nl=False)


@app.command()
def send(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Deliver what is due of the plan through the configured sender; resumes where it stopped."""
    edition = context.obj.edition(campaign, day)
    with stoppable() as stopping:
        tally = stages.send_edition(context.obj.workspace(), edition, stopping)
        print_json(tally_dict(tally)) if as_json else print_tally(str(edition), tally)


@app.command()
def status(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Show where every delivery stands; the counts balance."""
    edition = context.obj.edition(campaign, day)
    manifest, tally = stages.edition_status(context.obj.workspace(), edition)
    if as_json:
        print_json({"plan": manifest["counts"], "deliveries": tally_dict(tally)})
    else:
        print_status(str(edition), manifest, tally)


@app.command()
def ingest(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="JSON Lines of provider events and app completions.")],
    as_json: AsJson = False,
) -> None:
    """Take provider events and app completions in; what came before changes nothing."""
    ingested = stages.ingest_files(context.obj.workspace(), files)
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
def run(context: typer.Context, campaign: Campaign, day: Day = None, as_json: AsJson = False) -> None:
    """Plan, check, send and show: what cron calls each weekend, as often as it likes."""
    edition, workspace = context.obj.edition(campaign, day), context.obj.workspace()
    with stoppable() as stopping:
        try:
            if day is None:
                stages.finish_edition(workspace, edition.before(weeks=1), stopping)
            manifest, tally = stages.run_edition(workspace, edition, stopping)
        except EditionBusyError as busy:
            typer.echo(f"{busy}; nothing to do here", err=True)
            return
        if as_json:
            print_json({"plan": manifest["counts"], "deliveries": tally_dict(tally)})
        else:
            print_status(str(edition), manifest, tally)


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
