"""Before anything is sent: `sample`, `plan`, `check`, `render`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, Day, app
from campaigns.cli.noting import check_counts, input_hashes, plan_counts
from campaigns.cli.tables import print_checked, print_json, print_plan, print_table
from campaigns.cli.watching import watcher
from campaigns.demo.sample import write_sample
from campaigns.ground.errors import GuardError
from campaigns.rendering.mime import assemble
from campaigns.wiring import stages


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
    context.obj.observation.note(inputs=input_hashes(manifest), counts=plan_counts(manifest))
    print_json(manifest) if as_json else print_plan(manifest)


@app.command()
def check(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail, too.")] = False,
    network: Annotated[bool, typer.Option("--network", help="Ask for each link and picture, once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Render every planned message without sending any, and report each problem with a person to see it on.

    Exits with 3 when there is an error.
    """
    edition = context.obj.edition(campaign, day)
    checked = stages.check_edition(context.obj.workspace(), edition, ask=network)
    context.obj.observation.note(counts=check_counts(checked))
    print_json(asdict(checked)) if as_json else print_checked(checked)
    if checked.findings if strict else not checked.sound:
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
    message = stages.render_message(context.obj.look(), context.obj.edition(campaign, day), user)
    content = {
        Form.EML: lambda: assemble(message),
        Form.HTML: message.html.encode,
        Form.TEXT: message.text.encode,
    }[form]()
    if output:
        output.write_bytes(content)
    else:
        typer.echo(content, nl=False)
