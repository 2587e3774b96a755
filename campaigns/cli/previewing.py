"""The studio: `preview`, and `approve` for whoever has no browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli.call import Campaign, Day, app
from campaigns.cli.stopping import leave_when_told
from campaigns.wiring.approving import approve_edition
from campaigns.wiring.previewing import export_edition, preview_edition

_NO_PICTURES = "no pictures: they need Chromium and `pip install 'winddown[pictures]'`"


@app.command()
def preview(
    context: typer.Context,
    campaign: Campaign,
    day: Day = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on; as `winddown.toml` says.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; likewise.")] = None,
    static: Annotated[
        Path | None, typer.Option(help="Write the gallery of readers into this new folder instead, and end.")
    ] = None,
) -> None:
    """Show the edition on pages of its own: readers' messages, problems, curation, approval. Ctrl-C ends it."""
    edition = context.obj.edition(campaign, day)
    if static:
        exported = export_edition(context.obj.workspace(), edition, static)
        pictures = f"{exported.pictures} pictures" if exported.pictures else _NO_PICTURES
        typer.echo(f"{exported.index}: {exported.messages} messages, {pictures}")
        return
    leave_when_told()
    preview_edition(context.obj.workspace(), edition, host=host, port=port, say=typer.echo)


@app.command()
def approve(
    context: typer.Context,
    campaign: Campaign,
    name: Annotated[str, typer.Option(help="Who approves it.")],
    day: Day = None,
) -> None:
    """Say that an edition may go as it is planned; `winddown preview` has a button for it."""
    edition = context.obj.edition(campaign, day)
    approval = approve_edition(context.obj.workspace(), edition, name)
    typer.echo(f"{edition}: approved by {approval.name}; manifest {approval.manifest[:12]}")
