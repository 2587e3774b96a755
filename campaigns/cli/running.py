"""What was run: `runs`."""

from __future__ import annotations

from typing import Annotated

import typer

from campaigns.cli.call import AsJson, app
from campaigns.cli.tables import print_json, print_table
from campaigns.runs.record import RunRecord
from campaigns.wiring.observing import runs_of

_SHOWN = 4
"""Counts in the table; all of them are in the record."""


@app.command()
def runs(
    context: typer.Context,
    last: Annotated[int, typer.Option(min=1, help="How many of the latest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the latest commands: when, what on, how they ended, and what came of them; the newest first.

    One that says nothing of its end, and whose process on this machine is gone, has died.
    """
    found = runs_of(context.obj.look()).latest(last)
    if as_json:
        print_json([record.as_dict() for record in found])
    elif found:
        columns = ("began (UTC)", "command", "outcome", "what came of it")
        print_table("The latest runs", columns, [_row(record) for record in found])
    else:
        typer.echo("Nothing was run here yet.")


def _row(record: RunRecord) -> tuple[object, ...]:
    outcome = record.outcome.value if record.seconds is None else f"{record.outcome}, {record.seconds:.1f} s"
    told = [record.sentence, _counted(record), *record.warnings]
    return (
        f"{record.began_at:%m-%d %H:%M:%S}",
        f"{record.command}\n{record.edition}".strip(),
        outcome,
        "; ".join(filter(None, told)),
    )


def _counted(record: RunRecord) -> str:
    counts = [f"{name} {count:,}" for name, count in record.counts.items() if count]
    more = [f"and {len(counts) - _SHOWN} more"] if len(counts) > _SHOWN else []
    return ", ".join([*counts[:_SHOWN], *more])
