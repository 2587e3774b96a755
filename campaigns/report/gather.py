"""The gathering: the editions' files and the interactions become a few numbers for each variant.

Everything a person did stays in the engine. One edition after the other is counted into a table with a row for
each person and edition; a person's weeks are summed; and one query makes sufficient statistics of it all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from campaigns.report.counting import Window, count_edition
from campaigns.report.earning import ATTRIBUTES, Earned, what_earned
from campaigns.report.measuring import Measured, measure
from campaigns.report.metrics import FOUR_WEEKS, NIGHT, WEEK, Metric
from campaigns.report.question import Question
from campaigns.report.script import Script
from campaigns.report.segments import traits_of
from campaigns.report.steps import FUNNEL
from campaigns.report.tables import open_interactions, open_items, unreadable
from campaigns.report.times import naive, utc
from recsource.engine import Engine

Counts = Mapping[str, Mapping[str, int]]
"""People by variant, and in it by step."""

_LATEST = timedelta(days=3)
"""So long after it was due an email may still leave."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the report is made of.

    Attributes:
        windows: by edition, the oldest first.
        funnel: by edition, variant and step.
        earned: completions of what the emails showed, by what told them apart.
        left_out: `(method, variant, people)` who were not assigned at random.
        excluded: `(reason, people)`, most frequent first.
        oldest, newest: of the interactions on file that are counted, of anybody.
        script: the queries that made all this.
    """

    windows: Mapping[str, Window]
    funnel: Mapping[str, Counts]
    measured: Measured
    earned: Earned
    left_out: Sequence[tuple[str, str, int]]
    excluded: Sequence[tuple[str, int]]
    oldest: datetime | None
    newest: datetime | None
    script: str


def gather(
    engine: Engine,
    question: Question,
    metrics: Sequence[Metric],
    *,
    interactions: Sequence[Path],
    items: Sequence[Path],
) -> Gathered:
    """Read everything once and count.

    Raises:
        InputError: a file of an edition is missing, the files contradict each other, or the interactions cannot
            be read.
    """
    script = Script(engine)
    _read(script, question, interactions, items)
    windows, earned = {}, Earned.nothing(ATTRIBUTES)
    for number, edition in enumerate(question.editions):
        windows[edition.name] = count_edition(script, question, edition, more=number > 0)
        earned += what_earned(script)
    oldest, newest = map(utc, script.row("known"))
    script.run("forget")
    return Gathered(
        windows=windows,
        funnel=_funnel(script),
        measured=measure(script, question, metrics, windows, traits_of(engine, question)),
        earned=earned,
        left_out=[(str(how), str(arm), _int(n)) for how, arm, n in _of_all(script, question, "left_out")],
        excluded=[(str(reason), _int(n)) for reason, n in _of_all(script, question, "excluded")],
        oldest=oldest,
        newest=newest,
        script=script.text,
    )


def _read(script: Script, question: Question, interactions: Sequence[Path], items: Sequence[Path]) -> None:
    """Make the tables `people`, `titles`, `plays`, `before`, `zones` and `nights`."""
    plans = [edition.plan for edition in question.editions]
    assignments = [edition.assignments for edition in question.editions]
    begun, _ = _span(script, question, [question.first.plan])
    first, last = _span(script, question, plans)
    until = last + _LATEST + timedelta(days=FOUR_WEEKS)
    open_interactions(script, interactions)
    open_items(script, items)
    script.run("people", assignments=assignments, experiment=question.experiment.name)
    try:
        script.run("titles")
    except duckdb.Error as error:
        raise unreadable("items", error) from error
    try:
        since = begun - timedelta(days=FOUR_WEEKS)
        script.run("plays", since=since, first=first, until=until, now=naive(question.now))
    except duckdb.Error as error:
        raise unreadable("interactions", error) from error
    script.run("before", begun=begun, days=FOUR_WEEKS)
    night = {"from_hour": NIGHT[0], "to_hour": NIGHT[1]}
    script.run("zones", plans=plans)
    script.run("nights", since=first, until=last + _LATEST + timedelta(days=WEEK), **night)


def _span(script: Script, question: Question, plans: Sequence[Path]) -> tuple[datetime, datetime]:
    """Between when and when plans fell due; now, where nobody is in them."""
    first, last = script.row("span", plans=plans)
    now = naive(question.now)
    return first if isinstance(first, datetime) else now, last if isinstance(last, datetime) else now


def _funnel(script: Script) -> Mapping[str, Counts]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for edition, variant, *counts in script.rows("steps", steps=FUNNEL):
        found.setdefault(str(edition), {})[str(variant)] = dict(zip(FUNNEL, map(_int, counts), strict=True))
    return found


def _of_all(script: Script, question: Question, query: str) -> list[tuple[object, ...]]:
    files = {
        "assignments": [edition.assignments for edition in question.editions],
        "excluded": [edition.excluded for edition in question.editions],
    }
    return script.rows(query, experiment=question.experiment.name, **files)


def _int(number: object) -> int:
    return int(str(number))
