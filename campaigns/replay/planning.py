"""What an experiment can find: its size, its smallest detectable effect and its length, from the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from campaigns.analysis.boundaries import ALPHA
from campaigns.analysis.power import (
    Baseline,
    Design,
    correlation,
    minimum_detectable_effect,
    people_needed,
    weeks_needed,
)
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import TOTAL_SHARDS, Experiment, PlannedContrast, Scheme
from campaigns.ground.metric import MetricName
from campaigns.replay.history import History
from campaigns.report.metrics import FOUR_WEEKS, WEEK, Metric
from recsource.engine import Queries

LONGEST = 26
"""Weeks that are looked ahead."""
TRAFFIC = (0.1, 0.25, 0.5, 1.0)
"""Shares of the audience that the picture compares, beside the experiment's own."""
_SQL = Queries("campaigns")


@dataclass(frozen=True, slots=True)
class ContrastPower:
    """One planned contrast.

    Attributes:
        people: wanted in the experiment, all variants, to find `effect` in one edition; None without an effect.
        weeks: until it is found with the people that there are; None where `LONGEST` do not suffice.
        detectable: the smallest effect found after 1, 2, … weeks, in the metric's own unit.
        with_before: the same by the analysis that takes off what people were like before (CUPED); the plain one
            decides.
    """

    treatment: str
    control: str
    people: int | None
    weeks: int | None
    detectable: Sequence[float]
    with_before: Sequence[float]


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be found with a power of 80%, at 5% two-sided over all planned contrasts together.

    Attributes:
        metric: the primary metric's name; `unit` says what an effect is in.
        sent: whether the history is of editions, or of weeks without any.
        history: the editions or weeks that it is made of.
        audience: people who get an edition.
        people: those of them in the experiment.
        effect: the smallest worth having, as declared; None where it is not.
        every: weeks from one counted edition to the next: windows of four weeks must not overlap.
        traffic: by share of the audience, the smallest detectable effect of the first contrast, by week.
    """

    campaign: str
    experiment: str
    metric: MetricName
    unit: str
    sent: bool
    history: Sequence[str]
    audience: int
    people: int
    baseline: Baseline
    effect: float | None
    every: int
    contrasts: Sequence[ContrastPower]
    traffic: Mapping[float, Sequence[float]]


def plan_experiment(
    campaign: str, experiment: Experiment, history: History, metric: Metric, baseline: Baseline
) -> Plan:
    """Plan an experiment.

    Args:
        campaign: whose.
        experiment: as declared: shares, traffic, layer, looks, contrasts, scheme and minimum effect.
        history: of the campaign.
        metric: what decides; the declared minimum effect is the primary metric's.
        baseline: the metric before, as `baseline_of` has it.

    Raises:
        ConfigurationError: the experiment compares nothing.
    """
    if not experiment.contrasts:
        raise ConfigurationError(
            f"experiment {experiment.name!r} has a single variant, and nothing to compare; declare another"
        )
    entering = experiment.traffic * _in_layer(experiment)
    people = round(history.audience * entering)
    every = FOUR_WEEKS // WEEK if metric.horizon == FOUR_WEEKS else 1
    designs = {pair: _design(experiment, pair) for pair in experiment.contrasts}
    first = next(iter(designs.values()))
    shares = sorted({*TRAFFIC, entering})
    effect = experiment.minimum_effect if metric.name is experiment.primary else None
    return Plan(
        campaign=campaign,
        experiment=experiment.name,
        metric=metric.name,
        unit=metric.unit.value,
        sent=history.sent,
        history=history.counted(metric),
        audience=round(history.audience),
        people=people,
        baseline=baseline,
        effect=effect,
        every=every,
        contrasts=[_power(pair, design, baseline, effect, people, every) for pair, design in designs.items()],
        traffic={
            share: _detectable(replace(baseline, covariate=0.0), history.audience * share, first, every)
            for share in shares
        },
    )


def baseline_of(history: History, metric: Metric) -> Baseline:
    """A metric before the experiment: a person's week, how alike a person's weeks are, and what the past tells.

    A ratio is linearised: what happened, less what the ratio would let expect, over how often it could on average.
    """
    editions = history.counted(metric)
    numbers = history.engine.row(
        _SQL(
            "replay/baseline",
            numerator=metric.numerator,
            denominator=metric.denominator,
            editions=list(editions),
        )
    )
    mean, week, total, weeks, before = (float(str(number or 0)) for number in numbers)
    return Baseline(mean, week, correlation(week, total, int(weeks)), before)


def _design(experiment: Experiment, pair: PlannedContrast) -> Design:
    """Of one contrast; Bonferroni's share of 5%, which Holm's procedure never falls short of."""
    shares = {variant.name: variant.share for variant in experiment.variants}
    return Design(
        control=shares[pair.control],
        treatment=shares[pair.treatment],
        looks=experiment.looks,
        weekly=experiment.scheme is Scheme.WEEKLY,
        alpha=ALPHA / len(experiment.contrasts),
    )


def _in_layer(experiment: Experiment) -> float:
    layer = experiment.layer
    return (layer.end_shard - layer.first_shard) / TOTAL_SHARDS if layer else 1.0


def _power(
    pair: PlannedContrast, design: Design, baseline: Baseline, effect: float | None, people: int, every: int
) -> ContrastPower:
    needed = weeks = None
    plain = replace(baseline, covariate=0.0)
    if effect is not None:
        needed = people_needed(plain, effect, design)
        counted = weeks_needed(plain, effect, people, design, most=LONGEST // every) if people else None
        weeks = counted * every if counted else None
    detectable, with_before = (_detectable(each, people, design, every) for each in (plain, baseline))
    return ContrastPower(pair.treatment, pair.control, needed, weeks, detectable, with_before)


def _detectable(baseline: Baseline, people: float, design: Design, every: int) -> list[float]:
    return [
        minimum_detectable_effect(baseline, max(1, round(people)), design, counted)
        for counted in range(1, LONGEST // every + 1)
    ]
