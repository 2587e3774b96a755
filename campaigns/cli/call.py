"""What every subcommand begins with: the app, its common options, and what stands before the subcommand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli.watching import watcher
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.shard import Shard
from campaigns.ports.clock import Clock, FixedClock, system_clock
from campaigns.wiring.observing import Observation
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
MetricsPort = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Where Prometheus may ask meanwhile; as `winddown.toml` says."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

_EARLIEST = 2000


def _shard(written: str | Shard) -> Shard:
    """What `--shard` says; the default comes as it is."""
    try:
        return written if isinstance(written, Shard) else Shard.parse(written)
    except ValueError as error:
        raise ConfigurationError(f"--{error}") from error


PartOfIt = Annotated[
    Shard,
    typer.Option(
        "--shard",
        metavar="K/N",
        parser=_shard,
        show_default=False,
        help="Send the K-th of N parts alone, and leave the others to other hosts: 3/8.",
    ),
]


@dataclass(frozen=True, slots=True)
class Call:
    """What stands before the subcommand, its name, and whoever observes it."""

    root: Path
    clock: Clock
    command: str = ""
    observation: Observation = field(default_factory=lambda: Observation([]))

    def workspace(self) -> Workspace:
        """The workspace named, for a command that does something in it, which is recorded."""
        return self._opened(recorded=True)

    def look(self) -> Workspace:
        """The workspace named, for a command that only looks."""
        return self._opened(recorded=False)

    def _opened(self, *, recorded: bool) -> Workspace:
        workspace = Workspace.open(self.root, self.clock, watcher())
        return self.observation.begin(workspace, self.command, recorded=recorded)

    def edition(self, campaign: str, day: datetime | None) -> Edition:
        """The edition of a day's week; today's where none is given.

        Raises:
            ConfigurationError: the campaign's name or the day is impossible.
        """
        on = day.date() if day else self.clock().date()
        if on.year < _EARLIEST:
            raise ConfigurationError(f"--date is {on}; wanted a day from the year {_EARLIEST} on")
        try:
            edition = Edition.on(campaign, on)
        except ValueError as error:
            raise ConfigurationError(str(error)) from error
        self.observation.is_about(edition)
        return edition


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
    clock = FixedClock(_moment(now)) if now else system_clock
    context.obj = Call(workspace, clock, context.invoked_subcommand or "", context.obj)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"--now is {text!r}; wanted a time such as 2026-11-21T18:00") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
