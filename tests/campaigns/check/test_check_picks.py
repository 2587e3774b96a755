"""What slots show: each problem is found where it was planted, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sound_message import BARE_TEXT, CATALOGUE, DUE, SOUND, Case, item, with_items

from campaigns.ground.item import Collection
from campaigns.ground.plan_row import Slot

TOMORROW = (DUE + timedelta(days=1)).replace(tzinfo=None)
FIRST, SECOND = item("i1"), item("i2", "A Second Train")


@pytest.mark.parametrize(
    ("code", "case", "detail"),
    [
        ("empty_slots", with_items(FIRST), "1 of 2"),
        ("repeated_pick", with_items(FIRST, FIRST), "item i1"),
        ("look_alike", with_items(FIRST, item("i2", "a night train")), "a night train"),
        (
            "not_out_yet",
            with_items(FIRST, replace(SECOND, published_at=TOMORROW)),
            "item i2, published 2026-11-22",
        ),
        (
            "expired",
            with_items(FIRST, replace(SECOND, attributes={"expires_at": DUE})),
            "item i2, gone from 2026-11-21",
        ),
        (
            "expired",
            with_items(FIRST, replace(SECOND, attributes={"expires_at": "2026-11-20"})),
            "item i2, gone from",
        ),
        ("other_language", with_items(FIRST, replace(SECOND, language="de")), "item i2 in de, for a reader of en"),
        ("broken_link", with_items(FIRST, replace(SECOND, url="https://app.example/items/None")), "/items/None"),
        (
            "missing_image",
            with_items(FIRST, replace(SECOND, image_url="file:///none/such.png")),
            "file:///none/such",
        ),
    ],
)
def test_a_planted_problem_is_found(code: str, case: Case, detail: str) -> None:
    assert case.codes() == {code}
    assert detail in case.findings()[code].detail


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(SOUND, id="an item and a collection"),
        pytest.param(with_items(FIRST, SECOND), id="two items"),
        pytest.param(
            with_items(FIRST, replace(SECOND, language="fr")),
            id="a language that the campaign does not have, by its fallback",
        ),
        pytest.param(
            with_items(FIRST, replace(SECOND, published_at=DUE.replace(tzinfo=None))),
            id="an item published at that very moment",
        ),
        pytest.param(
            with_items(FIRST, replace(SECOND, attributes={"expires_at": TOMORROW})),
            id="an item gone the day after",
        ),
        pytest.param(
            with_items(FIRST, replace(SECOND, attributes={"expires_at": None})), id="an item that never goes"
        ),
        pytest.param(with_items(replace(FIRST, image_url=""), replace(SECOND, image_url="")), id="no pictures"),
    ],
)
def test_what_only_looks_like_a_problem_is_none(case: Case) -> None:
    assert case.codes() == set()


def test_a_heavy_picture_is_a_warning_that_says_how_heavy(tmp_path: Path) -> None:
    heavy, light = tmp_path / "heavy cover.png", tmp_path / "light.png"
    heavy.write_bytes(b"x" * 201 * 1024)
    light.write_bytes(b"x" * 200 * 1024)
    shown = (replace(FIRST, image_url=heavy.as_uri()), replace(SECOND, image_url=light.as_uri()))
    finding = with_items(*shown).findings()["heavy_image"]
    assert (finding.severity, "201 KB, wanted at most 200 KB" in finding.detail) == ("warning", True)
    assert "light.png" not in finding.detail
    allowed = replace(with_items(*shown), check={"max_image_kilobytes": 201})
    assert allowed.codes() == set()


def test_a_collection_of_the_same_id_as_an_item_is_no_repetition() -> None:
    catalogue = replace(CATALOGUE, collections={"i1": Collection("i1", "Calm", "series", "", "https://y.example")})
    row = replace(SOUND.row, slots=(Slot(1, "curated", "i1"), Slot(2, "curated", None, "i1")))
    message = replace(SOUND.message, text=f"{BARE_TEXT} A Night Train, Calm")
    assert Case(row, message, catalogue).codes() == set()
