"""Rate limits: never more than so many in a minute, exactly as long a wait as needed, and little memory."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.web.limiting import RateLimit


@dataclass
class Watch:
    """A clock that goes when told."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=200))
def test_no_minute_has_more_than_twice_what_is_allowed_nor_any_first_minute_more(
    per_minute: int, pauses: list[float]
) -> None:
    """A full burst and a minute's refill are the most that this algorithm lets through in any 60 s."""
    watch = Watch()
    limit = RateLimit(per_minute, seconds=watch)
    taken: list[float] = []
    for pause in pauses:
        watch.now += pause
        if not limit.take("somebody"):
            taken.append(watch.now)
    for start in taken:
        assert sum(start <= moment < start + 60 for moment in taken) <= 2 * per_minute
    if taken:
        at_once = [moment for moment in taken if moment == taken[0]]
        assert len(at_once) <= per_minute


@given(st.integers(1, 50), st.integers(1, 100))
def test_over_a_long_time_the_rate_is_kept(per_minute: int, tries: int) -> None:
    watch = Watch()
    limit = RateLimit(per_minute, seconds=watch)
    minutes = 10
    taken = 0
    for _ in range(minutes * tries):
        taken += not limit.take("somebody")
        watch.now += 60 / tries
    assert taken <= per_minute * (minutes + 1)
    assert taken >= min(tries, per_minute) * minutes - 1


@given(st.integers(1, 100))
def test_the_wait_is_as_long_as_is_said(per_minute: int) -> None:
    watch = Watch()
    limit = RateLimit(per_minute, seconds=watch)
    while not (wait := limit.take("somebody")):
        pass
    assert wait == pytest.approx(60 / per_minute)
    watch.now += wait * 0.99
    assert limit.take("somebody") > 0
    watch.now += wait * 0.02
    assert limit.take("somebody") == 0


def test_asking_counts_nothing_and_others_are_others() -> None:
    limit = RateLimit(1, seconds=Watch())
    assert [limit.wait("a") for _ in range(5)] == [0.0] * 5
    assert limit.take("a") == 0
    assert limit.wait("a") > 0
    assert limit.take("b") == 0


def test_only_the_latest_keys_are_remembered() -> None:
    limit = RateLimit(1, most_keys=100, seconds=Watch())
    for number in range(10_000):
        assert limit.take(number) == 0
    assert len(limit._clear_at) == 100
    assert limit.take(9_999) > 0
