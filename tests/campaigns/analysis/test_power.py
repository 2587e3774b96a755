"""Sample sizes are statsmodels', and weeks of the same people count as much as they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower, tt_ind_solve_power

from campaigns.analysis.power import (
    Baseline,
    Design,
    correlation,
    minimum_detectable_effect,
    people_needed,
    power,
    weeks_needed,
)

RATE = Baseline.of_rate(0.3)
SHARES = st.floats(0.02, 0.5)


@given(st.floats(0.005, 0.2), SHARES, SHARES, st.floats(0.5, 0.99), st.sampled_from([0.01, 0.05, 0.1]))
def test_people_needed_are_statsmodels(
    effect: float, control: float, treatment: float, chance: float, alpha: float
) -> None:
    design = Design(control, treatment, chance=chance, alpha=alpha)
    standardised = effect / math.sqrt(RATE.variance)
    oracle = NormalIndPower().solve_power(standardised, power=chance, alpha=alpha, ratio=treatment / control)
    wanted = oracle / control
    assert people_needed(RATE, effect, design) == pytest.approx(math.ceil(wanted), abs=1 + 1e-6 * wanted)


@given(st.integers(500, 1_000_000), SHARES, SHARES)
def test_power_is_statsmodels(people: int, control: float, treatment: float) -> None:
    oracle = NormalIndPower().power(0.02, people * control, 0.05, ratio=treatment / control)
    found = power(RATE, 0.02 * math.sqrt(RATE.variance), people, Design(control, treatment))
    assert found == pytest.approx(oracle, rel=1e-9)


def test_students_t_asks_for_hardly_more() -> None:
    oracle = tt_ind_solve_power(0.05, power=0.8, alpha=0.05)
    assert people_needed(Baseline(0, 1), 0.05, Design()) == pytest.approx(2 * oracle, rel=1e-3)


@given(st.integers(100, 1_000_000), st.integers(1, 20), st.floats(0, 1))
def test_the_smallest_effect_found_is_found_with_just_that_power(people: int, weeks: int, shared: float) -> None:
    baseline = Baseline.of_rate(0.3, correlation=shared)
    effect = minimum_detectable_effect(baseline, people, Design(), weeks)
    assert power(baseline, effect, people, Design(), weeks) == pytest.approx(0.8, rel=1e-8)
    assert people_needed(baseline, effect, Design(), weeks) == pytest.approx(people, abs=1)


def test_weeks_of_one_person_are_worth_less_than_other_people() -> None:
    """The variance of a mean over correlated weeks, by simulation."""
    random = np.random.default_rng(1)
    person = random.normal(0, math.sqrt(0.4), (200_000, 1))
    weeks = person + random.normal(0, math.sqrt(0.6), (200_000, 8))
    assert Baseline(0, 1, correlation=0.4).per_person(8) == pytest.approx(weeks.mean(axis=1).var(), rel=0.02)


def test_weeks_drawn_anew_are_worth_as_much_as_other_people() -> None:
    """Simulated: persons who differ for good, and an arm for each of their weeks."""
    random = np.random.default_rng(2)
    differences = []
    for _ in range(2000):
        values = random.normal(0, math.sqrt(0.6), (200, 4)) + random.normal(0, math.sqrt(0.4), (200, 1))
        treated = random.random((200, 4)) < 0.5
        differences.append(values[treated].mean() - values[~treated].mean())
    baseline, design = Baseline(0, 1, correlation=0.4), Design(weekly=True)
    assert design.spread(baseline, 4) / 200 == pytest.approx(np.var(differences), rel=0.1)


def test_a_covariate_takes_its_square_off() -> None:
    with_covariate = Baseline(1, 2, covariate=0.6)
    assert people_needed(with_covariate, 0.1, Design()) == pytest.approx(
        people_needed(Baseline(1, 2), 0.1, Design()) * 0.64, abs=1
    )


def test_looks_make_it_longer_by_a_little() -> None:
    fixed, looked = (people_needed(RATE, 0.01, Design(looks=looks)) for looks in ((1.0,), (0.25, 0.5, 0.75, 1.0)))
    assert 1.01 < looked / fixed < 1.03


def test_weeks_needed_are_the_first_that_suffice() -> None:
    baseline, design = Baseline.of_rate(0.3, correlation=0.3), Design()
    weeks = weeks_needed(baseline, 0.01, 40_000, design)
    assert weeks is not None
    assert minimum_detectable_effect(baseline, 40_000, design, weeks) <= 0.01
    assert minimum_detectable_effect(baseline, 40_000, design, weeks - 1) > 0.01


def test_no_number_of_weeks_makes_up_for_too_few_people() -> None:
    assert weeks_needed(Baseline.of_rate(0.3, correlation=0.9), 0.01, 20_000, Design()) is None


@given(st.integers(2, 20), st.floats(0, 1), st.floats(0.1, 10))
def test_the_correlation_is_found_in_a_week_and_the_sum(weeks: int, shared: float, variance: float) -> None:
    total = weeks * variance * (1 + (weeks - 1) * shared)
    assert correlation(variance, total, weeks) == pytest.approx(shared, abs=1e-9)


def test_a_single_week_tells_no_correlation() -> None:
    assert correlation(1.0, 1.0, 1) == 0
    assert correlation(0.0, 0.0, 8) == 0
