"""Arms crossed within people: the error is that of the influence functions, and a person's arms hang together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from campaigns.analysis.crossed import compare_crossed
from campaigns.analysis.estimates import Contrast
from campaigns.analysis.means import Mean, Ratio, compare
from campaigns.analysis.moments import Moments

CLOSE = {"rel": 1e-9, "abs": 1e-12}
CONTROL, TREATMENT = (Ratio(f"{arm}.done", f"{arm}.weeks") for arm in ("control", "treatment"))
Columns = dict[str, NDArray[np.float64]]


def weekly(people: int, seed: int, weeks: int = 8) -> Columns:
    random = np.random.default_rng(seed)
    treated = random.integers(0, 2, (people, weeks))
    done = random.poisson(random.gamma(1.0, 1.0, (people, 1)), (people, weeks))
    return {
        "control.done": (done * (1 - treated)).sum(axis=1),
        "control.weeks": (1 - treated).sum(axis=1),
        "treatment.done": (done * treated).sum(axis=1),
        "treatment.weeks": treated.sum(axis=1),
    }


def compared(columns: Columns, control: Ratio = CONTROL, treatment: Ratio = TREATMENT) -> Contrast:
    found = compare_crossed(Moments.of(columns), control, treatment)
    assert found is not None
    return found


def influence(columns: Columns, arm: str) -> NDArray[np.float64]:
    done, weeks = columns[f"{arm}.done"], columns[f"{arm}.weeks"]
    return np.asarray((done - done.sum() / weeks.sum() * weeks) / weeks.mean())


def test_the_error_is_that_of_the_influence_functions() -> None:
    columns = weekly(300, seed=1)
    parts = influence(columns, "treatment") - influence(columns, "control")
    assert compared(columns).standard_error == pytest.approx(np.std(parts, ddof=1) / np.sqrt(300), **CLOSE)


def test_the_lifts_error_is_that_of_the_logarithms() -> None:
    columns = weekly(300, seed=2)
    rates = {arm: columns[f"{arm}.done"].sum() / columns[f"{arm}.weeks"].sum() for arm in ("control", "treatment")}
    parts = influence(columns, "treatment") / rates["treatment"] - influence(columns, "control") / rates["control"]
    found = compared(columns).lift
    assert found is not None
    assert 1 + found.value == pytest.approx(rates["treatment"] / rates["control"], **CLOSE)
    width = np.log1p(found.high) - np.log1p(found.low)
    assert width == pytest.approx(2 * 1.96793 * np.std(parts, ddof=1) / np.sqrt(300), rel=1e-5)


def test_a_covariate_is_regressed_out_of_the_difference() -> None:
    columns = weekly(300, seed=3)
    before = np.random.default_rng(4).poisson(2.0 + columns["control.done"] + columns["treatment.done"])
    columns |= {f"{arm}.before": before * columns[f"{arm}.weeks"] for arm in ("control", "treatment")}
    with_covariate = [
        Ratio(f"{arm}.done", f"{arm}.weeks", covariate=Ratio(f"{arm}.before", f"{arm}.weeks"))
        for arm in ("control", "treatment")
    ]
    found, plain = compared(columns, *with_covariate), compared(columns)
    outcome = influence(columns, "treatment") - influence(columns, "control")
    renamed = {name.replace("before", "done"): values for name, values in columns.items() if "done" not in name}
    covariate = influence(renamed, "treatment") - influence(renamed, "control")
    remaining = 1 - np.corrcoef(outcome, covariate)[0, 1] ** 2
    assert (found.standard_error / plain.standard_error) ** 2 == pytest.approx(remaining, rel=1e-9)
    assert found.reduction == pytest.approx(1 - remaining, rel=1e-9)


def test_where_each_person_keeps_to_one_arm_it_is_the_comparison_of_two_groups() -> None:
    """But for the degrees of freedom, and a sum over n people where the groups have n - 1 each."""
    random = np.random.default_rng(5)
    done, weeks = random.poisson(4.0, 4000).astype(float), random.integers(1, 9, 4000).astype(float)
    treated = np.arange(4000) % 2
    crossed = compared(
        {
            "control.done": done * (1 - treated),
            "control.weeks": weeks * (1 - treated),
            "treatment.done": done * treated,
            "treatment.weeks": weeks * treated,
        }
    )
    groups = [Moments.of({"done": done[treated == arm], "weeks": weeks[treated == arm]}) for arm in (0, 1)]
    apart = compare(groups[0], groups[1], Ratio("done", "weeks"))
    assert apart is not None
    assert crossed.difference.value == pytest.approx(apart.difference.value, **CLOSE)
    assert crossed.standard_error == pytest.approx(apart.standard_error, rel=1e-3)
    assert crossed.p_value == pytest.approx(apart.p_value, rel=0.01)


def test_swapping_the_arms_turns_the_difference_round() -> None:
    columns = weekly(100, seed=6)
    there, back = compared(columns), compared(columns, TREATMENT, CONTROL)
    assert there.difference.low == pytest.approx(-back.difference.high, **CLOSE)
    assert there.p_value == pytest.approx(back.p_value, **CLOSE)


def test_an_arm_with_nobody_is_no_crash() -> None:
    columns = weekly(50, seed=7)
    columns["treatment.weeks"] = columns["treatment.weeks"] * 0
    assert compare_crossed(Moments.of(columns), CONTROL, TREATMENT) is None


def test_a_covariate_in_only_one_arm_is_left_out() -> None:
    columns = weekly(50, seed=8)
    lopsided = Ratio("control.done", "control.weeks", covariate=Mean("control.weeks"))
    assert compared(columns, lopsided, TREATMENT).difference == compared(columns).difference
