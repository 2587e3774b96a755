"""What the door refuses: each time a sentence that says what is wrong, where, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from door import SUFFIXES, WORLD, open_all, write_without
from tiny_world import Row, ago, chosen, heard, item, user, write_table

from recsource.engine import Engine
from recsource.errors import InputError
from recsource.inputs import Source, find, open_table
from recsource.schema import COLLECTIONS, CURATED, INTERACTIONS, ITEMS, USERS, Table


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as engine:
        yield engine


def _refusal(engine: Engine, folder: Path, table: Table, rows: Sequence[Row], suffix: str = ".csv") -> str:
    """What the door says of a table beside the world's others."""
    WORLD.write(folder, suffix)
    write_table(folder / f"{table.name}{suffix}", table, rows)
    with pytest.raises(InputError) as caught:
        open_all(engine, folder, suffix)
    sentence = str(caught.value)
    assert sentence.startswith(f"{table.name}: '{table.name}{suffix}'")
    return sentence


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_column_is_named_beside_those_that_are_there(
    engine: Engine, tmp_path: Path, suffix: str
) -> None:
    WORLD.write(tmp_path, suffix)
    write_without(tmp_path / f"collections{suffix}", COLLECTIONS, "kind")
    with pytest.raises(InputError) as caught:
        open_all(engine, tmp_path, suffix)
    assert str(caught.value) == (
        f"collections: 'collections{suffix}' has no column 'kind'; it has 'collection_id', 'title', 'image_url', "
        "'url'; add or rename the column"
    )


@pytest.mark.parametrize(
    ("column", "values", "complaint"),
    [
        ("duration_s", ["long", 5, "x"], "2 value(s) are not whole numbers, first 'long', 'x'; correct them"),
        ("duration_s", [3.7, 4.0, 5], "1 value(s) are not whole numbers, first '3.7'; correct them"),
        ("duration_s", [2**40, 4, 5], "1 value(s) are not whole numbers, first '1099511627776'; correct them"),
        ("for_kids", ["perhaps", True, 0], "1 value(s) are not true or false, first 'perhaps'; correct them"),
        (
            "published_at",
            ["21.11.26", "soon", ago(1)],
            "2 value(s) are not times (UTC, such as 2026-11-21 18:00:00), first '21.11.26', 'soon'; correct them",
        ),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_values_of_the_wrong_type_are_counted_and_the_first_shown(
    engine: Engine, tmp_path: Path, column: str, values: list[object], complaint: str, suffix: str
) -> None:
    rows = [row | {column: value} for row, value in zip(WORLD.items, values, strict=True)]
    assert _refusal(engine, tmp_path, ITEMS, rows, suffix).endswith(f", column {column!r}: {complaint}")


def test_a_parquet_column_of_the_wrong_type_is_refused_only_for_values_that_do_not_fit(
    engine: Engine, tmp_path: Path
) -> None:
    WORLD.write(tmp_path)
    texts = replace(ITEMS, columns=dict(ITEMS.columns) | {"duration_s": ITEMS.columns["title"]})
    rows = [dict(row) | {"duration_s": str(row["duration_s"])} for row in WORLD.items]
    write_table(tmp_path / "items.parquet", texts, rows)
    open_all(engine, tmp_path, ".parquet")
    write_table(tmp_path / "items.parquet", texts, [*rows[1:], rows[0] | {"duration_s": "ten"}])
    with pytest.raises(InputError, match=r"column 'duration_s': 1 value\(s\) are not whole numbers, first 'ten'"):
        open_all(engine, tmp_path, ".parquet")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_value_is_refused_with_the_key_of_its_row(engine: Engine, tmp_path: Path, suffix: str) -> None:
    rows = [item("b", title=None), item("a", title=None), *(item(f"i{n}", title=None) for n in range(9))]
    sentence = _refusal(engine, tmp_path, ITEMS, rows, suffix)
    assert sentence.endswith(
        "column 'title': 11 row(s) hold 'None' where a value in every row is wanted, "
        "first item_id 'a'; item_id 'b'; item_id 'i0'; correct or remove them"
    )


def test_a_value_outside_the_closed_list_is_refused_with_the_list(engine: Engine, tmp_path: Path) -> None:
    rows = [heard("U-1", "i", "heard"), heard("U-1", "i", "skip"), heard("U-1", "i")]
    sentence = _refusal(engine, tmp_path, INTERACTIONS, rows)
    assert (
        "column 'event': 2 row(s) hold 'heard', 'skip' where one of 'listen', 'complete', 'favourite', 'view'"
        in (sentence)
    )
    assert "first user_id 'U-1', item_id 'i', event 'heard', at '2026-11-19 00:00:00'" in sentence


@pytest.mark.parametrize(
    ("table", "rows", "complaint"),
    [
        (ITEMS, [item(item_id) for item_id in "babac"], "2 key(s) (item_id) stand more than once, first 'a', 'b'"),
        (USERS, [user("u")] * 3, "1 key(s) (user_id) stand more than once, first 'u'"),
        (
            CURATED,
            [chosen(1, "i"), chosen(1, "007"), chosen(1, "i", "de")],
            "1 key(s) (edition, language, position) stand more than once, first '2026-W47 / en / 1'",
        ),
    ],
)
def test_a_key_that_stands_twice_is_refused(
    engine: Engine, tmp_path: Path, table: Table, rows: list[Row], complaint: str
) -> None:
    assert _refusal(engine, tmp_path, table, rows).endswith(f": {complaint}; keep one row each")


@pytest.mark.parametrize(
    ("table", "rows", "complaint"),
    [
        (ITEMS, [item("x", collection_id="gone")], "'collection_id': 1 row(s) name an id that collections"),
        (INTERACTIONS, [heard("who", "i"), heard("who", "i")], "'user_id': 2 row(s) name an id that users"),
        (INTERACTIONS, [heard("U-1", "gone"), heard("U-1", "I")], "'item_id': 2 row(s) name an id that items"),
        (CURATED, [chosen(1, "gone")], "'item_id': 1 row(s) name an id that items"),
    ],
)
def test_an_id_that_its_table_does_not_have_is_refused(
    engine: Engine, tmp_path: Path, table: Table, rows: list[Row], complaint: str
) -> None:
    sentence = _refusal(engine, tmp_path, table, rows)
    assert f", column {complaint} does not have, first " in sentence
    assert any(repr(wrong) in sentence for wrong in ("gone", "who"))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_an_empty_file_is_refused(engine: Engine, tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"collections{suffix}").touch()
    with pytest.raises(InputError, match=f"collections: 'collections{suffix}' (has no column|cannot be read)"):
        open_all(engine, tmp_path, suffix, [COLLECTIONS])


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("collections.parquet", b"PAR1 but no more", "cannot be read: Invalid Input Error"),
        ("collections.jsonl", b'{"collection_id": "c", "title"\n', "cannot be read: .*Malformed JSON"),
        ("collections.csv", b"collection_id,title,kind,image_url,url\nc,t,k,i\n", "has no column|cannot be read"),
        ("collections.csv", b"collection_id,title,kind,image_url,url\nc,\xe9,k,i,u\n", "Line: 2 .*not utf-8"),
    ],
)
def test_a_damaged_file_is_refused_in_the_engines_words(
    engine: Engine, tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"^collections: '{name}' .*({complaint})"):
        open_table(engine, COLLECTIONS, find("collections", name, tmp_path))


def test_what_a_damaged_row_says_about_somebody_is_not_repeated(engine: Engine, tmp_path: Path) -> None:
    write_table(tmp_path / "users.csv", USERS, [user(f"u{n}") for n in range(30_000)])
    with (tmp_path / "users.csv").open("a", newline="") as file:
        file.write("u,ada@secret.example,Ada,en\r\n")
    with pytest.raises(InputError, match="Line: 30002 Expected Number of Columns: 12 Found: 4") as caught:
        open_all(engine, tmp_path, ".csv", [USERS])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("names", [["a.txt"], ["a.csv", "a.parquet"], ["a"]])
def test_files_of_unknown_or_mixed_endings_are_refused(engine: Engine, tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    source = Source("a*", tuple(tmp_path / name for name in names))
    with pytest.raises(InputError, match=r"collections: 'a\*' matches files ending in .*; wanted only .parquet"):
        open_table(engine, COLLECTIONS, source)
