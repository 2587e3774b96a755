"""Judging batches, on a world small enough to reckon by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import log2
from pathlib import Path

import pytest

from recsource.batch import Batch
from recsource.engine import Engine
from recsource.pipeline.judged import Judged
from recsource.pipeline.judging import Told, judge_batches
from recsource.pipeline.question import Window

SPLIT = datetime(2026, 11, 10)  # noqa: DTZ001 - the engine's times are UTC without a zone
WINDOW = Window(SPLIT, SPLIT + timedelta(days=14), SPLIT - timedelta(days=14))
BEFORE, AFTER, LATER = (SPLIT + timedelta(days=days) for days in (-3, 3, 30))
USERS = {"ann": "en", "ben": "de", "cy": "en"}
ITEMS = {  # published days before the split, for kids, language
    "old": (90, False, "en"),
    "hit": (90, False, "en"),
    "new": (3, False, "en"),
    "kid": (3, True, "en"),
    "alt": (90, False, "de"),
    "yet": (-3, False, "en"),
}
PLAYS = [
    ("ann", "old", "listen", BEFORE),
    ("ann", "hit", "complete", BEFORE),
    ("ben", "hit", "listen", BEFORE),
    ("ann", "new", "complete", AFTER),
    ("ann", "hit", "listen", AFTER),  # heard before: no surprise
    ("ben", "alt", "favourite", AFTER),
    ("ben", "old", "view", AFTER),  # looking is not playing
    ("ben", "yet", "listen", AFTER),  # nobody could have recommended it
    ("ben", "new", "listen", LATER),  # too late
    ("cy", "old", "listen", AFTER),  # gets no recommendations
]


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine() as made:
        made.load("users", {"user_id": "VARCHAR", "language": "VARCHAR"}, USERS.items())
        made.load(
            "items",
            {"item_id": "VARCHAR", "published_at": "TIMESTAMP", "for_kids": "BOOLEAN", "language": "VARCHAR"},
            ((name, SPLIT - timedelta(days=days), kids, tongue) for name, (days, kids, tongue) in ITEMS.items()),
        )
        made.load(
            "interactions",
            {"user_id": "VARCHAR", "item_id": "VARCHAR", "event": "VARCHAR", "at": "TIMESTAMP"},
            PLAYS,
        )
        yield made


def batch(path: Path, lists: dict[str, list[str]]) -> Batch:
    lines = [
        {
            "input": {"userId": who},
            "output": {"recommendedItems": items, "scores": [0.5] * len(items)},
            "error": None,
        }
        for who, items in lists.items()
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return Batch((path,), SPLIT)


@pytest.fixture
def judged(engine: Engine, tmp_path: Path) -> Judged:
    """Ours puts `new` first for Ann and `alt` second for Ben; popularity knows neither."""
    batches = {
        "personalised": batch(tmp_path / "ours.out", {"ann": ["hit", "new", "kid"], "ben": ["old", "alt"]}),
        "popularity": batch(tmp_path / "pop.out", {"ann": ["hit", "old", "kid"], "ben": ["hit", "old", "kid"]}),
    }
    return judge_batches(engine, batches, Told(["ann", "ben"], ["listen", "complete", "favourite"], WINDOW))


def test_lists_are_judged_by_what_was_played_for_the_first_time_afterwards(judged: Judged) -> None:
    assert judged.users == 2
    ours = judged.everything["personalised"].means
    assert ours["NDCG@25"].mean == pytest.approx((1 + 1 / log2(3)) / 2)
    assert ours["MRR@25"].mean == pytest.approx((1 + 1 / 2) / 2)
    assert judged.everything["popularity"].means["NDCG@25"].mean == 0


def test_new_items_are_judged_by_themselves(judged: Judged) -> None:
    assert judged.new["personalised"].means["NDCG@25"].mean == pytest.approx(1)
    assert judged.new["popularity"].means["NDCG@25"].mean == 0


def test_the_gain_over_popularity_has_an_interval(judged: Judged) -> None:
    gain = judged.everything["personalised"].gains["NDCG@25"]
    assert 0 < gain.low <= gain.mean <= gain.high


def test_places_in_which_rules_would_have_fired_are_counted(judged: Judged) -> None:
    ours, popularity = judged.rules["personalised"], judged.rules["popularity"]
    assert (ours.shown, ours.kids, ours.language, ours.repeat) == (5, 1, 1, 1)
    assert (popularity.shown, popularity.kids, popularity.language, popularity.repeat) == (6, 2, 3, 1)


def test_what_was_only_looked_at_is_still_new_to_somebody(engine: Engine, tmp_path: Path) -> None:
    engine.run(f"INSERT INTO interactions VALUES ('ann', 'new', 'view', TIMESTAMP '{BEFORE}')")
    batches = {name: batch(tmp_path / f"{name}.out", {"ann": ["new"]}) for name in ("personalised", "popularity")}
    judged = judge_batches(engine, batches, Told(["ann"], ["listen", "complete"], WINDOW))
    assert judged.everything["personalised"].means["NDCG@25"].mean == pytest.approx(1)


def test_the_repeat_rule_fires_where_the_campaigns_would(engine: Engine, tmp_path: Path) -> None:
    for day in (4, 5):
        engine.run(f"INSERT INTO interactions VALUES ('ann', 'old', 'listen', '{SPLIT - timedelta(days=day)}')")
    batches = {name: batch(tmp_path / f"{name}.out", {"ann": ["old", "hit"]}) for name in ("ours", "popularity")}
    judged = judge_batches(engine, batches, Told(["ann"], ["listen", "complete"], WINDOW))
    assert judged.rules["ours"].repeat == 2  # one completed, one listened to three times


def test_people_read_tables(judged: Judged) -> None:
    text = judged.as_text()
    assert "judged by 2 people" in text
    assert "| personalised |" in text
    assert "| popularity | 6 | 33.3% | 50.0% | 16.7% |" in text
    assert json.loads(json.dumps(judged.as_dict()))["users"] == 2


def test_where_nobody_played_anything_it_is_said(engine: Engine, tmp_path: Path) -> None:
    batches = {name: batch(tmp_path / f"{name}.out", {"ann": ["old"]}) for name in ("personalised", "popularity")}
    long_ago = Window(SPLIT - timedelta(days=400), SPLIT - timedelta(days=390), SPLIT - timedelta(days=414))
    judged = judge_batches(engine, batches, Told(["ann"], ["listen"], long_ago))
    assert judged.as_text() == "Nobody has played anything new since the lists were made.\n"
