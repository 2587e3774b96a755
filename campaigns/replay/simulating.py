"""Replays of an experiment on real past data: does the analysis keep its promises?

People and what they did are as they were; only their assignment is drawn again, by the experiment's own sharder
with another salt each time. In A/A nothing differs between the arms, and what is found is a false alarm; in A/B an
effect is planted for which the plan promises a power of 80%.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numpy.random import default_rng

from campaigns.analysis.linear import variance
from campaigns.analysis.means import Ratio
from campaigns.analysis.moments import Moments
from campaigns.analysis.sequential import drift
from campaigns.analysis.simulation import Performance, perform
from campaigns.ground.metric import MetricName
from campaigns.replay.planting import plant
from campaigns.replay.replaying import METHODS, Replays, totals
from campaigns.report.metrics import Metric, Unit

SEED = 20_261_127
FEWEST = 20
"""People to whom it must have happened, and as many to whom it must not, or there is nothing to draw anew."""
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Tried:
    """A metric by one method, over all replays.

    Attributes:
        happened: to how many people it did at all.
        method: `plain`, or `with_before` for the one that takes off what people were like before.
        procedure: the test that it came down to.
        effect: as planted, in the metric's own unit.
        alike: in A/A: false alarms, and how often the interval holds 0.
        apart: in A/B: the power, and how often the interval holds the effect.
    """

    metric: MetricName
    happened: int
    method: str
    procedure: str
    effect: float
    alike: Performance
    apart: Performance


def simulate(replays: Replays, tell: Callable[[int], object]) -> list[Tried]:
    """Replay every metric of a history by every method; those that hardly ever happened are left out.

    Args:
        replays: assignments drawn anew.
        tell: called with 1 after each metric.
    """
    found: list[Tried] = []
    for metric in replays.history.metrics:
        happened, could = totals(replays.columns(metric), metric)
        if min((happened > 0).sum(), (happened < could).sum()) >= FEWEST:
            found += _try(replays, metric, int((happened > 0).sum()))
        tell(1)
    return found


def _try(replays: Replays, metric: Metric, happened: int) -> Sequence[Tried]:
    columns = replays.columns(metric)
    share = metric.unit is Unit.SHARE
    planted = plant(columns, metric.columns, _effect(replays, metric), default_rng(SEED), share=share)
    alike = replays.compare(metric, columns)
    apart = replays.compare(metric, {**columns, metric.columns[0]: planted.numerator})
    return [
        Tried(
            metric.name,
            happened,
            method,
            next((each.procedure.value for each in alike[method] if each), ""),
            planted.truth,
            perform(alike[method]),
            perform(apart[method], planted.truth),
        )
        for method in METHODS
    ]


def _effect(replays: Replays, metric: Metric) -> float:
    """What the plan promises to find with a power of 80%."""
    happened, could = totals(replays.columns(metric), metric)
    people = Moments.of({"happened": happened, "could": could})
    spread = variance(Ratio("happened", "could").of(people), people) / people.people
    shares = {variant.name: variant.share for variant in replays.experiment.variants}
    sides = sum(1 / shares[name] for name in (replays.contrast.treatment, replays.contrast.control))
    return drift(POWER) * math.sqrt(spread * sides)
