"""Tests inside the app: assignments and interactions in, distinct days out, and no email.

Assignments are a file's, or follow from the exposures that `recsource.serving` has an application log. They are
laid out as editions' files, the moment of assignment standing for the sending, and those assigned in one week
making an edition: their windows close together, and until then none of theirs is counted. All the rest is the
same: the metrics, as far as they need no email, the checks, the page.
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
from campaigns.report.taking_part import Assignments, Exposures
from recsource.engine import Engine
from recsource.errors import InputError


def report_test(
    engine: Engine,
    name: str,
    experiment: Experiment,
    data: Data,
    *,
    people: Assignments | Exposures,
    folder: Path,
    now: datetime,
) -> Reported:
    """As `campaigns.report.report_in_app` says."""
    script = Script(engine)
    people.open(script, experiment)
    weeks = [EditionFiles(str(week), folder / str(week)) for (week,) in script.rows("in_app_weeks")]
    if not weeks:
        raise InputError(
            f"assignments: nobody is in {', '.join(map(str, people.files))}; wanted a test that has begun"
        )
    for week in weeks:
        _lay_out(script, week, experiment)
    question = Question(experiment, weeks, weeks[0], now, once=True)
    gathered = gather(engine, question, IN_APP, interactions=data.interactions, items=data.items)
    report = study(gathered, question, IN_APP, campaign=name, simulated=False, manifests={})
    return write_report(report, gathered.script, folder)


def _lay_out(script: Script, week: EditionFiles, experiment: Experiment) -> None:
    week.folder.mkdir(parents=True, exist_ok=True)
    for what in ("assignments", "plan", "responses", "excluded"):
        path = week.folder / f"{what}.parquet"
        script.run("in_app_files", what=what, week=week.name, experiment=experiment.name, path=path)
