"""The confidence sequence is the published boundary, tightest at the planned size."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from campaigns.analysis.confidence_sequence import boundary, p_value, sequence
from campaigns.analysis.proportions import Count, contrast

FRACTIONS = st.floats(0.001, 20)


def published(people: float, rho: float, alpha: float) -> float:
    """Waudby-Smith et al. (2024), theorem 2.2: the margin over the standard deviation."""
    mixed = people * rho**2 + 1
    return math.sqrt(2 * mixed / (people**2 * rho**2) * math.log(math.sqrt(mixed) / alpha))


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_it_is_the_published_boundary_with_the_best_rho(alpha: float) -> None:
    planned = 10_000
    best = minimize_scalar(
        lambda logarithm: published(planned, math.exp(logarithm), alpha),
        bounds=(-10, 2),
        method="bounded",
        options={"xatol": 1e-10},
    )
    for people in (100, 2_500, 10_000, 40_000):
        margin = published(people, math.exp(best.x), alpha)
        assert boundary(people / planned, alpha) == pytest.approx(margin * math.sqrt(people), rel=1e-6)


@given(FRACTIONS)
def test_the_p_value_is_five_percent_just_on_the_boundary(fraction: float) -> None:
    assert p_value(boundary(fraction), fraction) == pytest.approx(0.05, rel=1e-9)


@given(FRACTIONS, st.floats(-10, 10))
def test_the_interval_and_the_p_value_agree(fraction: float, z: float) -> None:
    assert (p_value(z, fraction) <= 0.05) == (abs(z) >= boundary(fraction)) or abs(z) == pytest.approx(
        boundary(fraction)
    )


@given(FRACTIONS)
def test_it_asks_for_more_than_a_fixed_test_at_any_time(fraction: float) -> None:
    assert boundary(fraction) > 2.8


def test_the_interval_lies_around_the_difference() -> None:
    found = contrast(Count(1000, 280), Count(1000, 320))
    assert found is not None
    interval = sequence(found, 0.5)
    assert interval.value == found.difference.value
    assert interval.high - interval.value == pytest.approx(boundary(0.5) * found.standard_error)
    assert interval.low < found.difference.low
