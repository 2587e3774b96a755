"""The measuring: a person's weeks are summed, and one query makes sufficient statistics of all people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from campaigns.analysis.moments import Moments
from campaigns.ground.experiment import Scheme
from campaigns.report.counting import Window
from campaigns.report.metrics import HORIZONS, WEEK, Metric, summed
from campaigns.report.question import Question
from campaigns.report.script import Script
from campaigns.report.steps import FUNNEL
from recsource.engine import Row

BEFORE = "before"
"""The covariate: on how many of the four weeks' days before the experiment somebody completed something."""

ByVariant = Mapping[str, Moments]


@dataclass(frozen=True, slots=True)
class Measured:
    """Sufficient statistics.

    Attributes:
        counted: by horizon in days, the editions that are counted. Their windows have closed, where any
            has, and do not overlap.
        arms: of the table `persons`, by variant.
        crossed: of everybody, a column for each variant, where people are assigned anew each week; else None.
        weeks: of the primary metric's columns of `outcomes`, by edition and variant.
        segments: of the primary metric, by segment, its value and variant.
        reached: people who ever came to a step, by variant and step.
    """

    counted: Mapping[int, Sequence[str]]
    arms: ByVariant
    crossed: Moments | None
    weeks: Mapping[str, ByVariant]
    segments: Mapping[str, Mapping[str, ByVariant]]
    reached: Mapping[str, Mapping[str, int]]


def measure(
    script: Script,
    question: Question,
    metrics: Sequence[Metric],
    windows: Mapping[str, Window],
    traits: Mapping[str, str],
) -> Measured:
    """Make the table `persons` of `outcomes`, and all statistics of it.

    Args:
        script: has counted every edition.
        question: what was asked.
        metrics: what is measured.
        windows: by edition.
        traits: segments, and how the plan tells them.
    """
    counted = {days: _closed(windows, question.apart(days), days) for days in HORIZONS}
    _sum_weeks(script, metrics, counted, len(windows))
    primary = next(metric for metric in metrics if metric.name is question.experiment.primary)
    for number, edition in enumerate(question.editions if traits else ()):
        script.run("traits", edition=edition, segments=traits, more=number > 0)
    columns = [[*metric.columns, metric.exposed, BEFORE] for metric in metrics]
    weekly = question.experiment.scheme is Scheme.WEEKLY
    return Measured(
        counted=counted,
        arms={key: moments for (key,), moments in _moments(script, "persons", ["variant"], columns).items()},
        crossed=_crossed(script, question, metrics) if weekly else None,
        weeks=_grouped(script, "outcomes", "edition", [[primary.numerator, primary.denominator]]),
        segments={
            name: _grouped(script, "persons JOIN traits USING (person)", name, [[*primary.columns, BEFORE]])
            for name in traits
        },
        reached={
            str(variant): dict(zip(FUNNEL, (int(str(people)) for people in counts), strict=True))
            for variant, *counts in script.rows("reached", columns=[summed(step, WEEK) for step in FUNNEL])
        },
    )


def _closed(windows: Mapping[str, Window], editions: Sequence[str], days: int) -> Sequence[str]:
    """Those of the editions that nothing can change any more; where there are none, all of them."""
    return [edition for edition in editions if not windows[edition].open[days]] or editions


def _sum_weeks(
    script: Script, metrics: Sequence[Metric], counted: Mapping[int, Sequence[str]], editions: int
) -> None:
    wanted = {(column, metric.horizon) for metric in metrics for column in (metric.numerator, metric.denominator)}
    wanted |= {("assigned", metric.horizon) for metric in metrics} | {(step, WEEK) for step in FUNNEL}
    sums = [
        (summed(column, horizon), column, counted[horizon] if len(counted[horizon]) < editions else ())
        for column, horizon in sorted(wanted)
    ]
    script.run("persons", sums=sums)


def _crossed(script: Script, question: Question, metrics: Sequence[Metric]) -> Moments:
    """Everybody once, with the sums of each variant side by side, for those who were in several."""
    denominators = sorted({metric.columns[1] for metric in metrics})
    columns = sorted({column for metric in metrics for column in metric.columns})
    script.run("crossed", columns=columns, denominators=denominators, variants=question.variants)
    together = [
        [
            f"{part}@{variant}"
            for variant in question.variants
            for part in (*metric.columns, crossed_before(metric))
        ]
        for metric in metrics
    ]
    (moments,) = _moments(script, "crossed", [], together).values()
    return moments


def crossed_before(metric: Metric) -> str:
    """The covariate where people are in several variants: summed over a person's weeks in each."""
    return f"{BEFORE}_{metric.columns[1]}"


def _grouped(
    script: Script, table: str, by: str, columns: Sequence[Sequence[str]]
) -> Mapping[str, Mapping[str, Moments]]:
    found: dict[str, dict[str, Moments]] = {}
    for (group, variant), moments in _moments(script, table, [by, "variant"], columns).items():
        found.setdefault(group, {})[variant] = moments
    return found


def _moments(
    script: Script, table: str, by: Sequence[str], together: Iterable[Sequence[str]]
) -> Mapping[tuple[str, ...], Moments]:
    """Statistics by group; `together` are the columns whose covariances are wanted."""
    sets = [sorted(set(columns)) for columns in together]
    pairs = sorted({pair for columns in sets for pair in combinations_with_replacement(columns, 2)})
    columns = sorted({column for columns in sets for column in columns})
    rows = script.rows("moments", table=table, by=by, columns=columns, pairs=pairs)
    return {tuple(str(key) for key in row[: len(by)]): _of_row(row[len(by) :], columns, pairs) for row in rows}


def _of_row(row: Row, columns: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Moments:
    people, *numbers = row
    values = [0.0 if number is None else float(str(number)) for number in numbers]
    return Moments(
        people=int(str(people)),
        means=dict(zip(columns, values[: len(columns)], strict=True)),
        covariances=dict(zip(pairs, values[len(columns) :], strict=True)),
    )
