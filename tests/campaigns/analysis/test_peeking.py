"""Who peeks daily for eight weeks: 1.96 cries wolf, declared looks and the confidence sequence do not.

20,000 A/A experiments and as many with an effect that a fixed test finds with 80%; each day 40 people join each
arm, of whom a tenth complete. The Monte-Carlo error of 5% is 0.15 points, of 80% it is 0.28.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from campaigns.analysis.boundaries import boundaries
from campaigns.analysis.confidence_sequence import boundary
from campaigns.analysis.power import Baseline, information
from campaigns.analysis.sequential import drift, look
from campaigns.analysis.simulation import Frequency, peeked

DAYS, PEOPLE, RATE, REPLAYS = 56, 40, 0.1, 20_000
FRACTIONS = [day / DAYS for day in range(1, DAYS + 1)]
FIXED = [1.959964] * DAYS
DECLARED = boundaries(FRACTIONS)
ANY_TIME = [boundary(fraction) for fraction in FRACTIONS]


def experiments(effect: float, seed: int) -> NDArray[np.float64]:
    """The difference in standard errors at the end of each day, a row an experiment."""
    random = np.random.default_rng(seed)
    people = PEOPLE * np.arange(1, DAYS + 1)
    rates = RATE - effect / 2, RATE + effect / 2
    before, after = (random.binomial(PEOPLE, rate, (REPLAYS, DAYS)).cumsum(axis=1) / people for rate in rates)
    pooled = (before + after) / 2
    errors = np.sqrt(2 * pooled * (1 - pooled) / people)
    return np.divide(after - before, errors, out=np.zeros_like(errors), where=errors > 0)


A_A = experiments(0.0, seed=21)
EFFECT = drift(0.8) * np.sqrt(2 * RATE * (1 - RATE) / (DAYS * PEOPLE))
A_B = experiments(EFFECT, seed=22)


def test_a_fixed_test_peeked_at_daily_is_far_above_five_percent() -> None:
    assert peeked(A_A, FIXED).rate > 0.3
    assert peeked(A_A[:, 6::7], FIXED[6::7]).rate == pytest.approx(0.18, abs=0.015)


def test_a_fixed_test_at_the_end_alone_is_at_five_percent() -> None:
    assert peeked(A_A[:, -1:], FIXED[-1:]).consistent(0.05)


def test_declared_looks_keep_five_percent() -> None:
    assert peeked(A_A, DECLARED).rate <= 0.05 + 3 * 0.0015
    assert peeked(A_A, DECLARED).consistent(0.05)


def test_a_confidence_sequence_keeps_five_percent_whenever_one_stops() -> None:
    assert peeked(A_A, ANY_TIME).rate <= 0.05


def test_declared_looks_keep_the_power_that_a_sequence_pays_with() -> None:
    fixed, declared = peeked(A_B[:, -1:], FIXED[-1:]).rate, peeked(A_B, DECLARED).rate
    assert fixed == pytest.approx(0.8, abs=0.01)
    assert declared == pytest.approx(0.78, abs=0.01)
    assert 0.4 < peeked(A_B, ANY_TIME).rate < declared


def test_looking_one_by_one_is_the_same_as_all_boundaries_at_once() -> None:
    weekly, times = A_B[:200, 6::7], FRACTIONS[6::7]
    one_by_one = Frequency.of(
        any(look(z, times[number], earlier=times[:number]).crossed for number, z in enumerate(row))
        for row in weekly.tolist()
    )
    assert one_by_one == peeked(weekly, boundaries(times))


@pytest.mark.parametrize("shared", [0.0, 0.4, 0.8])
def test_weeks_of_the_same_people_keep_five_percent_too(shared: float) -> None:
    """Of eight weeks that correlate, looks by information are exact, and looks by the number of weeks careful."""
    z = same_people(shared)
    baseline, weeks = Baseline(0.0, 1.0, shared), range(1, 9)
    exact = [information(baseline, week, planned=8) for week in weeks]
    assert peeked(z, boundaries(exact)).consistent(0.05)
    careful = [week / 8 for week in weeks]
    assert peeked(z, boundaries(careful)).rate <= 0.05 + 3 * 0.0015
    assert peeked(z, [boundary(fraction) for fraction in careful]).rate <= 0.05


def same_people(shared: float) -> NDArray[np.float64]:
    """The difference after each of eight weeks, in its standard errors, where two weeks of a person correlate."""
    random, weeks = np.random.default_rng(23), np.arange(1, 9)
    lasting = np.sqrt(shared) * random.normal(size=(REPLAYS, 1))
    passing = np.sqrt(1 - shared) * random.normal(size=(REPLAYS, 8))
    sums = (lasting + passing).cumsum(axis=1)
    return np.asarray(sums / np.sqrt(weeks * (1 + (weeks - 1) * shared)))
