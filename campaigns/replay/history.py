"""History: what people did after past editions; before there are any, in past weeks as if each had had one.

Either way it is counted as the report counts an edition, so that a plan speaks of the very metrics that decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import TOTAL_SHARDS, Experiment, Variant
from campaigns.report.edition import Data
from campaigns.report.gather import Gathered, gather
from campaigns.report.metrics import IN_APP, METRICS, Metric
from campaigns.report.question import EditionFiles, Question
from campaigns.settings.campaign import Schedule
from recsource.engine import Engine, Queries

_SQL = Queries("campaigns")
_FILES = ("assignments", "plan", "responses", "excluded")
_ANYBODY = (Variant("everybody", "", 0, TOTAL_SHARDS),)


@dataclass(frozen=True, slots=True)
class History:
    """Past weeks, counted: the engine holds the tables `outcomes`, `persons` and `before` of them.

    Attributes:
        sent: whether editions were sent in them; if not, nothing about emails is known.
        audience: how many people get an edition, on average.
        metrics: those that can be told.
    """

    engine: Engine
    question: Question
    gathered: Gathered
    sent: bool
    audience: float
    metrics: Sequence[Metric]

    def counted(self, metric: Metric) -> Sequence[str]:
        """The editions or weeks that a metric counts."""
        return self.gathered.measured.counted[metric.horizon]


def of_editions(
    engine: Engine, experiment: Experiment, editions: Sequence[EditionFiles], data: Data, now: datetime
) -> History:
    """The history of an experiment's editions, whose responses are on file.

    Args:
        engine: does the counting.
        experiment: as they were planned with.
        editions: the oldest first.
        data: interactions and items.
        now: UTC.
    """
    question = Question(experiment, editions, editions[0], now)
    gathered = gather(engine, question, METRICS, interactions=data.interactions, items=data.items)
    plans = [edition.plan for edition in editions]
    (rows,) = engine.numbers(_SQL("replay/planned", plans=plans))
    return History(engine, question, gathered, True, rows / len(editions), METRICS)  # noqa: FBT003 - its field


def of_weeks(
    engine: Engine, folder: Path, data: Data, schedule: Schedule, *, weeks: int, now: datetime, shortest: int = 1
) -> History:
    """The history of past weeks, as if everybody in the audience had got an edition in each.

    Args:
        engine: holds `eligible`, and `users`.
        folder: an empty one, for the weeks' files.
        data: interactions and items.
        schedule: on which weekday, and at what hour.
        weeks: how many, the last of which ends before `now`.
        now: UTC.
        shortest: how many are wanted at least.

    Raises:
        ConfigurationError: nobody is in the audience, or the interactions do not go back so far.
    """
    (people,) = engine.numbers("SELECT count(*) FROM eligible")
    if not people:
        raise ConfigurationError("nobody is in the audience; look at [audience] in campaign.toml")
    experiment = Experiment("history", "history", _ANYBODY, "everybody", 1.0, {})
    moments = list(_moments(schedule, weeks, now))
    editions = [_as_if_sent(engine, folder, moment, experiment) for moment in moments]
    question = Question(experiment, editions, editions[0], now)
    gathered = gather(engine, question, IN_APP, interactions=data.interactions, items=data.items)
    _require_long(gathered, moments, shortest)
    return History(engine, question, gathered, False, people, IN_APP)  # noqa: FBT003 - its field


def _moments(schedule: Schedule, weeks: int, now: datetime) -> Iterator[datetime]:
    """The weeks' sendings, the oldest first; each week's last day is over."""
    last = now - timedelta(days=8)
    day = last.date() - timedelta(days=(last.isoweekday() - schedule.iso_weekday) % 7)
    for before in reversed(range(weeks)):
        yield datetime.combine(day - timedelta(weeks=before), time(schedule.at.hour, schedule.at.minute), UTC)


def _as_if_sent(engine: Engine, folder: Path, moment: datetime, experiment: Experiment) -> EditionFiles:
    files = EditionFiles(Edition.on("any", moment.date()).name, folder / f"{moment:%Y-%m-%d}")
    files.folder.mkdir()
    for what in _FILES:
        path = files.folder / f"{what}.parquet"
        engine.run(_SQL("replay/week", what=what, path=path, moment=moment, experiment=experiment))
    return files


def _require_long(gathered: Gathered, moments: Sequence[datetime], shortest: int) -> None:
    """See to it that people were there in enough of the weeks, and in the time before them."""
    since = gathered.oldest or moments[-1] + timedelta(weeks=1)
    there = sum(moment >= since for moment in moments)
    if there < max(shortest, len(moments)):
        raise ConfigurationError(
            f"interactions: they go back to {since:%Y-%m-%d}, over {there} of the {len(moments)} weeks wanted; "
            "ask for fewer with --weeks, or give more under `interactions`"
        )
