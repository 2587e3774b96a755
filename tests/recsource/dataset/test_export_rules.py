"""Which rows are exported: the SQL against the same rules in plain Python, on random small worlds, and by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from export_world import NOW, Oracle, at
from exporting import Exporter
from hypothesis import given
from hypothesis import strategies as st
from tiny_world import TinyWorld, item, user

from recsource.dataset.settings import ExportSettings

USERS = ("u", "U", "ü", "😴", "O'Hara")
ITEMS = ("a", "A", "é", "it's", "-")
MOMENTS = (-1, -1e-6, 0, 1e-6, 1, 1.5, 29, 30, 30.5, 89, 90, 90.1, 400)
"""Days before the export; some of them fall on its boundaries, some a tenth of a second beside them."""


def _world(dice: Random) -> TinyWorld:
    moments = [at(days) for days in MOMENTS]
    return TinyWorld(
        users=[
            user(
                name,
                language=dice.choice(["en", "de", None]),
                subscription=dice.choice(["active", "trial", None]),
                signed_up_at=dice.choice([None, at(500), at(0), at(-1)]),
                email_consent=dice.choice([True, True, False, None]),
            )
            for name in USERS
        ],
        items=[item(name, published_at=dice.choice([at(500), at(0), at(-1)])) for name in ITEMS],
        interactions=[
            {
                "user_id": dice.choice(USERS),
                "item_id": dice.choice(ITEMS[:3]),
                "event": dice.choice(["listen", "listen", "complete", "favourite", "view"]),
                "at": dice.choice(moments),
            }
            for _ in range(dice.randrange(60))
        ],
    )


def _settings(dice: Random) -> ExportSettings:
    weights: list[Mapping[str, float]] = [
        {"listen": 1.0, "complete": 2.0, "favourite": 3.0},
        {"listen": 0.25, "complete": 10.0},
        {"favourite": 1.0},
    ]
    return ExportSettings(
        interaction_days=dice.choice([30, 90, 365]),
        event_weights=dice.choice(weights),
        max_repeats=dice.choice([None, 1, 2, 3]),
        active_days=dice.choice([None, 1, 30]),
        min_interactions=dice.choice([1, 1, 3]),
        subscriptions=dice.choice([(), ("active",), ("active", "trial")]),
        languages=dice.choice([(), ("en",), ("de", "en")]),
        recipients=dice.choice(["active", "everyone"]),
    )


@given(st.integers(0, 2**32))
def test_the_sql_exports_what_the_rules_say(exporter: Exporter, seed: int) -> None:
    dice = Random(seed)
    world, settings = _world(dice), _settings(dice)
    oracle = Oracle(world, settings)
    found = [
        (user_id, item_id, moment, event, float(str(value)))
        for user_id, item_id, moment, event, value in exporter.rows("interactions", world, settings)
    ]
    assert found == oracle.interactions()
    assert [row[0] for row in exporter.rows("users", world, settings)] == oracle.users()
    assert [row[0] for row in exporter.rows("items", world, settings)] == oracle.items()
    assert [row[0] for row in exporter.rows("recipients", world, settings)] == oracle.recipients()


@given(st.integers(0, 2**32))
def test_what_happens_later_changes_nothing(exporter: Exporter, seed: int) -> None:
    """Interactions, items and sign-ups that come after the export's moment are as if they were not."""
    dice = Random(seed)
    world = _world(dice)
    settings = replace(_settings(dice), user_metadata=("language", "favourite_time"))
    later = [replace_at(row, dice) for row in world.interactions]
    grown = replace(
        world,
        interactions=[*world.interactions, *later],
        users=[*world.users, user("new", signed_up_at=at(-0.5), email_consent=True)],
        items=[*world.items, item("new", published_at=at(-0.5))],
    )
    for name in ("interactions", "users", "items", "recipients"):
        assert exporter.rows(name, grown, settings) == exporter.rows(name, world, settings)


def replace_at(row: dict[str, object], dice: Random) -> dict[str, object]:
    """The same interaction, later than the export."""
    return row | {"at": at(-dice.choice([1e-6, 0.3, 5]))}


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_in_the_warehouse_is_nothing_to_the_export(
    exporter: Exporter, seed: int, shuffler: Random
) -> None:
    dice = Random(seed)
    world, settings = _world(dice), _settings(dice)
    shuffled = replace(
        world, **{name: shuffler.sample(getattr(world, name), k=len(getattr(world, name))) for name in _TABLES}
    )
    for name in ("interactions", "users", "items", "recipients"):
        assert exporter.rows(name, shuffled, settings) == exporter.rows(name, world, settings)


_TABLES = ("interactions", "users", "items")


def _plays(*days_ago: float, event: str = "listen") -> list[dict[str, object]]:
    return [{"user_id": "u", "item_id": "a", "event": event, "at": at(days)} for days in days_ago]


def test_of_a_story_that_is_replayed_nightly_the_latest_plays_are_kept(exporter: Exporter) -> None:
    world = TinyWorld(
        users=[user("u")], items=[item("a", published_at=at(90))], interactions=_plays(*range(1, 61))
    )
    rows = exporter.rows("interactions", world, ExportSettings(max_repeats=2))
    assert [row[2] for row in rows] == [int((NOW - timedelta(days=days)).timestamp()) for days in (2, 1)]


def test_of_one_instant_the_stronger_event_is_kept(exporter: Exporter) -> None:
    plays = [*_plays(1), *_plays(1, event="favourite"), *_plays(1, event="complete")]
    world = TinyWorld(users=[user("u")], items=[item("a", published_at=at(90))], interactions=plays)
    ((*_, event, value),) = exporter.rows("interactions", world, ExportSettings(max_repeats=1))
    assert (event, float(str(value))) == ("favourite", 3.0)


@pytest.mark.parametrize(("hours", "expected"), [((0, 5.9), "00-06"), ((6, 22, 23), "18-24"), ((7, 19), "06-12")])
def test_the_favourite_time_is_the_quarter_with_the_most_plays_and_the_earlier_of_two(
    exporter: Exporter, hours: tuple[float, ...], expected: str
) -> None:
    plays = _plays(*(1 - hour / 24 for hour in hours))
    leaking = user("u", favourite_time="computed over the whole log")
    world = TinyWorld(users=[leaking], items=[item("a", published_at=at(90))], interactions=plays)
    settings = ExportSettings(user_metadata=("favourite_time",))
    assert exporter.rows("users", world, settings) == [("u", expected)]


def test_who_has_not_played_has_no_favourite_time(exporter: Exporter) -> None:
    settings = ExportSettings(user_metadata=("favourite_time",))
    assert exporter.rows("users", TinyWorld(users=[user("u")]), settings) == [("u", None)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ann", "Ann"),
        ("  Ann ", "Ann"),
        ("", None),
        ("  ", None),
        ('Ann "the voice"\r\nLee', "Ann 'the voice'  Lee"),
        ("a\\b", "a/b"),
        ("Ann|Bob", "Ann|Bob"),
        ("Zoë, 🌙", "Zoë, 🌙"),
    ],
)
def test_words_stay_on_one_line_without_what_two_readers_of_csv_read_differently(
    exporter: Exporter, value: str, expected: str | None
) -> None:
    world = TinyWorld(items=[item("a", narrator=value, description=value)])
    settings = ExportSettings(item_metadata=("narrator", "description"))
    assert exporter.rows("items", world, settings)[0][2:] == (expected, expected)


def test_flags_are_words_and_long_texts_are_cut(exporter: Exporter) -> None:
    world = TinyWorld(items=[item("a", for_kids=True, description="é" * 20_001), item("b", for_kids=False)])
    settings = ExportSettings(item_metadata=("for_kids", "description"))
    rows = exporter.rows("items", world, settings)
    assert [row[2] for row in rows] == ["true", "false"]
    assert rows[0][3] == "é" * 20_000


def test_moments_before_1970_are_rounded_down_like_the_others(exporter: Exporter) -> None:
    early = at(0).replace(year=1969, month=12, day=31, hour=23, minute=59, second=59, microsecond=700_000)
    rows = exporter.rows("items", TinyWorld(items=[item("a", published_at=early)]), ExportSettings())
    assert rows[0][1] == -1
