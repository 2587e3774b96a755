"""Replays' moments are those of the people assigned, whatever the batch; rates carry their Monte-Carlo error."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from campaigns.analysis.crossed import compare_crossed
from campaigns.analysis.means import Mean, Ratio, compare
from campaigns.analysis.moments import Moments
from campaigns.analysis.replay import BATCH, draw, replay, replay_crossed
from campaigns.analysis.simulation import Frequency, peeked, perform

RANDOM = np.random.default_rng(1)
PEOPLE = {"days": RANDOM.poisson(3.0, 500).astype(float) + 1e6, "weeks": RANDOM.integers(1, 9, 500).astype(float)}


def test_each_replays_moments_are_those_of_its_people() -> None:
    batches = list(draw([0.2, 0.8], 500, BATCH + 10, np.random.default_rng(2)))
    assert [len(batch) for batch in batches] == [BATCH, 10]
    rows = np.concatenate(batches)
    for row, groups in zip(rows, replay([PEOPLE, PEOPLE], batches), strict=True):
        for number, group in enumerate(groups):
            wanted = Moments.of({name: values[row == number] for name, values in PEOPLE.items()})
            assert group.people == wanted.people
            assert group.means == pytest.approx(wanted.means, rel=1e-12)
            assert group.covariances == pytest.approx(wanted.covariances, rel=1e-9, abs=1e-9)


def test_a_planted_effect_is_in_its_arm_alone() -> None:
    better = {**PEOPLE, "days": PEOPLE["days"] + 1}
    alike, planted = (
        list(replay([PEOPLE, other], draw([1, 1], 500, 5, np.random.default_rng(3)))) for other in (PEOPLE, better)
    )
    for (control, same), (_, treatment) in zip(alike, planted, strict=True):
        assert treatment.means["days"] == pytest.approx(same.means["days"] + 1)
        assert control.people + same.people == 500


def test_arms_have_their_shares() -> None:
    arms = np.concatenate(list(draw([2, 1, 1], 1000, 100, np.random.default_rng(4))))
    counts = np.bincount(arms.ravel(), minlength=3)
    assert chisquare(counts, [50_000, 25_000, 25_000]).pvalue > 0.001


def test_an_arm_that_nobody_fell_into_is_empty() -> None:
    _, (nobody, everyone) = replay([PEOPLE, PEOPLE], [np.array([[0] * 500, [1] * 500], dtype=np.int8)])
    assert (nobody.people, everyone.people) == (0, 500)
    assert compare(nobody, everyone, Mean("days")) is None


def test_crossed_replays_sum_each_persons_weeks_by_arm() -> None:
    weeks = {"days": np.array([[1.0, 2.0], [4.0, 8.0]]), "weeks": np.ones((2, 2))}
    (found,) = replay_crossed([weeks, weeks], [np.array([[0, 1, 1, 1]], dtype=np.int8)])
    assert found.people == 2
    assert found.means == {"0.days": 0.5, "0.weeks": 0.5, "1.days": 7.0, "1.weeks": 1.5}
    assert compare_crossed(found, Ratio("0.days", "0.weeks"), Ratio("1.days", "1.weeks")) is not None


def test_a_a_replays_err_as_promised_and_a_b_replays_find_what_was_planted() -> None:
    """2,000 replays of the same 500 people; three Monte-Carlo errors."""
    better = {**PEOPLE, "days": PEOPLE["days"] + 0.5}
    for other, truth in ((PEOPLE, 0.0), (better, 0.5)):
        assignments = draw([1, 1], 500, 2000, np.random.default_rng(5))
        found = perform(
            (
                compare(control, treatment, Mean("days"))
                for control, treatment in replay([PEOPLE, other], assignments)
            ),
            truth,
        )
        assert found.undefined == 0
        assert found.covered.consistent(0.95)
        assert found.called.consistent(0.05) == (truth == 0)
        assert truth == 0 or 0.8 < found.called.rate < 0.99


def test_a_rate_knows_its_monte_carlo_error() -> None:
    found = Frequency.of([True] * 100 + [False] * 1900)
    assert (found.hits, found.replays, found.rate) == (100, 2000, 0.05)
    assert found.error == pytest.approx(0.00487, abs=1e-5)
    assert found.consistent(0.05)
    assert not found.consistent(0.1)


def test_replays_that_cannot_be_compared_count_as_neither() -> None:
    found = perform([None, compare(Moments.of({"x": [1, 2]}), Moments.of({"x": [1, 2]}), Mean("x"))])
    assert (found.undefined, found.called.replays, found.covered.rate) == (1, 1, 1)


def test_a_peek_counts_once_however_often_it_crosses() -> None:
    assert peeked(np.array([[3.0, 3.0], [0.0, -3.0], [0.0, 0.0], [1.0, 1.0]]), [1.96, 1.96]).hits == 2
