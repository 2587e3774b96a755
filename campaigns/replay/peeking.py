"""Peeking: how often somebody who looks every week finds a difference that is not there.

By the fixed test's limit each week, by the group-sequential boundary that the decision is held against, and by the
confidence sequence that dashboards show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from campaigns.analysis.boundaries import ALPHA, boundaries
from campaigns.analysis.confidence_sequence import boundary
from campaigns.analysis.means import Ratio, compare
from campaigns.analysis.replay import replay
from campaigns.analysis.simulation import Frequency, peeked
from campaigns.ground.metric import MetricName
from campaigns.replay.replaying import Replays
from campaigns.report.metrics import Metric


@dataclass(frozen=True, slots=True)
class Peeked:
    """False alarms in A/A by the end, at any of the looks."""

    metric: MetricName
    looks: int
    fixed: Frequency
    sequential: Frequency
    confidence_sequence: Frequency


def peek(replays: Replays, metric: Metric) -> Peeked | None:
    """Look at a metric each week in every replay of a sticky experiment; None where there is but one week."""
    weeks = len(replays.people.editions)
    if weeks < 2 or replays.weekly:  # noqa: PLR2004 - one look is no peeking
        return None
    z = _weekly(replays, metric, weeks)
    fractions = [(week + 1) / weeks for week in range(weeks)]
    return Peeked(
        metric.name,
        weeks,
        fixed=peeked(z, [float(ndtri(1 - ALPHA / 2))] * weeks),
        sequential=peeked(z, boundaries(fractions)),
        confidence_sequence=peeked(z, [boundary(fraction) for fraction in fractions]),
    )


def _weekly(replays: Replays, metric: Metric, weeks: int) -> NDArray[np.float64]:
    """Differences in standard errors: a row a replay, a column for all weeks until then."""
    happened, could = (
        replays.people.weeks[part].cumsum(axis=1) for part in (metric.numerator, metric.denominator)
    )
    columns = {
        f"{name}.{week}": sums[:, week] for week in range(weeks) for name, sums in (("h", happened), ("c", could))
    }
    names = [variant.name for variant in replays.experiment.variants]
    treatment, control = (names.index(name) for name in (replays.contrast.treatment, replays.contrast.control))
    rows = []
    for arms in replay([columns] * len(names), replays.assignments):
        found = [compare(arms[control], arms[treatment], Ratio(f"h.{week}", f"c.{week}")) for week in range(weeks)]
        rows.append([contrast.z if contrast else 0.0 for contrast in found])
    return np.array(rows)
