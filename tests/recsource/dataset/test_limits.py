"""Personalize's limits: at each one everything passes, and one step beyond it the sentence says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from recsource.dataset.columns import INTERACTIONS, ITEM_ID, USER_ID, Column, ExportedTable, describe
from recsource.dataset.layout import TableName
from recsource.dataset.limits import Measures, require_columns, require_measures
from recsource.dataset.settings import ExportSettings
from recsource.errors import DatasetError

GOOD: Mapping[TableName, Measures] = {
    "interactions": Measures(rows=1_000, users=500, returning=25),
    "users": Measures(rows=1),
    "items": Measures(rows=1),
}


def _table(name: TableName, metadata: int, form: str = "category") -> ExportedTable:
    key = USER_ID if name == "users" else ITEM_ID
    columns = (Column(f"C{n}", f"c{n}", form, metadata=True) for n in range(metadata))  # type: ignore[arg-type]
    return ExportedTable(name, (key, *columns))


def test_the_shipped_settings_pass() -> None:
    settings = ExportSettings()
    require_columns(describe(settings), list(settings.event_weights))


@pytest.mark.parametrize(("table", "most"), [("users", 25), ("items", 100)])
def test_metadata_columns_are_counted(table: TableName, most: int) -> None:
    require_columns([_table(table, most)], ["listen"])
    with pytest.raises(DatasetError, match=f"{table}: {most + 1} metadata columns are more than {most}"):
        require_columns([_table(table, most + 1)], ["listen"])


@pytest.mark.parametrize("table", ["users", "items"])
def test_one_metadata_column_there_must_be(table: TableName) -> None:
    with pytest.raises(DatasetError, match=f"{table}: there is no metadata column; choose one"):
        require_columns([_table(table, 0)], ["listen"])


def test_one_text_there_may_be() -> None:
    require_columns([_table("items", 1, "text")], ["listen"])
    with pytest.raises(DatasetError, match=r"items: 2 columns are texts \(C0, C1\); leave all but one out"):
        require_columns([_table("items", 2, "text")], ["listen"])


@pytest.mark.parametrize("name", ["TIMESTAMP", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE"])
def test_reserved_names_are_refused(name: str) -> None:
    table = ExportedTable("items", (ITEM_ID, Column(name, "x", "category", metadata=True)))
    with pytest.raises(DatasetError, match=f"items: {name} is a name that Personalize keeps for itself"):
        require_columns([table], ["listen"])


@pytest.mark.parametrize("name", ["GENRE-1", "1ST", "MÉLODIE", "", "A" * 64])
def test_names_are_letters_digits_and_underscores(name: str) -> None:
    table = ExportedTable("items", (ITEM_ID, Column(name, "x", "category", metadata=True)))
    with pytest.raises(DatasetError, match="is no name for a column"):
        require_columns([table], ["listen"])


def test_names_that_differ_by_underscores_are_the_same() -> None:
    columns = [Column(name, "x", "category", metadata=True) for name in ("GENRES_1", "GENRES1")]
    with pytest.raises(DatasetError, match="items: 2 columns are all named GENRES1; keep one"):
        require_columns([ExportedTable("items", (ITEM_ID, *columns))], ["listen"])


def test_kinds_of_events_are_counted() -> None:
    require_columns([INTERACTIONS], [str(n) for n in range(10)])
    with pytest.raises(DatasetError, match="event_weights: 11 kinds of events are more than 10"):
        require_columns([INTERACTIONS], [str(n) for n in range(11)])
    with pytest.raises(DatasetError, match="event_weights: no kind of event counts"):
        require_columns([INTERACTIONS], [])


def test_the_smallest_dataset_passes() -> None:
    require_measures(GOOD, Measures(rows=1))


@pytest.mark.parametrize(
    ("table", "changed", "sentence"),
    [
        ("interactions", {"rows": 999}, "interactions: 999 are fewer than 1000; look further back"),
        ("interactions", {"returning": 24}, "interactions: 24 users have two or more, fewer than 25"),
        ("interactions", {"users": 10_000, "returning": 99}, "99 users have two or more, fewer than 100"),
        ("users", {"rows": 0}, "users: there are none"),
        ("items", {"rows": 0}, "items: there are none"),
        ("users", {"malformed": {"USER_ID": 3}}, "users: 3 value.s. of USER_ID are empty or have quotes"),
        ("items", {"too_long": {"TOPIC": 2}}, "items: 2 value.s. of TOPIC are too long"),
    ],
)
def test_one_step_beyond_a_limit_is_told(table: TableName, changed: dict[str, object], sentence: str) -> None:
    measures = {**GOOD, table: replace(GOOD[table], **changed)}  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match=sentence):
        require_measures(measures, Measures(rows=1))


def test_nobody_to_recommend_to_is_told() -> None:
    with pytest.raises(DatasetError, match="recipients: nobody who passes the filters consents to email"):
        require_measures(GOOD, Measures(rows=0))


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(DatasetError) as caught:
        require_measures({**GOOD, "items": Measures(rows=0)}, Measures(rows=1, malformed={"USER_ID": 1}))
    assert str(caught.value) == (
        "the export cannot be trained on: items: there are none; recipients: 1 value(s) of USER_ID are empty or "
        "have quotes, backslashes or line breaks; give those other ids"
    )
