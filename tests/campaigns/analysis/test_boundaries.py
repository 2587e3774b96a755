"""Group-sequential boundaries are the published ones, and a multivariate normal's where looks are uneven."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from campaigns.analysis.boundaries import boundaries, crossing, spent
from campaigns.analysis.multiplicity import holm
from campaigns.analysis.sequential import drift, look, look_at_all, power

DAILY = [day / 56 for day in range(1, 57)]
UNEVEN = [0.18, 0.4, 0.47, 0.9]
LOOKS = st.lists(st.integers(1, 100), min_size=1, max_size=6, unique=True).map(
    lambda percents: [percent / 100 for percent in sorted(percents)]
)


def test_four_equal_looks_have_the_published_boundaries() -> None:
    """As R's gsDesign and ldbounds print them: two-sided 0.05, spending that resembles O'Brien and Fleming."""
    found = boundaries([0.25, 0.5, 0.75, 1.0])
    assert [round(limit, 4) for limit in found] == [4.3326, 2.9631, 2.3590, 2.0141]


def test_a_single_look_is_the_fixed_test() -> None:
    assert boundaries([1.0]) == pytest.approx((norm.isf(0.025),), rel=1e-12)


def inside(fractions: Sequence[float], limits: Sequence[float], expected: float = 0.0) -> float:
    """The chance that no look reaches its limit, by integrating the z of all looks at once (Genz)."""
    times = np.array(fractions)
    covariance = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    found = multivariate_normal(np.sqrt(times) * expected, covariance, seed=1, maxpts=2_000_000, abseps=1e-8).cdf(
        np.array(limits), lower_limit=-np.array(limits)
    )
    return float(found)


@pytest.mark.parametrize("fractions", [[0.3, 0.35, 1.0], UNEVEN, [0.5, 0.98, 1.0]])
def test_uneven_looks_spend_what_they_may_by_an_independent_integration(fractions: list[float]) -> None:
    limits = boundaries(fractions)
    for number in range(1, len(fractions) + 1):
        chance = 1 - inside(fractions[:number], limits[:number])
        assert chance == pytest.approx(spent(fractions[number - 1]), abs=2e-6)


@pytest.mark.parametrize("expected", [0.5, 2.8])
def test_the_chance_of_crossing_agrees_with_an_independent_integration(expected: float) -> None:
    limits = [2.5, 2.2, 2.4, 2.0]
    found = crossing(UNEVEN, limits, expected)
    for number in range(1, 5):
        chance = 1 - inside(UNEVEN[:number], limits[:number], expected)
        assert sum(found[:number]) == pytest.approx(chance, abs=2e-6)


@given(LOOKS)
def test_looks_spend_exactly_what_they_may(fractions: list[float]) -> None:
    assert sum(crossing(fractions, boundaries(fractions))) == pytest.approx(spent(fractions[-1]), rel=1e-8)


@given(LOOKS)
def test_no_look_asks_for_less_than_the_fixed_test(fractions: list[float]) -> None:
    assert min(boundaries(fractions)) >= norm.isf(0.025) - 1e-9


@given(LOOKS, st.integers(1, 100))
def test_a_look_does_not_change_the_boundaries_before_it(fractions: list[float], percent: int) -> None:
    fraction = percent / 100
    if fraction - fractions[-1] < 0.005:
        return
    assert boundaries([*fractions, fraction])[:-1] == pytest.approx(boundaries(fractions), rel=1e-7)


def test_daily_looks_for_eight_weeks_still_keep_five_percent() -> None:
    assert sum(crossing(DAILY, boundaries(DAILY))) == pytest.approx(0.05, rel=1e-9)
    assert sum(crossing(DAILY, [norm.isf(0.025)] * 56)) > 0.3


def test_where_too_little_may_be_spent_nothing_can_be_found() -> None:
    assert boundaries([0.001, 1.0]) == (math.inf, pytest.approx(norm.isf(0.025), rel=1e-9))


def test_a_design_keeps_most_of_its_power() -> None:
    """Where the fixed test has 80%; four looks cost one percentage point, daily ones two."""
    expected = drift(0.8)
    assert expected == pytest.approx(norm.isf(0.025) + norm.isf(0.2), abs=1e-5)
    assert power(expected, [0.25, 0.5, 0.75, 1.0]) == pytest.approx(0.792, abs=0.001)
    assert power(expected, DAILY) == pytest.approx(0.779, abs=0.001)


@given(LOOKS, st.floats(0.2, 0.95))
def test_drift_is_the_inverse_of_power(fractions: list[float], chance: float) -> None:
    fractions = sorted({*fractions, 1.0})
    assert power(drift(chance, fractions), fractions) == pytest.approx(chance, rel=1e-8)


@pytest.mark.parametrize("fractions", [[], [0.5, 0.5], [0.6, 0.5], [0.0, 1.0], [0.5, 1.1]])
def test_looks_that_do_not_rise_to_one_are_refused(fractions: list[float]) -> None:
    with pytest.raises(ValueError, match="wanted each"):
        boundaries(fractions)


def test_a_look_holds_against_its_own_boundary() -> None:
    early = look(2.5, 0.25)
    assert (early.crossed, early.stop, early.final) == (False, False, False)
    late = look(-2.1, 1.0, earlier=[0.25, 0.5, 0.75])
    assert (late.crossed, late.stop, late.final) == (True, True, True)
    assert round(late.boundary, 4) == 2.0141


def test_the_last_look_ends_it_whether_or_not_anything_was_found() -> None:
    assert (look(0.3, 1.0).crossed, look(0.3, 1.0).stop) == (False, True)
    assert look(0.3, 1.2, earlier=[0.5]).final


def test_a_last_look_that_comes_short_may_spend_all() -> None:
    short = look(1.0, 0.8, earlier=[0.5], final=True)
    assert short.final
    assert short.boundary == boundaries([0.5, 1.0])[-1]


def test_at_a_single_look_several_contrasts_are_holms() -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        z = {f"contrast {number}": float(random.normal(0, 2.5)) for number in range(3)}
        adjusted = holm({name: 2 * float(norm.sf(abs(value))) for name, value in z.items()})
        assert {name: found.crossed for name, found in look_at_all(z, 1.0).items()} == {
            name: value <= 0.05 for name, value in adjusted.items()
        }


def test_three_arms_peeked_at_weekly_seldom_give_a_false_alarm_in_any_contrast() -> None:
    """2,000 A/A/A experiments: family-wise 5% at most, but for three Monte-Carlo errors of 0.49 points."""
    random, times = np.random.default_rng(2), [week / 8 for week in range(1, 9)]
    scores = random.normal(0, math.sqrt(1 / 8), (2000, 8, 3)).cumsum(axis=1)
    alarms = sum(
        any(alarm(scores[replay, look], times[: look + 1]) for look in range(8)) for replay in range(2000)
    )
    assert alarms / 2000 <= 0.05 + 3 * 0.0049


def alarm(scores: Sequence[float], times: list[float]) -> bool:
    control, popular, personalised = scores
    pairs = {"model": personalised - control, "list": popular - control, "beyond": personalised - popular}
    z = {name: difference / math.sqrt(2 * times[-1]) for name, difference in pairs.items()}
    return any(found.crossed for found in look_at_all(z, times[-1], earlier=times[:-1]).values())
