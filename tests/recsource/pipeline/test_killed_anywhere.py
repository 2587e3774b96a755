"""The pipeline against Personalize, killed after each of its calls and run again: nothing is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from killing import KillableStorage, Killed, Killer
from personalize_books import Books
from personalize_house import FastTimer, House, MemoryBucket, house_of_personalize
from personalize_work import CountingWork
from plain_parts import Bench

from recsource.personalize import PersonalizeRecommender
from recsource.pipeline.pruning import find_old, remove
from recsource.pipeline.running import run

SHARDS = 4


@dataclass
class World:
    """A pipeline that can be killed, on a fake that can be made anew."""

    house: House
    killer: Killer

    def renew(self) -> Bench:
        """An empty account and an empty bucket."""
        bucket = self.house.bucket
        bucket.texts.clear()
        self.house.fake.books = Books(CountingWork(bucket), steps=("CREATE PENDING",), page=100)
        return self.bench(bucket)

    def bench(self, bucket: MemoryBucket) -> Bench:
        storage = KillableStorage(bucket, self.killer)
        made = Bench(storage)
        made.recommender = PersonalizeRecommender(
            self.house.recommender()._client, storage, self.house.recommender()._settings, FastTimer()
        )
        return made

    def outcome(self) -> tuple[object, object]:
        """What stands in the account's books, and what lies in the bucket, but for times."""
        lasting = {key: text for key, text in self.house.bucket.texts.items() if not key.endswith("run.json")}
        return sorted(self.house.books.made), lasting


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, house_of_personalize(patch, exported=False) as house:
        killer = Killer()
        killer.watch_clients(patch)
        yield World(house, killer)


def arm(killer: Killer, at: int = 0) -> None:
    killer.calls, killer.at = 0, at


def calls_of_a_whole_run(world: World) -> int:
    bench = world.renew()
    arm(world.killer)
    run(bench.parts())
    return world.killer.calls


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_after_any_call_and_run_again_nothing_is_made_twice(world: World, shard: int) -> None:
    calls = calls_of_a_whole_run(world)
    expected = world.outcome()
    assert calls > 60
    assert len(world.house.books.made) == len(set(world.house.books.made)) == 16
    for at in range(1 + shard, calls + 1, SHARDS):
        bench = world.renew()
        arm(world.killer, at)
        with pytest.raises(Killed):
            run(bench.parts())
        arm(world.killer)
        run(bench.parts())
        assert world.outcome() == expected, f"killed after call {at}"


def test_killed_again_and_again_it_still_comes_to_an_end(world: World) -> None:
    calls = calls_of_a_whole_run(world)
    expected = world.outcome()
    bench = world.renew()
    deaths = 0
    while deaths < 20:
        arm(world.killer, calls * 2 // 3)
        try:
            run(bench.parts())
        except Killed:
            deaths += 1
        else:
            break
    assert 2 <= deaths < 20
    assert world.outcome() == expected


def test_pruning_killed_after_any_call_and_begun_again_leaves_nothing(world: World) -> None:
    deaths = 0
    for at in range(1, 60, 4):
        bench = world.renew()
        arm(world.killer)
        run(bench.parts(), "old")
        bench.now += timedelta(days=7)
        run(bench.parts(), "new", force=True)
        (old,) = find_old(bench.parts(), keep=1)
        arm(world.killer, at)
        try:
            remove(bench.parts(), old)
        except Killed:
            deaths += 1
        arm(world.killer)
        for left in find_old(bench.parts(), keep=1):
            remove(bench.parts(), left)
        entries = world.house.books.entries.values()
        remains = [one.arn for one in entries if "winddown-old" in one.arn and one.kind != "BatchInferenceJob"]
        assert (remains, world.house.bucket.keys("runs/old/")) == ([], []), f"killed after call {at}"
        assert world.house.bucket.keys("runs/new/")
    assert deaths > 5
