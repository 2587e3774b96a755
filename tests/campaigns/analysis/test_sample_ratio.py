"""The sample-ratio check agrees with SciPy and rings when, and only when, sizes cannot be chance."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import chisquare

from campaigns.analysis.sample_ratio import sample_ratio

HALVES = {"control": 0.5, "treatment": 0.5}


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 100)), min_size=2, max_size=5))
def test_it_is_pearsons_chi_squared_against_the_declared_shares(arms: list[tuple[int, int]]) -> None:
    observed = {f"v{number}": people for number, (people, _) in enumerate(arms)}
    shares = {f"v{number}": float(share) for number, (_, share) in enumerate(arms)}
    people, whole = sum(observed.values()), sum(shares.values())
    expected = [people * share / whole for share in shares.values()]
    assume(min(expected) >= 5)
    oracle = chisquare(list(observed.values()), expected)
    found = sample_ratio(observed, shares)
    assert found.p_value == pytest.approx(float(oracle.pvalue), rel=1e-9, abs=1e-300)
    assert found.alarm == (oracle.pvalue < 0.001)


def test_a_broken_randomiser_rings() -> None:
    assert sample_ratio({"control": 10_000, "treatment": 10_700}, HALVES).alarm


def test_chance_does_not_ring() -> None:
    assert not sample_ratio({"control": 10_000, "treatment": 10_200}, HALVES).alarm


def test_an_arm_with_nobody_rings_although_it_was_not_counted() -> None:
    assert sample_ratio({"control": 500}, HALVES).alarm


def test_people_in_an_arm_with_no_share_ring() -> None:
    assert sample_ratio({"control": 500, "treatment": 1}, {"control": 1.0, "treatment": 0.0}).alarm


def test_with_too_few_people_it_says_nothing() -> None:
    found = sample_ratio({"control": 5, "treatment": 4}, HALVES)
    assert (found.p_value, found.alarm) == (None, False)
    assert sample_ratio({}, HALVES).p_value is None


def test_a_single_arm_has_no_ratio() -> None:
    assert sample_ratio({"control": 500}, {"control": 1.0}).p_value is None


def test_an_undeclared_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="'surprise' was never declared"):
        sample_ratio({"control": 10, "surprise": 1}, HALVES)


@pytest.mark.parametrize("shares", [{"control": 0.0}, {"control": -1.0, "treatment": 2.0}])
def test_impossible_shares_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="wanted none negative"):
        sample_ratio({"control": 10}, shares)
