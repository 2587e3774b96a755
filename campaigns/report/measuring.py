"""The measuring: a person's weeks are summed, and one query an answer makes sufficient statistics of all people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from campaigns.analysis.moments import Moments
from campaigns.ground.experiment import Scheme
from campaigns.report.counting import Window
from campaigns.report.metrics import HORIZONS, Metric
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
        counted: by horizon in days, the editions whose windows have all closed; where none has, every edition.
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
    counted = {days: _closed(windows, days) for days in HORIZONS}
    _sum_weeks(script, metrics, counted, len(windows))
    primary = next(metric for metric in metrics if metric.name is question.experiment.primary)
    for number, edition in enumerate(question.editions if traits else ()):
        script.run("traits", edition=edition, segments=traits, more=number > 0)
    columns = [[*metric.columns, BEFORE] for metric in metrics]
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
            for variant, *counts in script.rows("reached", steps=FUNNEL)
        },
    )


def _closed(windows: Mapping[str, Window], days: int) -> list[str]:
    return [edition for edition, window in windows.items() if not window.open[days]] or list(windows)


def _sum_weeks(
    script: Script, metrics: Sequence[Metric], counted: Mapping[int, Sequence[str]], editions: int
) -> None:
    parts = [
        {
            "name": metric.name,
            "numerator": metric.numerator,
            "denominator": metric.denominator,
            "editions": counted[metric.horizon] if len(counted[metric.horizon]) < editions else (),
        }
        for metric in metrics
    ]
    script.run("persons", metrics=parts, steps=FUNNEL)


def _crossed(script: Script, question: Question, metrics: Sequence[Metric]) -> Moments:
    """Everybody once, with the sums of each variant side by side, for those who were in several."""
    script.run("crossed", metrics=metrics, variants=question.variants)
    columns = [
        [
            f"{part}@{variant}"
            for variant in question.variants
            for part in (*metric.columns, f"{metric.name}.{BEFORE}")
        ]
        for metric in metrics
    ]
    (moments,) = _moments(script, "crossed", [], columns).values()
    return moments


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
    sets = [sorted(columns) for columns in together]
    pairs = sorted({pair for columns in sets for pair in combinations_with_replacement(columns, 2)})
    columns = sorted({column for columns in sets for column in columns})
    rows = script.rows("moments", table=table, by=by, columns=columns, pairs=pairs)
    return {
        tuple(str(key) for key in row[: len(by)]): _of_row(row[len(by) :], columns, pairs) for row in rows
    }


def _of_row(row: Row, columns: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Moments:
    people, *numbers = row
    values = [0.0 if number is None else float(str(number)) for number in numbers]
    return Moments(
        people=int(str(people)),
        means=dict(zip(columns, values[: len(columns)], strict=True)),
        covariances=dict(zip(pairs, values[len(columns) :], strict=True)),
    )
