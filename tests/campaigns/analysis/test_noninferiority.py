"""A guardrail is held only by evidence, and its test agrees with the interval's end."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from campaigns.analysis.estimates import Contrast
from campaigns.analysis.means import Mean, compare
from campaigns.analysis.moments import Moments
from campaigns.analysis.noninferiority import Guardrail, Margin, noninferiority
from campaigns.analysis.proportions import Count, contrast

COUNTS = st.integers(0, 200).map(lambda successes: Count(2000, successes))
MARGINS = st.builds(Margin, st.floats(0.001, 0.5), st.booleans(), st.booleans())


def compared(control: Count, treatment: Count) -> Contrast:
    found = contrast(control, treatment)
    assert found is not None
    return found


@given(COUNTS, COUNTS, MARGINS)
def test_test_and_interval_agree(control: Count, treatment: Count, margin: Margin) -> None:
    found = noninferiority(compared(control, treatment), margin)
    if found.p_value is None:
        assert found.verdict is Guardrail.UNDECIDED
    elif abs(found.p_value - 0.025) > 1e-9:
        assert (found.verdict is Guardrail.HELD) == (found.p_value < 0.025)
        assert (found.verdict is Guardrail.BROKEN) == (found.p_value > 0.975)


@given(COUNTS, COUNTS, st.floats(0.001, 0.1), st.floats(1.01, 5))
def test_a_wider_margin_is_never_harder_to_keep(
    control: Count, treatment: Count, size: float, wider: float
) -> None:
    found = compared(control, treatment)
    strict, mild = (noninferiority(found, Margin(margin)) for margin in (size, size * wider))
    assert strict.verdict is not Guardrail.HELD or mild.verdict is Guardrail.HELD


@given(COUNTS, COUNTS, st.floats(0.001, 0.1))
def test_a_gain_is_a_loss_turned_round(control: Count, treatment: Count, size: float) -> None:
    there = noninferiority(compared(control, treatment), Margin(size, more_is_worse=True))
    back = noninferiority(compared(treatment, control), Margin(size, more_is_worse=False))
    assert there.verdict is back.verdict
    assert there.p_value == pytest.approx(back.p_value, rel=1e-6)


def test_for_a_mean_it_is_the_shifted_one_sided_test() -> None:
    """To the interval's Student's t, which for ten thousand people is the normal's to four digits."""
    arms = [Moments(10_000, {"x": mean}, {("x", "x"): 4.0}) for mean in (5.0, 5.01)]
    found = compare(arms[0], arms[1], Mean("x"))
    p_value = noninferiority(found, Margin(0.05)).p_value
    assert p_value == pytest.approx(norm.cdf((0.01 - 0.05) / math.sqrt(8 / 10_000)), rel=1e-3)


def test_a_relative_margin_is_one_of_the_lift() -> None:
    found = compared(Count(100_000, 1000), Count(100_000, 1010))
    assert found.lift is not None
    assert found.lift.high == pytest.approx(0.102, abs=0.002)
    assert noninferiority(found, Margin(0.11, relative=True)).verdict is Guardrail.HELD
    assert noninferiority(found, Margin(0.09, relative=True)).verdict is Guardrail.UNDECIDED


def test_a_relative_loss_is_one_of_controls_value() -> None:
    halved = compared(Count(100_000, 1000), Count(100_000, 500))
    assert noninferiority(halved, Margin(0.4, relative=True, more_is_worse=False)).verdict is Guardrail.BROKEN
    assert noninferiority(halved, Margin(0.6, relative=True, more_is_worse=False)).verdict is Guardrail.HELD


def test_few_people_hold_nothing() -> None:
    assert noninferiority(compared(Count(20, 0), Count(20, 0)), Margin(0.01)).verdict is Guardrail.UNDECIDED
    assert noninferiority(None, Margin(0.01)).verdict is Guardrail.UNDECIDED


def test_real_harm_breaks_it() -> None:
    assert noninferiority(compared(Count(9000, 20), Count(9000, 120)), Margin(0.001)).verdict is Guardrail.BROKEN


@pytest.mark.parametrize(("size", "relative"), [(0.0, False), (-0.1, True), (1.0, True)])
def test_a_margin_that_means_nothing_is_refused(size: float, relative: bool) -> None:  # noqa: FBT001
    with pytest.raises(ValueError, match="wanted one over 0"):
        Margin(size, relative=relative, more_is_worse=False)
