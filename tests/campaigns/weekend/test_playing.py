"""A simulated weekend: nobody is lost in it, it keeps the rules of a real one, and trouble makes it longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.dispatch.pacing import SPARE, Rate
from campaigns.dispatch.timing import QuietHours
from campaigns.weekend.backlog import shared_out
from campaigns.weekend.conditions import Fate, Provider, Senders, Weekend
from campaigns.weekend.playing import play

SATURDAY = datetime(2026, 11, 21, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = Weekend({SATURDAY: 20_000}, Provider(call_s=0.01), Senders(2, 2), Rate(500))

shares = st.floats(0, 0.1)
fates = st.builds(
    Fate, st.floats(0, 0.3), st.floats(0, 3), throttled=shares, deferred=shares, rejected=shares, uncertain=shares
)


@given(
    due=st.dictionaries(
        st.integers(0, 30).map(lambda n: SATURDAY + n * HOUR / 2), st.integers(0, 3_000), min_size=1
    ),
    fates=st.lists(fates, max_size=3),
    shards=st.integers(1, 5),
    workers=st.integers(1, 3),
    rate=st.builds(Rate, st.sampled_from([None, 3, 50, 400]), st.sampled_from([None, 500, 5_000])),
    seed=st.integers(0, 9),
)
@settings(max_examples=60)
def test_everybody_is_accounted_for(
    due: dict[datetime, int], fates: list[Fate], shards: int, workers: int, rate: Rate, seed: int
) -> None:
    played = play(Weekend(due, Provider(fates=fates), Senders(shards, workers), rate), Random(seed))
    assert sum(due.values()) == played.accepted + played.rejected + played.uncertain + played.cancelled
    assert sum(call.accepted for call in played.calls) == played.accepted
    assert sum(count for _, count in played.lateness) == played.accepted
    assert all(seconds >= 0 for seconds, _ in played.lateness)


def test_it_lasts_as_long_as_the_rate_makes_it_last() -> None:
    (call,) = play(PLAIN, Random(0)).calls
    assert call.seconds == pytest.approx(20_000 / 500 * (1 + SPARE), rel=0.02)


def test_without_a_limit_it_lasts_as_long_as_the_cores_need() -> None:
    weekend = replace(
        PLAIN, rate=Rate(), senders=Senders(1, 2, cores=1, message_s=0.001), provider=Provider(call_s=0)
    )
    (call,) = play(weekend, Random(0)).calls
    assert call.seconds == pytest.approx(20_000 * 0.001, rel=0.02)


def test_more_hosts_are_quicker_only_as_far_as_the_rate_allows() -> None:
    slow = replace(PLAIN, senders=Senders(1, 1, message_s=0.01))
    alone, four, forty = (
        play(replace(slow, senders=replace(slow.senders, shards=hosts)), Random(0)).calls[0].seconds
        for hosts in (1, 4, 40)
    )
    assert alone == pytest.approx(200, rel=0.02)
    assert four == pytest.approx(50, rel=0.03)
    assert forty == pytest.approx(20_000 / 500 * (1 + SPARE), rel=0.05)


def test_throttling_halves_the_pace_and_calm_brings_it_back() -> None:
    throttled = replace(PLAIN, provider=Provider(call_s=0.01, fates=[Fate(0.02, throttled=1.0)]))
    calm, slower = (sum(call.seconds for call in play(each, Random(3)).calls) for each in (PLAIN, throttled))
    assert 1.2 * calm < slower < 10 * calm


def test_the_day_s_number_holds_and_the_rest_follows_on_the_next_day_or_is_too_late() -> None:
    played = play(replace(PLAIN, rate=Rate(500, 6_000)), Random(0))
    assert [(call.began.day, call.accepted) for call in played.calls if call.accepted] == [
        (21, 6_000),
        (22, 6_000),
        (23, 6_000),
    ]
    assert played.cancelled == 2_000
    assert played.calls[0].used_up


def test_everybody_is_sent_to_in_their_own_hour() -> None:
    played = play(replace(PLAIN, due={SATURDAY + n * HOUR: 1_000 for n in range(5)}), Random(0))
    assert [(call.began, call.accepted) for call in played.calls] == [
        (SATURDAY + n * HOUR, 1_000) for n in range(5)
    ]
    assert played.late(1.0) < timedelta(seconds=5)


def test_the_deferred_are_tried_again_with_a_later_call_and_given_up_after_so_many() -> None:
    deferring = replace(PLAIN, provider=Provider(call_s=0.01, fates=[Fate(1.0, deferred=1.0)]), max_attempts=3)
    played = play(deferring, Random(0))
    assert (played.rejected, played.accepted) == (20_000, 0)
    assert played.provider_calls >= 3 * 20_000 / 50
    some = replace(PLAIN, provider=Provider(call_s=0.01, fates=[Fate(0.1, deferred=0.5)]))
    assert [call.began for call in play(some, Random(0)).calls][:2] == [SATURDAY, SATURDAY + HOUR]


def test_in_quiet_hours_nothing_leaves() -> None:
    quiet = replace(PLAIN, rate=Rate(2.0), quiet=QuietHours(2 * HOUR, 14 * HOUR))
    lateness = [seconds for seconds, _ in play(quiet, Random(0)).lateness]
    assert not [seconds for seconds in lateness if 2 * 3_600 + 300 < seconds < 14 * 3_600]
    assert max(lateness) >= 14 * 3_600


def test_the_same_dice_play_the_same_weekend() -> None:
    weekend = replace(PLAIN, provider=Provider(fates=[Fate(0.05, throttled=0.3, deferred=0.3)]))
    assert play(weekend, Random(5)) == play(weekend, Random(5))
    assert play(weekend, Random(5)) != play(weekend, Random(6))


@given(count=st.integers(0, 10_000), shards=st.integers(1, 50))
def test_shards_have_everybody_in_equal_parts(count: int, shards: int) -> None:
    sizes = [backlog.waiting for backlog in shared_out({SATURDAY: count}, shards)]
    assert sum(sizes) == count
    assert max(sizes) - min(sizes) <= 1
