"""The web service: `serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from campaigns.cli.call import app
from campaigns.cli.stopping import leave_when_told
from campaigns.wiring.serving import serve_workspace


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to listen on; as `winddown.toml` says.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; likewise.")] = None,
) -> None:
    """Take unsubscribes, clicks, opens and providers' events, until SIGTERM."""
    leave_when_told()
    serve_workspace(context.obj.workspace(), host=host, port=port)
