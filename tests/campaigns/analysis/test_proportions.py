"""Two proportions agree with statsmodels and SciPy, and hold up where events are rare or arms are empty."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy import array
from scipy.stats import binom, chi2_contingency, fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from campaigns.analysis.estimates import Contrast, Procedure
from campaigns.analysis.proportions import Count, contrast, proportion

CLOSE = {"rel": 1e-9, "abs": 1e-12}


def counts(least: int = 1, most: int = 50_000) -> st.SearchStrategy[Count]:
    return st.integers(least, most).flatmap(
        lambda people: st.integers(0, people).map(lambda successes: Count(people, successes))
    )


def compared(control: Count, treatment: Count) -> Contrast:
    found = contrast(control, treatment)
    assert found is not None
    return found


@given(counts())
def test_an_arms_interval_is_wilsons(count: Count) -> None:
    found = proportion(count)
    assert found is not None
    low, high = proportion_confint(count.successes, count.people, method="wilson")
    assert (found.low, found.high) == (pytest.approx(max(low, 0), **CLOSE), pytest.approx(min(high, 1), **CLOSE))


@given(counts(), counts())
def test_the_differences_interval_is_newcombes_tenth(control: Count, treatment: Count) -> None:
    found = compared(control, treatment).difference
    low, high = confint_proportions_2indep(
        treatment.successes, treatment.people, control.successes, control.people, method="newcomb"
    )
    assert found.low == pytest.approx(low, rel=1e-9, abs=1e-9)
    assert found.high == pytest.approx(high, rel=1e-9, abs=1e-9)


def test_the_difference_agrees_with_newcombes_published_example() -> None:
    """Table II, method 10 (Stat. Med. 17, 1998): 56/70 - 48/80 has the interval 0.0524 to 0.3339."""
    found = compared(Count(80, 48), Count(70, 56)).difference
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@given(counts(least=200), counts(least=200))
def test_the_lifts_interval_is_katzs(control: Count, treatment: Count) -> None:
    found = compared(control, treatment).lift
    if not control.successes or not treatment.successes:
        assert found is None
        return
    low, high = confint_proportions_2indep(
        treatment.successes,
        treatment.people,
        control.successes,
        control.people,
        method="log",
        compare="ratio",
        correction=False,
    )
    assert found is not None
    assert (found.low + 1, found.high + 1) == (pytest.approx(low, **CLOSE), pytest.approx(high, **CLOSE))


@given(counts(), counts())
def test_the_p_value_is_the_pooled_z_tests_or_fishers_where_events_are_rare(
    control: Count, treatment: Count
) -> None:
    found = compared(control, treatment)
    table = array([[treatment.successes, treatment.failures], [control.successes, control.failures]])
    if found.procedure is Procedure.FISHER:
        assert found.p_value == pytest.approx(fisher_exact(table).pvalue, **CLOSE)
        return
    assert chi2_contingency(table, correction=False).expected_freq.min() >= 5 - 1e-9
    _, by_z = proportions_ztest(table[:, 0], table.sum(axis=1))
    by_chi_squared = chi2_contingency(table, correction=False).pvalue
    assert found.p_value == pytest.approx(by_z, rel=1e-9, abs=1e-300)
    assert found.p_value == pytest.approx(by_chi_squared, rel=1e-7, abs=1e-300)


@given(counts(), counts())
def test_swapping_the_arms_turns_the_difference_round(control: Count, treatment: Count) -> None:
    there, back = compared(control, treatment), compared(treatment, control)
    assert there.difference.low == pytest.approx(-back.difference.high, **CLOSE)
    assert there.p_value == pytest.approx(back.p_value, rel=1e-9)
    assert there.tells == back.tells


@given(counts(), counts())
def test_every_interval_holds_its_value_and_stays_possible(control: Count, treatment: Count) -> None:
    found = compared(control, treatment)
    slack = 1e-12
    assert -1 - slack <= found.difference.low <= found.difference.value + slack
    assert found.difference.value - slack <= found.difference.high <= 1 + slack
    assert 0 <= found.p_value <= 1 + slack
    if found.lift:
        assert -1 <= found.lift.low <= found.lift.value + slack
        assert found.lift.value <= found.lift.high * (1 + slack) + slack


@given(counts())
def test_an_empty_arm_is_no_crash(count: Count) -> None:
    assert proportion(Count(0, 0)) is None
    assert contrast(Count(0, 0), count) is None
    assert contrast(count, Count(0, 0)) is None


def test_no_success_anywhere_says_nothing_and_no_lift() -> None:
    found = compared(Count(1000, 0), Count(1000, 0))
    assert (found.difference.value, found.lift, found.p_value, found.tells) == (0, None, 1, False)
    assert found.difference.low < 0 < found.difference.high


def test_everybody_succeeding_is_no_crash_either() -> None:
    assert compared(Count(100, 100), Count(100, 100)).p_value == 1


@pytest.mark.parametrize("impossible", [(10, 11), (10, -1), (-1, 0)])
def test_impossible_counts_are_refused(impossible: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="successes among"):
        Count(*impossible)


@pytest.mark.parametrize(("people", "rate"), [((800, 800), 0.3), ((400, 1600), 0.1), ((900, 900), 0.004)])
def test_the_interval_covers_and_the_verdict_errs_no_more_than_promised(
    people: tuple[int, int], rate: float
) -> None:
    """By summing over what can happen when the arms do not differ, on a grid, rare events included."""
    covered = erred = total = 0.0
    for before, p in likely(people[0], rate):
        for after, q in likely(people[1], rate):
            found = compared(before, after)
            total += p * q
            covered += p * q * (found.difference.low <= 0 <= found.difference.high)
            erred += p * q * found.tells
    assert 0.94 < covered / total < 0.9999
    assert 0 < erred / total < 0.055


def likely(people: int, rate: float) -> list[tuple[Count, float]]:
    """At most some thirty counts, evenly spread over all that have a chance worth naming."""
    first, last = int(binom.ppf(1e-5, people, rate)), int(binom.isf(1e-5, people, rate))
    step = 1 + (last - first) // 30
    return [(Count(people, x), float(binom.pmf(x, people, rate))) for x in range(first, last + 1, step)]


def test_the_normal_quantile_is_the_one_that_everybody_knows() -> None:
    found = compared(Count(1000, 500), Count(1000, 500)).lift
    assert found is not None
    assert math.log(found.high + 1) / math.sqrt(0.002) == pytest.approx(1.959963984540054)
