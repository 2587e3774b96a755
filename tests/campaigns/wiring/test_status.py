"""Who is at work: workers are told together that send one shard on one host."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from campaigns.ground.shard import WHOLE, Shard
from campaigns.ports.entries import Holding
from campaigns.wiring.status import AtWork, who_is_at_work

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def held(owner: str, claimed: int, submitting: int, minute: int) -> Holding:
    return Holding(owner, claimed, submitting, NOW + minute * MINUTE, NOW + (15 + minute) * MINUTE)


def test_workers_of_a_host_and_shard_are_counted_together_and_apart_from_all_others() -> None:
    holdings = [
        held("anna/2of2/7-a/1", 40, 10, 3),
        held("anna/2of2/7-a/2", 50, 0, 1),
        held("anna/1of2/8-b/1", 5, 0, 2),
        held("ben/2of2/7-a/1", 1, 1, 4),
        held("ben/9-c/1", 3, 0, 5),
    ]
    expected = [
        AtWork("ben", WHOLE, 1, 3, 0, NOW + 5 * MINUTE, NOW + 20 * MINUTE),
        AtWork("anna", Shard(1, 2), 1, 5, 0, NOW + 2 * MINUTE, NOW + 17 * MINUTE),
        AtWork("anna", Shard(2, 2), 2, 90, 10, NOW + MINUTE, NOW + 16 * MINUTE),
        AtWork("ben", Shard(2, 2), 1, 1, 1, NOW + 4 * MINUTE, NOW + 19 * MINUTE),
    ]
    for order in (holdings, holdings[::-1]):
        assert who_is_at_work(order) == expected


def test_nobody_is_at_work_on_what_nobody_holds() -> None:
    assert who_is_at_work([]) == []
