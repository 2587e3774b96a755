"""The rules as invariants: on random worlds, in any order, they do what the oracle says, and count it right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picking import Picker, email_languages, occasion
from random_worlds import dice, read_rules, rules, worlds
from rules_oracle import Slot, expect
from tiny_world import TinyWorld, ago, chosen, heard, item, recommended, user

from recsource.picks import PickCounts
from recsource.rules.rule import Rule

TAKE_TWO = {"rule": "take", "slots": 2}


@given(worlds, rules, st.sets(st.sampled_from(("u", "U", "ü", "u-1"))))
@settings(max_examples=150)
def test_whatever_the_rules_and_their_order_they_do_what_the_oracle_says(
    picker: Picker, world: TinyWorld, rules: tuple[Rule, ...], left_out: set[str]
) -> None:
    eligible = [str(row["user_id"]) for row in world.users if row["user_id"] not in left_out]
    expected = expect(world, rules, email_languages(world, eligible), occasion(rules))
    picks, counts = picker.pick(world, rules, eligible)
    assert picks == expected.picks
    assert counts.rules == expected.rules
    assert {name: n for name, n in asdict(counts.batch).items() if n} == {
        k: n for k, n in expected.batch.items() if n
    }
    assert _added_up(counts) == counts.pairs
    assert (counts.pairs, counts.people) == (len(picks), len({user_id for user_id, *_ in picks}))


def _added_up(counts: PickCounts) -> int:
    """What must be left, by what each step says that it removed, merged and added."""
    known = counts.batch.pairs - counts.batch.unknown_items - counts.merged
    return known + sum(rule.pairs_added - rule.pairs_removed for rule in counts.rules)


@given(worlds, rules, dice)
@settings(max_examples=25)
def test_the_order_of_rows_and_lines_and_the_number_of_threads_do_not_matter(
    picker: Picker, world: TinyWorld, rules: tuple[Rule, ...], dice: random.Random
) -> None:
    expected, counts = picker.pick(world, rules)
    with picker.engine.one_thread():
        assert picker.pick(_shuffled(world, dice), rules) == (expected, counts)


def _shuffled(world: TinyWorld, dice: random.Random) -> TinyWorld:
    return TinyWorld(
        **{name: dice.sample(list(rows), len(rows)) for name in world.__slots__ if (rows := getattr(world, name))}
    )


PROMISES = (
    {"rule": "only_new", "days": 7},
    {"rule": "kinds", "exclude": ["music"]},
    {"rule": "language", "fallback": {"fr": ["en"]}},
    {"rule": "kids", "listens": 2},
    {"rule": "not_heard", "listens": 1},
    {"rule": "collections"},
    {"rule": "at_most", "narrator": 1, "topic": 2},
    {"rule": "shuffle", "strength": 0.5},
    {"rule": "fill"},
)


@given(worlds, st.permutations(PROMISES), st.integers(1, 3))
@settings(max_examples=40)
def test_every_promise_holds_of_every_pick_in_whatever_order_the_rules_stand(
    picker: Picker, world: TinyWorld, order: Sequence[dict[str, object]], take: int
) -> None:
    picks, _ = picker.pick(world, read_rules([*order, {"rule": "take", "slots": take}]))
    for user_id in {slot[0] for slot in picks}:
        shown = sorted((slot for slot in picks if slot[0] == user_id), key=lambda slot: slot[2])
        assert [slot[2] for slot in shown] == list(range(1, take + 1))
        _assert_promises(world, user_id, shown)


def _assert_promises(world: TinyWorld, user_id: str, shown: Sequence[Slot]) -> None:
    items = {row["item_id"]: row for row in world.items}
    own = [items[item_id] for _, _, _, item_id, _, _ in shown if item_id]
    rolled_up = [collection_id for _, _, _, _, collection_id, _ in shown if collection_id]
    events = [
        (row["item_id"], row["event"])
        for row in world.interactions
        if row["user_id"] == user_id and row["event"] in ("listen", "complete") and row["at"] <= ago(0)  # type: ignore[operator]
    ]
    (language,) = {row["language"] for row in world.users if row["user_id"] == user_id}
    kids_heard = sum(bool(items[item_id]["for_kids"]) for item_id, _ in events)
    for row in own:
        assert ago(7) < row["published_at"] <= ago(0)  # type: ignore[operator]
        assert row["kind"] != "music"
        assert row["language"] in {"zxx", "en" if language == "fr" else language}
        assert not row["for_kids"] or kids_heard >= 2
        assert (row["item_id"], "complete") not in events
        assert events.count((row["item_id"], "listen")) <= 1
        assert row["collection_id"] is None
    assert len(set(rolled_up)) == len(rolled_up)
    assert len({row["item_id"] for row in own}) == len(own)
    for column, limit in (("narrator", 1), ("topic", 2)):
        most = Counter(row[column] for row in own if row[column]).most_common(1)
        assert not most or most[0][1] <= limit


def test_an_item_recommended_more_than_once_is_merged_at_its_best_rank(picker: Picker) -> None:
    world = TinyWorld(
        items=[item("a"), item("b")],
        users=[user("u")],
        lines=[recommended("u", ["b", "a", "b"]), recommended("u", ["a"])],
    )
    picks, counts = picker.pick(world, read_rules([TAKE_TWO]))
    assert counts.merged == 2
    assert picks == {("u", "recommended", 1, "a", None, 1), ("u", "recommended", 2, "b", None, 1)}


def test_short_lists_are_filled_at_their_end_and_long_ones_left_alone(picker: Picker) -> None:
    world = TinyWorld(
        items=[item(item_id) for item_id in "abcdef"],
        users=[user("short"), user("long"), user("none")],
        curated=[chosen(1, "e"), chosen(2, "a"), chosen(3, "f", edition="2026-W46")],
        interactions=[heard("long", "d"), heard("long", "d"), heard("none", "c")],
        lines=[recommended("short", ["a"]), recommended("long", ["b", "c"])],
    )
    picks, counts = picker.pick(world, read_rules([{"rule": "fill"}, TAKE_TWO]))
    assert picks == {
        ("short", "recommended", 1, "a", None, 1),
        ("short", "curated", 2, "e", None, None),
        ("long", "recommended", 1, "b", None, 1),
        ("long", "recommended", 2, "c", None, 2),
        ("none", "curated", 1, "e", None, None),
        ("none", "curated", 2, "a", None, None),
    }
    assert (counts.rules[0].people_added, counts.rules[0].pairs_removed) == (1, 0)


@pytest.mark.parametrize("source", ["curated", "popular"])
def test_fill_brings_no_kids_content_to_adults(picker: Picker, source: str) -> None:
    world = TinyWorld(
        items=[item("kids", for_kids=True), item("calm")],
        users=[user("adult"), user("parent")],
        curated=[chosen(1, "kids"), chosen(2, "calm")],
        interactions=[
            heard("parent", "kids"),
            heard("parent", "kids"),
            heard("adult", "calm"),
            heard("adult", "kids"),
        ],
    )
    order = [{"rule": "kids", "listens": 2}, {"rule": "fill", "sources": [source]}, {"rule": "take", "slots": 1}]
    picks, _ = picker.pick(world, read_rules(order))
    assert {(user_id, item_id) for user_id, _, _, item_id, _, _ in picks} == {
        ("adult", "calm"),
        ("parent", "kids"),
    }


def test_what_two_fills_add_stands_in_their_order(picker: Picker) -> None:
    world = TinyWorld(
        items=[item("a"), item("b")], users=[user("u")], curated=[chosen(1, "b")], interactions=[heard("u", "a")]
    )
    order = [{"rule": "fill", "sources": [source]} for source in ("curated", "popular")]
    picks, _ = picker.pick(world, read_rules([*order, TAKE_TWO]))
    assert picks == {("u", "curated", 1, "b", None, None), ("u", "popular", 2, "a", None, None)}


def test_what_is_both_curated_and_popular_comes_from_the_source_named_first(picker: Picker) -> None:
    world = TinyWorld(
        items=[item("a"), item("b")],
        users=[user("u")],
        curated=[chosen(1, "a"), chosen(2, "b")],
        interactions=[heard("u", "b")],
    )
    picks, _ = picker.pick(world, read_rules([{"rule": "fill", "sources": ["curated", "popular"]}, TAKE_TWO]))
    assert picks == {("u", "curated", 1, "a", None, None), ("u", "curated", 2, "b", None, None)}


def test_a_reader_without_a_language_is_shown_only_what_has_no_words(picker: Picker) -> None:
    world = TinyWorld(
        items=[item("en"), item("rain", language="zxx")],
        users=[user("u", language=None)],
        lines=[recommended("u", ["en", "rain"])],
    )
    for order in (["language", "collections"], ["collections", "language"]):
        picks, _ = picker.pick(
            world, read_rules([*({"rule": rule} for rule in order), {"rule": "take", "slots": 1}])
        )
        assert picks == {("u", "recommended", 1, "rain", None, 2)}


def test_a_further_column_of_the_catalogue_may_have_any_name(picker: Picker) -> None:
    world = TinyWorld(
        items=[item("old", published_at=ago(30))], users=[user("u")], lines=[recommended("u", ["old"])]
    )
    order = read_rules([{"rule": "only_new", "days": 7}, {"rule": "take", "slots": 1}])
    world.make_tables(picker.engine)
    for column in ("verdict", "item_no", "kind_no"):
        picker.engine.run(f"ALTER TABLE items ADD COLUMN {column} INTEGER")
    picker.engine.run("ALTER TABLE users ADD COLUMN hears_kids INTEGER")
    picker.engine.run("CREATE OR REPLACE TABLE eligible AS SELECT user_id, 'en' AS email_language FROM users")
    _, counts = picker.pick_from(world.write_batch(picker.folder / "batch.out"), order)
    assert (counts.rules[0].pairs_removed, counts.rules[0].people_removed, counts.pairs) == (1, 1, 0)
