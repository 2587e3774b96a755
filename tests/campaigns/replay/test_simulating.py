"""Replays: real people, real shards, and promises that a broken analysis does not keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from past_weeks import PEOPLE, WEEKS, history, listening
from tiny_campaign import campaign

from campaigns.analysis.simulation import Frequency
from campaigns.ground.experiment import Experiment
from campaigns.ground.metric import MetricName
from campaigns.replay.history import History
from campaigns.replay.peeking import peek
from campaigns.replay.people import People
from campaigns.replay.planting import plant
from campaigns.replay.replaying import METHODS, Replays
from campaigns.replay.simulating import Tried, simulate
from campaigns.report.metrics import BY_NAME
from recsource.sharder import shard

TIMES = 400
DAYS = BY_NAME[MetricName.COMPLETION_DAYS_7]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with history(tmp_path_factory.mktemp("past"), listening()) as found:
        yield found


@pytest.fixture(scope="module")
def people(past: History) -> People:
    return People.of(past)


def _experiment(**declared: object) -> Experiment:
    return campaign(experiment=declared).experiment.experiment()


def _replays(past: History, people: People, times: int = TIMES, **declared: object) -> Replays:
    return Replays.draw(_experiment(**declared), past, people, times)


def test_each_replay_assigns_by_the_shard_of_a_salt_of_its_own(past: History, people: People) -> None:
    (batch,) = _replays(past, people, 3).assignments
    who = [str(row[0]) for row in past.engine.rows("SELECT user_id FROM chosen ORDER BY person")]
    assert len(who) == people.count == PEOPLE
    expected = [[int(shard(f"salt-1-replay-{n}", user_id) >= 5_000) for user_id in who] for n in range(3)]
    assert batch.tolist() == expected


def test_where_arms_change_weekly_a_person_is_drawn_anew_for_each_week(past: History, people: People) -> None:
    (batch,) = _replays(past, people, 2, assignment="weekly").assignments
    who = [str(row[0]) for row in past.engine.rows("SELECT user_id FROM chosen ORDER BY person")]
    found = batch.reshape(2, PEOPLE, WEEKS)
    for week, edition in enumerate(people.editions):
        expected = [int(shard(f"salt-1-replay-1-{edition}", user_id) >= 5_000) for user_id in who]
        assert found[1, :, week].tolist() == expected


def test_a_persons_weeks_add_up_to_their_sum(people: People) -> None:
    assert people.weeks["days_7"].shape == (PEOPLE, WEEKS)
    assert people.weeks["days_7"].sum(axis=1).tolist() == people.sums["days_7_7"].tolist()


@pytest.mark.parametrize("scheme", ["sticky", "weekly"])
def test_false_alarms_coverage_and_power_are_as_promised(past: History, people: People, scheme: str) -> None:
    alone = replace(past, metrics=(DAYS,))
    tried = simulate(_replays(alone, people, assignment=scheme), lambda _: None)
    assert [each.method for each in tried] == list(METHODS)
    for each in tried:
        assert each.alike.undefined == 0
        assert each.alike.called.consistent(0.05)
        assert each.alike.covered.consistent(0.95)
        assert each.apart.covered.consistent(0.95)
        assert each.apart.called.rate > 0.7
        assert each.effect > 0
    plain, with_before = tried
    assert with_before.apart.called.rate >= plain.apart.called.rate


def test_weeks_counted_as_if_they_were_people_raise_far_more_alarms(past: History, people: People) -> None:
    """The trap that the replays are there to catch: a sticky assignment's weeks are not independent."""
    (days,) = (people.weeks["days_7"],)
    alarms = []
    for batch in _replays(past, people).assignments:
        for arms in batch:
            groups = [days[arms == arm].ravel() for arm in (0, 1)]
            error = sum(group.var(ddof=1) / group.size for group in groups) ** 0.5
            alarms.append(abs(groups[1].mean() - groups[0].mean()) / error > 1.96)
    assert Frequency.of(map(bool, alarms)).rate > 0.15


def test_whoever_looks_each_week_at_the_fixed_limit_is_deceived_and_the_boundary_holds(
    past: History, people: People
) -> None:
    peeked = peek(_replays(past, people), DAYS)
    assert peeked is not None
    assert peeked.looks == WEEKS
    assert peeked.fixed.rate > 0.06
    assert peeked.fixed.rate > peeked.sequential.rate >= peeked.confidence_sequence.rate
    assert peeked.sequential.rate <= 0.05 + 3 * peeked.sequential.error


def test_there_is_no_peeking_where_arms_change_weekly(past: History, people: People) -> None:
    assert peek(_replays(past, people, 1, assignment="weekly"), DAYS) is None


def test_replays_are_the_same_every_time(past: History, people: People) -> None:
    def once() -> list[Tried]:
        return simulate(_replays(past, people, 20), lambda _: None)

    assert once() == once()


columns = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=5, max_size=40).filter(
    lambda rows: sum(max(pair) for pair in rows) > 10
)


@given(columns, st.floats(0.01, 0.5), st.booleans(), st.integers(0, 2**32))
def test_what_is_planted_is_as_large_as_it_says_and_takes_from_nobody(
    rows: list[tuple[int, int]],
    effect: float,
    share: bool,  # noqa: FBT001 - Hypothesis gives it
    seed: int,
) -> None:
    happened, could = (np.array([pick(row) for row in rows], dtype=float) for pick in (min, max))
    planted = plant({"h": happened, "c": could}, ("h", "c"), effect, np.random.default_rng(seed), share=share)
    assert np.all(planted.numerator >= happened)
    assert planted.truth == pytest.approx((planted.numerator.sum() - happened.sum()) / could.sum())
    if share:
        assert np.all(planted.numerator <= could)
        room = (could - happened).sum() / could.sum()
        assert planted.truth == pytest.approx(min(effect, room), abs=0.51 / could.sum())
    else:
        assert planted.truth == pytest.approx(effect)
