"""Segments agree with statsmodels' meta-analysis and are shrunk towards what they have in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from campaigns.analysis.estimates import Contrast, Estimate, Procedure
from campaigns.analysis.segments import Segments, segments

EFFECTS = st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 1)), min_size=2, max_size=8)
CLOSE = {"rel": 1e-9, "abs": 1e-12}


def contrasts(effects: list[tuple[float, float]]) -> dict[str, Contrast]:
    return {f"segment {number}": contrast(*effect) for number, effect in enumerate(effects)}


def contrast(value: float, error: float) -> Contrast:
    return Contrast(Estimate(value, value - 2 * error, value + 2 * error), None, 0.5, Procedure.WELCH, error)


def shrunk(effects: list[tuple[float, float]]) -> Segments:
    found = segments(contrasts(effects))
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(20))
def test_they_are_dersimonian_and_lairds_and_cochrans(seed: int) -> None:
    random = np.random.default_rng(seed)
    errors = random.uniform(0.1, 1.0, 2 + seed % 7)
    values = random.normal(0.2, np.sqrt(errors**2 + 0.1 * (seed % 3)))
    found = shrunk([*zip(values.tolist(), errors.tolist(), strict=True)])
    with np.errstate(invalid="ignore"):  # statsmodels lets the variance between segments be negative
        oracle = combine_effects(values, errors**2, method_re="dl")
    assert found.spread**2 == pytest.approx(max(oracle.tau2, 0), **CLOSE)
    assert (found.q, found.p_value) == pytest.approx((oracle.q, oracle.test_homogeneity().pvalue), **CLOSE)
    if oracle.tau2 > 0:
        assert found.common.value == pytest.approx(oracle.mean_effect_re, **CLOSE)
        assert found.common.high == pytest.approx(oracle.conf_int(alpha=0.05)[1][1], **CLOSE)


@given(EFFECTS)
def test_each_lies_between_its_own_value_and_the_common_one(effects: list[tuple[float, float]]) -> None:
    found = shrunk(effects)
    for (value, _), estimate in zip(effects, found.shrunk.values(), strict=True):
        least, most = sorted((value, found.common.value))
        assert least - 1e-9 <= estimate.value <= most + 1e-9
        assert estimate.low <= estimate.value <= estimate.high


def test_most_of_what_chance_explains_is_taken_back() -> None:
    found = shrunk([(0.1 + step / 100, 0.1) for step in range(10)])
    values = [estimate.value for estimate in found.shrunk.values()]
    assert found.spread == 0
    assert max(values) - min(values) == pytest.approx(0.09 * 2 / 9)


def test_what_chance_cannot_explain_is_kept() -> None:
    found = shrunk([(float(step), 0.001) for step in range(5)])
    assert [round(estimate.value, 3) for estimate in found.shrunk.values()] == [0, 1, 2, 3, 4]
    assert found.i_squared > 0.999
    assert found.p_value < 1e-6


def test_three_segments_do_not_tell_their_spread_and_stay_as_they_are() -> None:
    found = shrunk([(0.1, 0.1), (0.2, 0.1), (0.3, 0.1)])
    assert [estimate.value for estimate in found.shrunk.values()] == [0.1, 0.2, 0.3]


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.02, 0.06])
@pytest.mark.parametrize("number", [3, 4, 10])
def test_shrunk_intervals_cover_and_are_nearer_to_the_truth(number: int, spread: float) -> None:
    """1,000 replays; never under 95% but for three Monte-Carlo errors, and never farther off than unshrunk."""
    random = np.random.default_rng(1)
    covered, missed, raw = 0, 0.0, 0.0
    for _ in range(1000):
        true = random.normal(0.02, spread, number)
        seen = random.normal(true, 0.02)
        found = shrunk([(value, 0.02) for value in seen.tolist()]).shrunk.values()
        covered += sum(not estimate.excludes(effect) for estimate, effect in zip(found, true, strict=True))
        missed += sum((estimate.value - effect) ** 2 for estimate, effect in zip(found, true, strict=True))
        raw += float(((seen - true) ** 2).sum())
    assert covered / number / 1000 > 0.95 - 3 * 0.0069 / np.sqrt(number)
    assert missed < raw * 1.0001


def test_a_single_segment_is_not_shrunk() -> None:
    assert segments(contrasts([(0.1, 0.1)])) is None
    assert segments({}) is None
