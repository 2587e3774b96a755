"""What most people play, in the place of a batch: under the same rules, for everybody eligible."""

from __future__ import annotations

import random

from hypothesis import given, settings
from picking import Picker, email_languages, occasion
from random_worlds import dice, read_rules, rules, worlds
from rules_oracle import Slot, expect_popular
from tiny_world import TinyWorld, ago, heard, item, user

from recsource.picks import make_popular_picks
from recsource.rules.rule import Rule


def _popular(picker: Picker, world: TinyWorld, rules: tuple[Rule, ...]) -> set[Slot]:
    picker.pick(world, rules)
    make_popular_picks(picker.engine, rules=rules, occasion=occasion(rules))
    query = "SELECT user_id, source, slot, item_id, collection_id, rank FROM popular_picks"
    return set(picker.engine.rows(query))  # type: ignore[arg-type]  # the columns' types are these


@given(worlds, rules)
@settings(max_examples=120)
def test_whatever_the_rules_and_their_order_popular_picks_are_what_the_oracle_says(
    picker: Picker, world: TinyWorld, rules: tuple[Rule, ...]
) -> None:
    expected = expect_popular(world, rules, email_languages(world), occasion(rules))
    assert _popular(picker, world, rules) == expected


@given(worlds, rules, dice)
@settings(max_examples=20)
def test_neither_the_order_of_rows_nor_threads_change_popular_picks(
    picker: Picker, world: TinyWorld, rules: tuple[Rule, ...], dice: random.Random
) -> None:
    expected = _popular(picker, world, rules)
    shuffled = TinyWorld(
        **{name: dice.sample(list(rows), len(rows)) for name in world.__slots__ if (rows := getattr(world, name))}
    )
    with picker.engine.one_thread():
        assert _popular(picker, shuffled, rules) == expected


def test_popular_picks_are_the_most_played_of_what_is_new_and_not_those_of_the_batch(picker: Picker) -> None:
    world = TinyWorld(
        items=[
            item("old", published_at=ago(90)),
            item("loved"),
            item("liked"),
            item("silent"),
            item("bear", for_kids=True),
        ],
        users=[user("u"), user("v")],
        interactions=[
            *(heard("v", "old") for _ in range(9)),
            *(heard("v", "loved") for _ in range(3)),
            *(heard("v", "liked") for _ in range(2)),
            *(heard("v", "bear") for _ in range(5)),
        ],
    )
    only_new = read_rules(
        [{"rule": "only_new", "days": 14}, {"rule": "kids", "listens": 9}, {"rule": "take", "slots": 3}]
    )
    found = {row[:4] for row in _popular(picker, world, only_new)}
    loved, liked, silent = ((n, name) for n, name in enumerate(("loved", "liked", "silent"), 1))
    assert found == {(who, "popular", *pick) for who in "uv" for pick in (loved, liked, silent)}
