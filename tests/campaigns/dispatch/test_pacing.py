"""The pace: never above the rate in any second, and hardly below it, however late batches are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.dispatch.pacing import (
    LATE,
    SPARE,
    Rate,
    batch_size,
    forgo,
    fresh,
    grant,
    reserve,
    slot_of,
    slow_down,
    spent_today,
)
from campaigns.ground.pace import Pace

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def most_in_a_second(departures: list[tuple[datetime, int]]) -> int:
    """The most messages in any half-open window of a second; the fullest one begins with a departure."""
    departures = sorted(departures)
    most = first = inside = 0
    for at, size in departures:
        inside += size
        while departures[first][0] <= at - SECOND:
            inside -= departures[first][1]
            first += 1
        most = max(most, inside)
    return most


def simulate(rate: Rate, size: int, *, seconds: float, workers: int, luck: Random) -> list[tuple[datetime, int]]:
    """Departures of workers that take slots, and are late for them by as much as they may, or miss them.

    Those that miss one give it back at their next turn.
    """
    pace: Pace | None = None
    free = [NOON] * workers
    missed: dict[int, datetime] = {}
    departures = []
    while min(free) < NOON + timedelta(seconds=seconds):
        worker = min(range(workers), key=free.__getitem__)
        if worker in missed:
            pace = forgo(pace, rate, size, missed.pop(worker))
        pace = reserve(pace, free[worker], rate, size, recipients=size)
        slot = slot_of(pace, rate, size)
        late = timedelta(seconds=luck.choice([0, 0, 0, 0.0005, luck.random() * SPARE, luck.random() * 4 * SPARE]))
        at = max(free[worker], slot) + late
        if at <= slot + timedelta(seconds=LATE):
            departures.append((at, size))
        else:
            missed[worker] = slot
        free[worker] = at
    return departures


@given(
    per_second=st.sampled_from([0.5, 1, 3, 14, 50, 70, 500, 2000]),
    at_most=st.sampled_from([1, 20, 50, 1000]),
    in_one_call=st.booleans(),
    workers=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
def test_no_second_ever_has_more_than_the_rate(
    *, per_second: float, at_most: int, in_one_call: bool, workers: int, seed: int
) -> None:
    rate = Rate(per_second)
    size = batch_size(rate, at_most, in_one_call=in_one_call)
    departures = simulate(rate, size, seconds=min(4, 400 / per_second), workers=workers, luck=Random(seed))
    assert most_in_a_second(departures) <= max(1, per_second)


@pytest.mark.parametrize("per_second", [1, 14, 50, 500, 2000])
@pytest.mark.parametrize("in_one_call", [True, False])
def test_workers_that_keep_up_use_nearly_all_of_it(per_second: int, *, in_one_call: bool) -> None:
    rate = Rate(per_second)
    size = batch_size(rate, 50, in_one_call=in_one_call)
    pace = reserve(None, NOON, rate, size, recipients=size)
    slots = 1
    while pace.free_at < NOON + 60 * SECOND:
        pace = reserve(pace, slot_of(pace, rate, size), rate, size, recipients=size)
        slots += 1
    assert slots * size / 60 >= 0.97 * per_second


@given(per_second=st.floats(0.01, 100_000), at_most=st.integers(1, 1000), in_one_call=st.booleans())
def test_a_slot_has_room_for_what_the_sender_takes_and_the_second_allows(
    per_second: float, at_most: int, *, in_one_call: bool
) -> None:
    size = batch_size(Rate(per_second), at_most, in_one_call=in_one_call)
    assert 1 <= size <= at_most
    assert size <= max(1, per_second)


def test_without_a_rate_every_slot_is_at_once() -> None:
    pace = None
    for n in range(5):
        now = NOON + n * SECOND
        pace = reserve(pace, now, Rate(), 50, recipients=50)
        assert slot_of(pace, Rate(), 50) <= now
    assert spent_today(pace, NOON) == 250


def test_a_quiet_time_is_not_made_up_for() -> None:
    rate = Rate(50)
    pace = reserve(None, NOON, rate, 10, recipients=10)
    later = NOON + timedelta(hours=1)
    starts = []
    for _ in range(3):
        pace = reserve(pace, later, rate, 10, recipients=10)
        starts.append(slot_of(pace, rate, 10))
    assert starts[0] >= later - timedelta(seconds=SPARE)
    assert starts[2] - starts[0] >= 2 * SECOND / 5


def test_a_slot_that_was_missed_is_taken_again_unless_somebody_has_one_after_it() -> None:
    rate = Rate(50)
    pace = reserve(None, NOON, rate, 10, recipients=10)
    slot = slot_of(pace, rate, 10)
    again = reserve(forgo(pace, rate, 10, slot), slot + SECOND / 10, rate, 10, recipients=10)
    assert slot < slot_of(again, rate, 10) <= slot + SECOND / 10
    later = reserve(pace, NOON, rate, 10, recipients=10)
    assert forgo(later, rate, 10, slot) == later


def test_throttling_halves_the_rate_once_and_calm_brings_it_back() -> None:
    pace = slow_down(fresh(NOON), NOON)
    assert pace.factor == 0.5
    assert slow_down(pace, NOON + SECOND / 10).factor == 0.5  # another worker's call of the same moment
    pace = slow_down(pace, NOON + SECOND)
    assert pace.factor == 0.25
    rate, now = Rate(50), NOON + SECOND
    slow = reserve(pace, now, rate, 10, recipients=10)
    assert slow.free_at - slot_of(slow, rate, 10) == pytest.approx((1 + SPARE) / 5 * 4 * SECOND, abs=SECOND / 1000)
    for n in range(60):
        pace = reserve(pace, now + n * SECOND, rate, 10, recipients=10)
    assert pace.factor == 1


def test_throttling_for_ever_never_stands_still() -> None:
    pace = fresh(NOON)
    for n in range(100):
        pace = slow_down(pace, NOON + n * SECOND)
    assert pace.factor > 0


@given(st.lists(st.integers(1, 400), max_size=30), st.integers(0, 2000))
def test_a_day_never_has_more_recipients_than_it_may(batches: list[int], per_day: int) -> None:
    rate, pace, sent = Rate(per_day=per_day), fresh(NOON), 0
    for size in batches:
        sent += grant(pace, NOON, rate, size)
        pace = reserve(pace, NOON, rate, 400, recipients=size)
        assert spent_today(pace, NOON) == sent <= per_day
    assert sent == min(per_day, sum(batches))


def test_a_new_day_begins_with_nothing_spent() -> None:
    pace = reserve(None, NOON, Rate(per_day=100), 50, recipients=50)
    assert grant(pace, NOON, Rate(per_day=100), 80) == 50
    assert grant(pace, NOON + timedelta(days=1), Rate(per_day=100), 80) == 80


def test_the_stricter_of_two_rates_holds() -> None:
    assert Rate(50, None).within(Rate(14, 200)) == Rate(14, 200)
    assert Rate(5, 10).within(Rate(14, 200)) == Rate(5, 10)
    assert Rate().within(Rate()) == Rate()
