"""Means, ratios and covariates agree with statsmodels, with OLS, and with tea-tasting."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import t
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
from tea_tasting.aggr import Aggregates
from tea_tasting.metrics.mean import RatioOfMeans

from campaigns.analysis.estimates import Contrast
from campaigns.analysis.means import Mean, Ratio, compare, estimate
from campaigns.analysis.moments import Moments

CLOSE = {"rel": 1e-9, "abs": 1e-12}
Columns = dict[str, NDArray[np.float64]]


def arm(people: int, effect: float, seed: int) -> Columns:
    """Completions over one to eight weeks, and those of the eight weeks before."""
    random = np.random.default_rng(seed)
    weeks = random.integers(1, 9, people).astype(float)
    taste = random.gamma(2.0, 0.5, people)
    before = random.poisson(taste * 8).astype(float)
    return {"weeks": weeks, "before": before, "done": random.poisson(taste * weeks + effect * weeks).astype(float)}


CONTROL, TREATMENT = arm(400, 0.0, seed=1), arm(700, 0.1, seed=2)


def compared(control: Columns, treatment: Columns, metric: Mean | Ratio) -> Contrast:
    found = compare(Moments.of(control), Moments.of(treatment), metric)
    assert found is not None
    return found


def test_a_means_difference_is_welchs() -> None:
    found = compared(CONTROL, TREATMENT, Mean("done"))
    oracle = CompareMeans(DescrStatsW(TREATMENT["done"]), DescrStatsW(CONTROL["done"]))
    statistic, p_value, _ = oracle.ttest_ind(usevar="unequal")
    assert found.p_value == pytest.approx(p_value, **CLOSE)
    assert found.z == pytest.approx(statistic, **CLOSE)
    assert (found.difference.low, found.difference.high) == pytest.approx(
        oracle.tconfint_diff(usevar="unequal"), **CLOSE
    )


def test_an_arms_own_interval_is_students() -> None:
    found = estimate(Moments.of(CONTROL), Mean("done"))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(DescrStatsW(CONTROL["done"]).tconfint_mean(), **CLOSE)


def test_a_ratios_error_is_that_of_ols_on_weeks_clustered_by_person() -> None:
    """OLS over weeks with Liang and Zeger's sandwich, but for n / (n - 1), which ours has as a variance has."""
    control, treatment = arm(500, 0.0, seed=3), arm(500, 0.2, seed=4)
    found = compared(control, treatment, Ratio("done", "weeks"))
    rows = [
        (done / weeks, treated, person + treated * 500)
        for treated, columns in enumerate((control, treatment))
        for person, (done, weeks) in enumerate(zip(columns["done"], columns["weeks"], strict=True))
        for _ in range(int(weeks))
    ]
    outcome, treated, person = np.array(rows).T
    oracle = sm.OLS(outcome, sm.add_constant(treated)).fit(
        cov_type="cluster", cov_kwds={"groups": person.astype(int), "use_correction": False}
    )
    assert found.difference.value == pytest.approx(oracle.params[1], **CLOSE)
    assert found.standard_error == pytest.approx(oracle.bse[1] * math.sqrt(500 / 499), **CLOSE)


def test_a_covariate_is_taken_off_by_regression() -> None:
    """Theta by OLS over both arms; then Welch on what remains."""
    found = compared(CONTROL, TREATMENT, Mean("done", covariate=Mean("before")))
    done, before = (np.concatenate([CONTROL[name], TREATMENT[name]]) for name in ("done", "before"))
    theta = sm.OLS(done, sm.add_constant(before)).fit().params[1]
    remaining = [columns["done"] - theta * columns["before"] for columns in (TREATMENT, CONTROL)]
    oracle = CompareMeans(*map(DescrStatsW, remaining))
    assert found.p_value == pytest.approx(oracle.ttest_ind(usevar="unequal")[1], **CLOSE)
    assert (found.difference.low, found.difference.high) == pytest.approx(
        oracle.tconfint_diff(usevar="unequal"), **CLOSE
    )


def test_a_covariate_says_how_much_variance_it_took_away() -> None:
    plain, adjusted = (compared(CONTROL, TREATMENT, Mean("done", by)) for by in (None, Mean("before")))
    assert plain.reduction is None
    assert adjusted.reduction == pytest.approx(1 - (adjusted.standard_error / plain.standard_error) ** 2, **CLOSE)
    assert adjusted.reduction is not None
    assert 0.05 < adjusted.reduction < 1


@pytest.mark.parametrize(
    "metric",
    [
        Mean("done"),
        Mean("done", covariate=Mean("before")),
        Ratio("done", "weeks"),
        Ratio("done", "weeks", covariate=Mean("before")),
        Ratio("done", "weeks", covariate=Ratio("before", "weeks")),
    ],
)
def test_everything_agrees_with_tea_tasting(metric: Mean | Ratio) -> None:
    found = compared(CONTROL, TREATMENT, metric)
    oracle = as_tea_tasting(metric).analyze_aggregates(aggregates(CONTROL), aggregates(TREATMENT))
    assert found.lift is not None
    ours = [found.difference.value, found.difference.low, found.difference.high, found.p_value, found.z]
    theirs = [oracle.effect_size, oracle.effect_size_ci_lower, oracle.effect_size_ci_upper]
    assert ours == pytest.approx([*theirs, oracle.pvalue, oracle.statistic], **CLOSE)
    assert [found.lift.value, found.lift.low, found.lift.high] == pytest.approx(
        [oracle.rel_effect_size, oracle.rel_effect_size_ci_lower, oracle.rel_effect_size_ci_upper], **CLOSE
    )


def aggregates(columns: Columns) -> Aggregates:
    found = Moments.of(columns)
    variances = {left: value for (left, right), value in found.covariances.items() if left == right}
    return Aggregates(found.people, dict(found.means), variances, dict(found.covariances))


def as_tea_tasting(metric: Mean | Ratio) -> RatioOfMeans:
    def parts(of: Mean | Ratio | None) -> tuple[str | None, str | None]:
        if isinstance(of, Ratio):
            return of.numerator, of.denominator
        return (of.column if of else None), None

    return RatioOfMeans(*parts(metric), *parts(metric.covariate))


@given(st.integers(0, 10_000), st.sampled_from([Mean("done", Mean("before")), Ratio("done", "weeks")]))
def test_swapping_the_arms_turns_the_difference_round(seed: int, metric: Mean | Ratio) -> None:
    control, treatment = arm(20, 0.5, seed), arm(30, 0.2, seed + 1)
    there, back = compared(control, treatment, metric), compared(treatment, control, metric)
    assert there.difference.value == pytest.approx(-back.difference.value, **CLOSE)
    assert there.difference.low == pytest.approx(-back.difference.high, **CLOSE)
    assert there.p_value == pytest.approx(back.p_value, **CLOSE)
    assert there.lift is not None
    assert back.lift is not None
    assert (1 + there.lift.low) * (1 + back.lift.high) == pytest.approx(1, **CLOSE)


@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_the_unit_of_measurement_changes_nothing_but_the_unit(seed: int, unit: float) -> None:
    control, treatment = arm(20, 0.5, seed), arm(30, 0.2, seed + 1)
    scaled = [{**columns, "done": columns["done"] * unit} for columns in (control, treatment)]
    plain, other = compared(control, treatment, Mean("done")), compared(scaled[0], scaled[1], Mean("done"))
    assert other.difference.high == pytest.approx(plain.difference.high * unit, rel=1e-9, abs=1e-9)
    assert other.p_value == pytest.approx(plain.p_value, rel=1e-9)


def test_the_interval_and_the_test_agree_where_they_touch() -> None:
    """At the confidence 1 - p the interval ends just at no difference."""
    found = compared(CONTROL, TREATMENT, Mean("done"))
    edge = compare(Moments.of(CONTROL), Moments.of(TREATMENT), Mean("done"), confidence=1 - found.p_value)
    assert edge is not None
    assert edge.difference.low == pytest.approx(0, abs=1e-9)


def test_arms_of_equal_variance_have_all_the_degrees_of_freedom() -> None:
    rows = {"x": np.array([1.0, 2.0, 3.0, 4.0])}
    found = compared(rows, {"x": rows["x"] + 1}, Mean("x"))
    assert found.p_value == pytest.approx(2 * t.sf(found.z, 6), **CLOSE)


def test_a_metric_names_each_column_that_it_reads_once() -> None:
    assert Ratio("done", "weeks", covariate=Ratio("before", "weeks")).columns == ("done", "weeks", "before")


@pytest.mark.parametrize(
    ("rows", "metric"),
    [
        ({"x": [], "w": []}, Mean("x")),
        ({"x": [1.0], "w": [1.0]}, Mean("x")),
        ({"x": [1.0, 1.0], "w": [0.0, 0.0]}, Ratio("x", "w")),
        ({"x": [1.0, 2.0], "w": [0.0, 0.0]}, Mean("x", covariate=Ratio("x", "w"))),
    ],
)
def test_an_arm_without_the_metric_is_no_crash(rows: dict[str, list[float]], metric: Mean | Ratio) -> None:
    full = Moments.of({"x": [1.0, 2.0], "w": [1.0, 1.0]})
    assert compare(full, Moments.of(rows), metric) is None
    assert compare(Moments.of(rows), full, metric) is None


def test_where_nobody_differs_from_another_nothing_is_said() -> None:
    constant = Moments.of({"x": [0.0, 0.0, 0.0]})
    assert compare(constant, constant, Mean("x")) is None


def test_a_covariate_that_does_not_vary_changes_nothing() -> None:
    flat = [{**columns, "before": columns["before"] * 0} for columns in (CONTROL, TREATMENT)]
    found = compared(flat[0], flat[1], Mean("done", covariate=Mean("before")))
    assert found.reduction == pytest.approx(0)
    assert found.difference == compared(CONTROL, TREATMENT, Mean("done")).difference


def test_a_metric_that_is_not_positive_has_no_lift() -> None:
    below = {"x": np.array([-1.0, -2.0, 0.0])}
    assert compared(below, {"x": np.array([1.0, 2.0, 3.0])}, Mean("x")).lift is None
