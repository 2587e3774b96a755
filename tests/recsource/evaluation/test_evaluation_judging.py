"""Sources are compared user by user, with intervals that know what chance is."""

from __future__ import annotations

import numpy as np
import pytest

from recsource.evaluation.bootstrap import interval
from recsource.evaluation.held_out import hold_out
from recsource.evaluation.judging import Past, compare, judge
from recsource.evaluation.rule_counts import Readers, count_rules
from recsource.evaluation.table import table

HELD_OUT = hold_out([("a", "x"), ("b", "y"), ("b", "z")], ["w", "x", "y", "z"])
PAST = Past(np.array([5.0, 1.0, 1.0, 0.0]), 9)
GOOD = np.array([[1, 0, 2], [2, 3, 0]])
BAD = np.array([[0, 2, 1], [0, 1, -1]])


def test_what_hits_sooner_and_more_is_judged_better() -> None:
    verdicts = compare({"bad": judge(BAD, HELD_OUT, PAST), "good": judge(GOOD, HELD_OUT, PAST)}, "bad")
    assert verdicts["good"].means["NDCG@10"].mean == pytest.approx(1)
    assert verdicts["good"].gains["NDCG@10"].mean == pytest.approx(1 - 0.5 * (0.5 + 0))
    assert verdicts["bad"].gains["NDCG@10"].high == 0
    assert verdicts["good"].coverage == 1
    assert verdicts["good"].means["precision@25"].mean == pytest.approx((1 / 25 + 2 / 25) / 2)


def test_the_table_names_every_source_and_the_baselines_gain_is_left_blank() -> None:
    verdicts = compare({"bad": judge(BAD, HELD_OUT, PAST), "good": judge(GOOD, HELD_OUT, PAST)}, "bad")
    header, _, bad, good = table(verdicts, "bad").splitlines()
    assert "NDCG@25 over bad" in header
    assert bad.endswith("|  |")
    assert good.startswith("| good | 1.00 | 1.00 |")
    assert {line.count("|") for line in (header, bad, good)} == {9}


def test_a_constant_difference_has_an_interval_without_width() -> None:
    found = interval(np.full(50, 0.25), seed=1)
    assert (found.mean, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_intervals_are_as_wide_as_the_standard_error_says() -> None:
    values = np.random.default_rng(3).normal(2, 1, 400)
    found = interval(values, seed=0)
    error = values.std() / 20
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.08)
    assert found.low < found.mean < found.high


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    found = [interval(rng.exponential(1, 80), seed=0) for _ in range(100)]
    assert sum(one.low <= 1 <= one.high for one in found) in range(85, 100)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).random(30)
    assert interval(values, seed=4) == interval(values, seed=4)
    assert interval(values, seed=4) != interval(values, seed=5)


def test_rules_are_counted_by_place_and_an_ended_list_fires_none() -> None:
    readers = Readers(
        for_kids=np.array([True, False, False]),
        hears_kids=np.array([True, False]),
        item_language=np.array([0, 0, 1]),
        user_language=np.array([0, 1]),
        heard=np.array([0 * 3 + 1]),
    )
    counts = count_rules(np.array([[0, 1, 2], [0, 2, -1]]), readers)
    assert (counts.shown, counts.kids, counts.language, counts.repeat) == (5, 1, 2, 1)
