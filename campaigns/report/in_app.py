"""Tests inside the app: assignments and interactions in, distinct days out, and no email.

The assignments are laid out as an edition's files, the moment of assignment standing for the sending. All the
rest is the same then: the same metrics, as far as they need no email, the same checks, the same page.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from campaigns.ground.experiment import Experiment
from campaigns.report.edition import Data, Reported, write_report
from campaigns.report.gather import gather
from campaigns.report.metrics import IN_APP
from campaigns.report.question import EditionFiles, Question
from campaigns.report.script import Script
from campaigns.report.study import study
from campaigns.report.tables import open_assignments
from recsource.engine import Engine


def report_test(
    engine: Engine,
    name: str,
    experiment: Experiment,
    data: Data,
    *,
    assignments: Path,
    folder: Path,
    now: datetime,
) -> Reported:
    """As `campaigns.report.report_in_app` says."""
    script, files = Script(engine), EditionFiles(name, folder)
    folder.mkdir(parents=True, exist_ok=True)
    open_assignments(script, [assignments])
    for what in ("assignments", "plan", "responses", "excluded"):
        path = folder / f"{what}.parquet"
        script.run("in_app_files", what=what, experiment=experiment.name, path=path)
    question = Question(experiment, [files], files, now)
    gathered = gather(engine, question, IN_APP, interactions=data.interactions, items=data.items)
    report = study(gathered, question, IN_APP, campaign=name, simulated=False, manifests={})
    return write_report(report, gathered.script, folder)
