"""Adjusted p-values are statsmodels', never under the raw ones, and keep their order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from campaigns.analysis.multiplicity import benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12).map(
    lambda values: {f"test {number}": value for number, value in enumerate(values)}
)


@settings(max_examples=20)  # statsmodels collects garbage each time
@given(P_VALUES)
def test_holm_is_holms(p_values: dict[str, float]) -> None:
    oracle = multipletests([*p_values.values()], method="holm")[1]
    assert [*holm(p_values).values()] == pytest.approx(list(oracle), rel=1e-9)
    assert list(holm(p_values)) == list(p_values)


@settings(max_examples=20)
@given(P_VALUES)
def test_benjamini_and_hochberg_are_theirs(p_values: dict[str, float]) -> None:
    oracle = multipletests([*p_values.values()], method="fdr_bh")[1]
    assert [*benjamini_hochberg(p_values).values()] == pytest.approx(list(oracle), rel=1e-9)
    assert list(benjamini_hochberg(p_values)) == list(p_values)


@given(P_VALUES)
def test_no_adjusted_value_is_under_the_raw_one_and_holm_is_the_strictest(p_values: dict[str, float]) -> None:
    strict, mild = holm(p_values), benjamini_hochberg(p_values)
    for name, value in p_values.items():
        assert value <= mild[name] * (1 + 1e-12)
        assert mild[name] <= strict[name] * (1 + 1e-12)
        assert strict[name] <= 1


@given(P_VALUES)
def test_what_was_smaller_stays_no_larger(p_values: dict[str, float]) -> None:
    for adjusted in (holm(p_values), benjamini_hochberg(p_values)):
        in_order = [adjusted[name] for name in sorted(p_values, key=p_values.__getitem__)]
        assert in_order == sorted(in_order)


def test_a_single_test_is_not_adjusted_and_none_is_no_crash() -> None:
    assert holm({"only": 0.03}) == benjamini_hochberg({"only": 0.03}) == {"only": 0.03}
    assert holm({}) == benjamini_hochberg({}) == {}
