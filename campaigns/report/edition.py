"""One edition's report from its folder and back into it: gather, conclude, write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from campaigns.ground.edition import Edition
from campaigns.ground.experiment import Experiment
from campaigns.ports.ledger import Ledger
from campaigns.report.gather import gather
from campaigns.report.page import page
from campaigns.report.result import Report
from campaigns.report.study import study
from campaigns.report.table import Table, table
from recsource.engine import Engine
from recsource.errors import InputError

REPORT = TypeAdapter(Report)
"""Writes the report as JSON, reads it back, and knows its schema."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report and where it lies."""

    report: Report
    table: Table
    html: Path
    json: Path


def report_edition(
    edition: Edition,
    experiment: Experiment,
    *,
    folder: Path,
    ledger: Ledger,
    interactions: Sequence[Path],
    engine: Engine,
    now: datetime,
    simulated: bool,
) -> Reported:
    """As `campaigns.report.report` says."""
    moment = now.astimezone(UTC)
    manifest, digest = _manifest(folder / "manifest.json")
    gathered = gather(
        engine, edition, experiment.name, folder=folder, ledger=ledger, interactions=interactions, now=moment
    )
    report = study(
        gathered,
        edition=edition,
        experiment=experiment,
        now=moment,
        simulated=simulated or manifest.get("simulated") is True,
        manifest_sha256=digest,
    )
    return Reported(
        report=report,
        table=table(report),
        html=_write(folder / "report.html", page(report).encode()),
        json=_write(folder / "report.json", REPORT.dump_json(report, indent=2) + b"\n"),
    )


def _manifest(path: Path) -> tuple[dict[str, object], str]:
    """The manifest, and the SHA-256 of its bytes."""
    try:
        content = path.read_bytes()
        manifest = json.loads(content)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; plan the edition first (winddown plan)") from error
    except ValueError as error:
        raise InputError(f"{path}: it is not JSON ({error}); plan the edition again") from error
    if not isinstance(manifest, dict):
        raise InputError(
            f"{path}: found a {type(manifest).__name__}; wanted a JSON object; plan the edition again"
        )
    return manifest, hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> Path:
    """Under another name first, so that nobody ever reads half a report."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    return part.replace(path)
