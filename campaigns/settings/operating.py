"""`[logging]`, `[runs]` and `[metrics]` in `winddown.toml`: how whoever operates a workspace sees it run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from campaigns.settings.reading import Frozen


class LoggingSettings(Frozen):
    """What is written to standard error.

    Attributes:
        format: `auto` is text at a terminal and JSON elsewhere; with `json` also what a command says to whoever
            called it is a line of JSON.
        level: the least that is written. Cron mails whatever is, so that only what is wrong is by default.
    """

    format: Literal["auto", "json", "text"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "warning"


class RunsSettings(Frozen):
    """Where each command leaves a record of what it did.

    Attributes:
        folder: in the workspace.
        keep: so many of the latest records stay.
    """

    folder: Annotated[str, Field(min_length=1)] = "runs"
    keep: PositiveInt = 1000


class MetricsSettings(Frozen):
    """What Prometheus reads.

    Attributes:
        host: where `send`, `run` and `ingest --sqs` listen while they work.
        port: they do so only where one is set.
        textfile: written whenever a command has ended, for the textfile collector of node_exporter.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] | None = None
    textfile: Annotated[str, Field(pattern=r"^(.+\.prom)?$")] = ""
