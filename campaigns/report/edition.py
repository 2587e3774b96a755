"""A report from its editions' folders and back into one: gather, conclude, write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from campaigns.ground.edition import Edition
from campaigns.ports.ledger import Ledger
from campaigns.report.gather import gather
from campaigns.report.metrics import METRICS
from campaigns.report.page import page
from campaigns.report.pictures import PICTURES
from campaigns.report.question import EditionFiles, Question
from campaigns.report.responses import write_responses
from campaigns.report.result import Report
from campaigns.report.study import study
from campaigns.report.table import Table, markdown, table
from recsource.engine import Engine
from recsource.errors import InputError

REPORT = TypeAdapter(Report)
"""Writes the report as JSON, reads it back, and knows its schema."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report and where it lies; `files` are all that were written."""

    report: Report
    table: Table
    html: Path
    json: Path
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """Where the app's data lie: files or globs, Parquet, CSV or JSON Lines.

    Attributes:
        interactions: the workspace's and the ingested ones; what several of them hold counts once.
        items: the catalogue.
    """

    interactions: Sequence[Path]
    items: Sequence[Path]


def report_editions(
    engine: Engine,
    question: Question,
    data: Data,
    *,
    campaign: str,
    ledger: Ledger,
    folder: Path,
    simulated: bool,
) -> Reported:
    """As `campaigns.report.report` says."""
    report, script = study_editions(engine, question, data, campaign=campaign, ledger=ledger, simulated=simulated)
    return write_report(report, script, folder)


def study_editions(
    engine: Engine, question: Question, data: Data, *, campaign: str, ledger: Ledger, simulated: bool
) -> tuple[Report, str]:
    """The report and the queries behind it; of files, only the editions' `responses.parquet` are written."""
    manifests = {edition.name: _manifest(edition) for edition in question.editions}
    for edition in question.editions:
        write_responses(engine, ledger, Edition.parse(campaign, edition.name), edition, question.now)
    gathered = gather(engine, question, METRICS, interactions=data.interactions, items=data.items)
    report = study(
        gathered,
        question,
        METRICS,
        campaign=campaign,
        simulated=simulated or any(manifest.get("simulated") is True for manifest, _ in manifests.values()),
        manifests={name: digest for name, (_, digest) in manifests.items()},
    )
    return report, gathered.script


def write_report(report: Report, script: str, folder: Path) -> Reported:
    """Write all the forms of a report into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    contents: Mapping[str, Callable[[], bytes]] = {
        "report.html": lambda: page(report).encode(),
        "report.json": lambda: REPORT.dump_json(report, indent=2) + b"\n",
        "report.md": lambda: markdown(report).encode(),
        "report.sql": script.encode,
        **{f"report-{name}.png": partial(draw, report) for name, draw in PICTURES.items()},
    }
    files = {name: _write(folder / name, content()) for name, content in contents.items()}
    return Reported(report, table(report), files["report.html"], files["report.json"], tuple(files.values()))


def _manifest(files: EditionFiles) -> tuple[dict[str, object], str]:
    """The manifest, and the SHA-256 of its bytes."""
    path = files.manifest
    content = path.read_bytes()
    try:
        manifest = json.loads(content)
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
