"""The web service: `serve`."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from campaigns.cli.call import app
from campaigns.cli.stopping import INTERRUPTED
from campaigns.wiring.serving import serve_workspace


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to listen on; as `winddown.toml` says.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; likewise.")] = None,
) -> None:
    """Take unsubscribes, clicks, opens and providers' events, until SIGTERM."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    serve_workspace(context.obj.workspace(), host=host, port=port)


def _leave(number: int, _: FrameType | None) -> None:
    """End as if done: the server raises its signal anew once requests are finished, and would die of it."""
    sys.exit(INTERRUPTED if number == signal.SIGINT else 0)
