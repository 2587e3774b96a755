"""The shuffle: fresh each edition, as strong as it is told, and fair at full strength."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from picking import SEED, Picker
from random_worlds import read_rules
from tiny_world import TinyWorld, item, recommended, user

from recsource.rules.rule import Rule


def _world(people: int, items: str) -> TinyWorld:
    users = [f"user {n}" for n in range(people)]
    return TinyWorld(
        items=[item(item_id) for item_id in sorted(items)],
        users=[user(user_id) for user_id in users],
        lines=[recommended(user_id, items) for user_id in users],
    )


def _rules(strength: float, slots: int) -> tuple[Rule, ...]:
    return read_rules([{"rule": "shuffle", "strength": strength}, {"rule": "take", "slots": slots}])


def _orders(picker: Picker, world: TinyWorld, strength: float, seed: str = SEED) -> dict[str, str]:
    picks, _ = picker.pick(world, _rules(strength, len(world.items)), seed=seed)
    orders: dict[str, str] = {}
    for user_id, _, _, item_id, _, _ in sorted(picks, key=lambda slot: slot[2]):
        orders[user_id] = orders.get(user_id, "") + str(item_id)
    return orders


def test_strength_0_keeps_the_recommenders_order(picker: Picker) -> None:
    assert set(_orders(picker, _world(20, "dacbfe"), 0).values()) == {"dacbfe"}


def test_strength_1_makes_every_order_equally_likely(picker: Picker) -> None:
    people, orders_there_are = 1_200, 24
    counts = Counter(_orders(picker, _world(people, "cabd"), 1).values())
    expected = people / orders_there_are
    chi_squared = sum((counts[order] - expected) ** 2 / expected for order in counts)
    assert len(counts) == orders_there_are
    assert chi_squared < 49.73  # 23 degrees of freedom: exceeded once in a thousand salts


@given(st.sampled_from((0.1, 0.25, 0.5, 0.8)))
@settings(max_examples=4)
def test_a_pick_overtakes_only_those_that_its_strength_lets_it_reach(picker: Picker, strength: float) -> None:
    items = "abcdefghij"
    reach = strength / (1 - strength) * len(items)
    orders = set(_orders(picker, _world(60, items), strength).values())
    overtaken = [
        items.index(first) - items.index(second)
        for order in orders
        for first, second in combinations(order, 2)
        if items.index(first) > items.index(second)
    ]
    assert len(orders) > 1
    assert 0 < max(overtaken) < reach


def test_the_same_recommendations_come_in_a_fresh_order_each_week_and_the_same_within_one(picker: Picker) -> None:
    world = _world(40, "abcdef")
    this_week = _orders(picker, world, 1)
    assert _orders(picker, world, 1) == this_week
    next_week = _orders(picker, world, 1, seed="weekly_winddown/2026-W48")
    assert sum(this_week[user_id] == next_week[user_id] for user_id in this_week) <= 2


def test_two_people_with_one_list_do_not_see_one_order(picker: Picker) -> None:
    orders: Sequence[str] = list(_orders(picker, _world(40, "abcdef"), 1).values())
    assert len(set(orders)) > 35
