"""The door: whatever the format, the same table; and whatever is wrong, a sentence that says what and where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from door import SUFFIXES, WORLD, open_all, with_columns, write_without
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_world import ago, collection, suppression, write_table

from recsource.engine import Engine
from recsource.errors import InputError
from recsource.inputs import find, open_table
from recsource.schema import COLLECTIONS, SUPPRESSIONS, TABLES, USERS, Table


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as engine:
        yield engine


def _rows(engine: Engine, table: Table) -> set[tuple[object, ...]]:
    return set(engine.rows(f"FROM {table.name}"))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_format_gives_the_same_table(engine: Engine, tmp_path: Path, table: Table, suffix: str) -> None:
    WORLD.write(tmp_path, suffix)
    open_all(engine, tmp_path, suffix)
    assert _rows(engine, table) == {tuple(row[name] for name in table.columns) for row in WORLD.rows(table)}
    assert engine.columns(f"FROM {table.name}") == {name: column.type for name, column in table.columns.items()}


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=4, unique_by=lambda row: row[0]))
@settings(max_examples=40)
def test_texts_pass_the_door_as_they_are(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("texts")
    rows = [collection(key, title=title, kind=kind) for key, title, kind in texts]
    for suffix in SUFFIXES:
        write_table(folder / f"collections{suffix}", COLLECTIONS, rows)
        open_all(engine, folder, suffix, [COLLECTIONS])
        assert {row[:3] for row in _rows(engine, COLLECTIONS)} == set(texts), suffix


def test_a_value_in_quotes_far_down_a_file_is_read_as_one(engine: Engine, tmp_path: Path) -> None:
    rows = [collection(f"c{n}") for n in range(25_000)]
    write_table(tmp_path / "collections.csv", COLLECTIONS, [*rows, collection("last", title='Calm, "deep"')])
    open_all(engine, tmp_path, ".csv", [COLLECTIONS])
    assert engine.row("SELECT title FROM collections WHERE collection_id = 'last'") == ('Calm, "deep"',)


def test_a_value_of_another_sort_far_down_a_file_is_read_too(engine: Engine, tmp_path: Path) -> None:
    rows = [collection("x") | {"collection_id": n} for n in range(25_000)]
    write_table(tmp_path / "collections.jsonl", COLLECTIONS, [*rows, collection("last")])
    open_all(engine, tmp_path, ".jsonl", [COLLECTIONS])
    assert engine.row("SELECT count(*) FROM collections WHERE collection_id IN ('7', 'last')") == (2,)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-21T00:00:00", ago(0)),
        ("2026-11-21 00:00:00", ago(0)),
        ("2026-11-21", ago(0)),
        ("2026-11-21T00:00:00Z", ago(0)),
        ("2026-11-21T02:00:00+02:00", ago(0)),
        ("2026-11-20 12:00:00-06:00", ago(0.25)),
    ],
)
def test_a_time_with_an_offset_is_turned_to_utc(
    engine: Engine, tmp_path: Path, suffix: str, written: str, utc: object
) -> None:
    write_table(tmp_path / f"suppressions{suffix}", SUPPRESSIONS, [suppression("a@b.example") | {"at": written}])
    open_all(engine, tmp_path, suffix, [SUPPRESSIONS])
    assert engine.row('SELECT "at" FROM suppressions') == (utc,)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_column_that_may_be_left_out_is_null_throughout(engine: Engine, tmp_path: Path, suffix: str) -> None:
    WORLD.write(tmp_path, suffix)
    write_without(tmp_path / f"users{suffix}", USERS, "cohort")
    open_all(engine, tmp_path, suffix)
    assert engine.row("SELECT count(*), count(cohort) FROM users") == (3, 0)


def test_further_columns_are_carried_along_as_they_come(engine: Engine, tmp_path: Path) -> None:
    rows = [collection("c") | {"tags": ["a", "b"], "weight": 0.5}]
    for suffix in (".parquet", ".jsonl"):
        write_table(tmp_path / f"collections{suffix}", COLLECTIONS, rows)
        open_all(engine, tmp_path, suffix, [COLLECTIONS])
        assert engine.row("SELECT tags, weight FROM collections") == (["a", "b"], 0.5)
        assert list(engine.columns("FROM collections"))[-2:] == ["tags", "weight"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_glob_of_files_is_one_table_whatever_the_order_of_their_columns(
    engine: Engine, tmp_path: Path, suffix: str
) -> None:
    write_table(tmp_path / f"part-1{suffix}", COLLECTIONS, [collection("a")])
    backwards = with_columns(COLLECTIONS, list(COLLECTIONS.columns)[::-1])
    write_table(tmp_path / f"part-2{suffix}", backwards, [collection("b")])
    source = find("collections", f"part-*{suffix}", tmp_path)
    open_table(engine, COLLECTIONS, source)
    assert [path.name for path in source.files] == [f"part-1{suffix}", f"part-2{suffix}"]
    assert engine.rows("SELECT collection_id, title FROM collections ORDER BY 1") == [
        ("a", "Days of a"),
        ("b", "Days of b"),
    ]


@pytest.mark.parametrize("pattern", ["collections.csv", "*.csv", "**/*.csv"])
def test_a_workspace_may_lie_in_a_folder_of_any_name(engine: Engine, tmp_path: Path, pattern: str) -> None:
    root = tmp_path / "our [winter] work, 100%"
    root.mkdir()
    write_table(root / "collections.csv", COLLECTIONS, [collection("c")])
    open_table(engine, COLLECTIONS, find("collections", pattern, root))
    assert engine.row("SELECT collection_id FROM collections") == ("c",)


@pytest.mark.parametrize("name", ["collections.csv", "c*.csv"])
def test_a_path_or_glob_may_be_absolute(tmp_path: Path, name: str) -> None:
    write_table(tmp_path / "collections.csv", COLLECTIONS, [])
    found = find("collections", str(tmp_path / name), tmp_path / "elsewhere")
    assert found.files == (tmp_path / "collections.csv",)


@pytest.mark.parametrize("pattern", ["items.csv", "data/*.parquet", "", "a**b", "sub"])
def test_files_that_are_not_there_are_named_with_where_they_were_sought(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputError) as caught:
        find("items", pattern, tmp_path)
    assert str(caught.value).startswith(f"items: no file matches {pattern!r} in {tmp_path}; put the file there")


def test_a_table_of_no_rows_is_one(engine: Engine, tmp_path: Path) -> None:
    for suffix in (".csv", ".parquet"):
        write_table(tmp_path / f"collections{suffix}", COLLECTIONS, [])
        open_all(engine, tmp_path, suffix, [COLLECTIONS])
        assert engine.row("SELECT count(*) FROM collections") == (0,)


def test_numbers_and_flags_in_json_may_stand_for_ids(engine: Engine, tmp_path: Path) -> None:
    rows = [collection("x") | {"collection_id": 123456789012345678901234567890, "title": 1.50}]
    path = tmp_path / "collections.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    open_all(engine, tmp_path, ".jsonl", [COLLECTIONS])
    assert engine.row("SELECT collection_id, title FROM collections") == ("123456789012345678901234567890", "1.5")
