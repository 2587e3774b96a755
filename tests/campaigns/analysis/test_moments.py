"""Sufficient statistics are NumPy's, and merging groups is the same as measuring them together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.analysis.moments import Moments

Rows = list[tuple[float, float]]
VALUES = st.floats(-1e4, 1e4, allow_nan=False, width=32)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=30)


def measured(rows: Rows) -> Moments:
    return Moments.of({"x": [x for x, _ in rows], "y": [y for _, y in rows]})


def same(left: Moments, right: Moments) -> None:
    assert left.people == right.people
    assert left.means == pytest.approx(right.means, rel=1e-9, abs=1e-6)
    assert left.covariances == pytest.approx(right.covariances, rel=1e-9, abs=1e-3)


@given(ROWS, ROWS)
def test_merging_equals_measuring_together(
    some: list[tuple[float, float]], more: list[tuple[float, float]]
) -> None:
    same(measured(some) + measured(more), measured(some + more))


@given(ROWS, ROWS, ROWS)
def test_the_order_of_merging_does_not_matter(some: Rows, more: Rows, rest: Rows) -> None:
    first, second, third = measured(some), measured(more), measured(rest)
    same((first + second) + third, (third + first) + second)


def test_they_are_numpys() -> None:
    random = np.random.default_rng(1)
    columns = {"b": random.normal(size=50), "a": random.poisson(3, 50), "c": random.integers(0, 2, 50)}
    found = Moments.of(columns)
    assert found.people == 50
    for name, values in columns.items():
        assert found.means[name] == pytest.approx(np.mean(values), rel=1e-12)
        assert found.variance(name) == pytest.approx(np.var(values, ddof=1), rel=1e-12)
        for other, others in columns.items():
            assert found.covariance(name, other) == pytest.approx(np.cov(values, others)[0, 1], rel=1e-9)


def test_merging_keeps_its_digits_far_from_zero() -> None:
    """A sum of squares would lose them all: the variance is 1 and the mean a thousand million."""
    random = np.random.default_rng(2)
    rows = 1e9 + random.normal(size=4000)
    merged = sum((Moments.of({"x": part}) for part in np.split(rows, 40)), Moments.of({"x": []}))
    assert merged.variance("x") == pytest.approx(np.var(rows, ddof=1), rel=1e-7)


def test_one_person_varies_not_and_nobody_counts_nothing() -> None:
    assert Moments.of({"x": [7.0]}).variance("x") == 0
    assert Moments.of({"x": []}).people == 0
    assert Moments.of({"x": []}) + Moments.of({"x": [7.0]}) == Moments.of({"x": [7.0]})
