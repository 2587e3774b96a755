"""Latent tastes: exact utilities, and choices in proportion to weights."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsource.sample import tastes

factors = st.integers(-512, 512)
vectors = st.lists(factors, min_size=len(tastes.DIMENSIONS), max_size=len(tastes.DIMENSIONS))


@given(st.lists(vectors, min_size=1, max_size=5), st.lists(vectors, min_size=1, max_size=5))
def test_utility_is_the_exact_dot_product(people: list[list[int]], items: list[list[int]]) -> None:
    expected = [[sum(a * b for a, b in zip(person, item, strict=True)) for item in items] for person in people]
    assert tastes.utility(np.array(people), np.array(items)).tolist() == expected


@given(st.lists(st.lists(st.integers(-40_000, 40_000), min_size=7, max_size=7), min_size=1, max_size=4), st.data())
def test_a_choice_is_where_the_running_weight_first_exceeds_the_draw(
    utility: list[list[int]], data: st.DataObject
) -> None:
    utilities = np.array(utility, dtype=np.int32)
    draws = st.tuples(st.integers(0, len(utility) - 1), st.floats(0, 1, exclude_max=True))
    rows, uniforms = zip(*data.draw(st.lists(draws, min_size=1, max_size=20)), strict=True)
    chosen = tastes.choose(utilities, np.array(rows), np.array(uniforms))
    for row, uniform, choice in zip(rows, uniforms, chosen, strict=True):
        running = np.cumsum(tastes.weights(utilities[row]))
        drawn = int(uniform * running[-1])
        assert running[choice] > drawn
        assert choice == 0 or running[choice - 1] <= drawn


def test_one_nat_more_is_e_times_the_weight() -> None:
    low, high = tastes.weights(np.array([0, tastes.NAT], dtype=np.int32))
    assert abs(high / low - np.e) < 1e-5


def test_factors_are_whole_64ths_within_the_limit() -> None:
    assert tastes.quantised(np.array([0.5, 5.0, -5.0, 0.009])).tolist() == [32, 128, -128, 1]
