"""Lee's bounds hold the truth where monotonicity holds, and are its trimmed means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from campaigns.analysis.bounds import Bounds, lee_bounds
from campaigns.analysis.moments import Moments
from campaigns.analysis.proportions import Count, contrast

SIZES = st.integers(1, 60)


def arm(people: int, opened: int, completed: int) -> Moments:
    return Moments.of(
        {
            "opened": [1] * opened + [0] * (people - opened),
            "completed": [1] * completed + [0] * (people - completed),
        }
    )


def bounded(control: Moments, treatment: Moments) -> Bounds:
    found = lee_bounds(control, treatment, "opened", "completed")
    assert found is not None
    return found


@given(SIZES, SIZES, st.integers(0, 60), st.data())
def test_the_truth_lies_within_where_monotonicity_holds(
    always: int, only_treated: int, never: int, data: st.DataObject
) -> None:
    """The same population in both arms, so that nothing is chance's; the effect is the always-openers'."""
    if_control, if_treated = (data.draw(st.integers(0, always)) for _ in range(2))
    of_the_won = data.draw(st.integers(0, only_treated))
    people = always + only_treated + never
    control = arm(people, always, if_control)
    treatment = arm(people, always + only_treated, if_treated + of_the_won)
    truth = (if_treated - if_control) / always
    found = bounded(control, treatment)
    assert found.more_selected
    assert found.low - 1e-9 <= truth <= found.high + 1e-9
    turned = bounded(treatment, control)
    assert not turned.more_selected
    assert turned.low - 1e-9 <= -truth <= turned.high + 1e-9


@given(SIZES, SIZES, st.data())
def test_they_are_the_means_of_the_best_and_the_worst_that_remain(
    opened: int, more: int, data: st.DataObject
) -> None:
    completed, others = data.draw(st.integers(0, opened)), data.draw(st.integers(0, opened + more))
    found = bounded(arm(150, opened, completed), arm(150, opened + more, others))
    outcomes = np.sort(np.arange(opened + more) < others)
    rate = completed / opened
    assert found.low == pytest.approx(outcomes[:opened].mean() - rate, abs=1e-9)
    assert found.high == pytest.approx(outcomes[-opened:].mean() - rate, abs=1e-9)
    assert found.trimmed == pytest.approx(more / (opened + more), abs=1e-9)


@given(st.integers(5, 80), st.data())
def test_they_are_one_point_where_as_many_opened(opened: int, data: st.DataObject) -> None:
    completed, others = (data.draw(st.integers(1, opened - 1)) for _ in range(2))
    found = bounded(arm(100, opened, completed), arm(100, opened, others))
    among_openers = contrast(Count(opened, completed), Count(opened, others))
    assert among_openers is not None
    assert found.low == pytest.approx(found.high) == pytest.approx(among_openers.difference.value)


@given(st.integers(5, 80), st.integers(5, 80), st.data())
def test_swapping_the_arms_turns_them_round(opened: int, others: int, data: st.DataObject) -> None:
    assume(opened != others)
    arms = [arm(100, number, data.draw(st.integers(0, number))) for number in (opened, others)]
    there, back = bounded(*arms), bounded(*reversed(arms))
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)
    assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]), abs=1e-9)


@given(st.integers(5, 80), st.integers(5, 80), st.data())
def test_the_interval_holds_the_bounds_and_stays_possible(opened: int, others: int, data: st.DataObject) -> None:
    found = bounded(*(arm(100, number, data.draw(st.integers(0, number))) for number in (opened, others)))
    assert -1 <= found.interval[0] <= found.low + 1e-9
    assert found.high - 1e-9 <= found.interval[1] <= 1
    assert found.low <= found.high + 1e-9


def test_wide_bounds_take_a_one_sided_reach_and_a_point_a_two_sided_one() -> None:
    """Imbens and Manski (2004): 1.645 standard errors where the bounds lie far apart, 1.96 at a point."""
    wide = bounded(arm(20_000, 6_000, 3_000), arm(20_000, 12_000, 6_000))
    share, successes, more = 0.3, 0.15, 0.3
    high = (more - successes) / share
    square = more * (1 - more) + successes * (1 - successes) + high**2 * share * (1 - share)
    square += 2 * high * (successes - successes * share)
    error = np.sqrt(square / 19_999) / share
    reach = (wide.interval[1] - wide.high) / error
    assert wide.high == pytest.approx(high)
    assert reach == pytest.approx(norm.isf(0.05), rel=1e-6)


@pytest.mark.parametrize("extra", [0.0, 0.05, 0.15])
def test_the_interval_covers_at_least_as_promised(extra: float) -> None:
    """1,000 replays, of people of whom 30% always open, and some only in treatment; the truth is 0.1."""
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(1000):
        control, treatment = (sampled(random, extra if treated else 0, 0.1 * treated) for treated in (0, 1))
        low, high = bounded(control, treatment).interval
        covered += low <= 0.1 <= high
    assert covered / 1000 > 0.95 - 3 * 0.0069


def sampled(random: np.random.Generator, extra: float, effect: float, people: int = 2000) -> Moments:
    """The won complete less often than those who always open, so that the truth is at the upper bound's side."""
    kind = random.random(people)
    opened = kind < 0.3 + extra
    completed = opened & (random.random(people) < np.where(kind < 0.3, 0.4 + effect, 0.0))
    return Moments.of({"opened": opened, "completed": completed})


def test_weeks_may_be_summed_per_person() -> None:
    """Doubling each person's weeks changes neither the bounds nor their error: people are what is counted."""
    random = np.random.default_rng(2)
    arms = [sampled(random, 0.1 * treated, 0.0) for treated in (0, 1)]
    one = bounded(*arms)
    two = bounded(*(doubled(arm) for arm in arms))
    assert (one.low, one.high) == pytest.approx((two.low, two.high))
    assert one.interval == pytest.approx(two.interval)


def doubled(arm: Moments) -> Moments:
    means = {name: 2 * mean for name, mean in arm.means.items()}
    return Moments(arm.people, means, {pair: 4 * value for pair, value in arm.covariances.items()})


def test_where_nobody_opened_nothing_is_bounded() -> None:
    assert lee_bounds(arm(10, 0, 0), arm(10, 3, 1), "opened", "completed") is None
    assert lee_bounds(arm(0, 0, 0), arm(10, 3, 1), "opened", "completed") is None
