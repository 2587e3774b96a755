"""Before the weekend: `doctor`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from campaigns.cli.call import AsJson, app
from campaigns.cli.tables import print_json, print_table
from campaigns.wiring.doctor import Health, examine
from campaigns.wiring.failing import FAILED


@app.command()
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Look at settings, engine, ledger, provider, clocks and templates, and say what to do about each.

    Exits with 1 where something is ill.
    """
    found = examine(context.obj.workspace())
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        rows = [(one.part, one.health, one.sentence) for one in found]
        print_table("How the workspace is", ("part", "", "why"), rows)
    if any(one.health is Health.ILL for one in found):
        raise typer.Exit(FAILED)
