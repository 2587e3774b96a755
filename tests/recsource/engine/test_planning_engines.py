"""What every engine that plans keeps to: the same SQL, the same rows, the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from door import SUFFIXES, WORLD, with_columns
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_world import ago, collection, item, recommended, suppression, user, write_table

from recsource.batch import LONGEST_LINE
from recsource.engine import Engine, PlanningEngine
from recsource.errors import InputError
from recsource.inputs import find, open_table
from recsource.schema import COLLECTIONS, SUPPRESSIONS, TABLES, USERS, Table

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def _open(engine: PlanningEngine, folder: Path, suffix: str, tables: Sequence[Table] = TABLES) -> None:
    for table in tables:
        open_table(engine, table, find(table.name, f"{table.name}{suffix}", folder))


def _load(engine: PlanningEngine, *numbers: int) -> None:
    engine.load("number", {"n": "INTEGER"}, [(n,) for n in numbers])


@given(st.lists(st.tuples(TEXT | st.none(), TEXT | st.none()), max_size=8))
@settings(max_examples=5)
def test_whatever_text_is_loaded_comes_back_as_it_was(
    engine: PlanningEngine, rows: list[tuple[str | None, str | None]]
) -> None:
    types = {"n": "INTEGER", "a": "VARCHAR", "b": "VARCHAR"}
    engine.load("loaded", types, [(n, *row) for n, row in enumerate(rows)])
    assert engine.rows("SELECT a, b FROM loaded ORDER BY n") == rows


def test_numbers_and_times_are_loaded_as_their_types(engine: PlanningEngine) -> None:
    row = (3, 0.25, ago(0.123456), True, None)
    types = {"n": "INTEGER", "x": "DOUBLE", "at": "TIMESTAMP", "yes": "BOOLEAN", "nothing": "VARCHAR"}
    engine.load("typed", types, [row])
    assert engine.row("FROM typed") == row
    assert engine.columns("FROM typed") == types


def test_a_table_may_be_made_anew_from_itself_and_a_view_sees_what_was_there(engine: PlanningEngine) -> None:
    _load(engine, 1, 2, 3)
    engine.run("CREATE OR REPLACE TABLE t AS SELECT n FROM number")
    engine.run(
        "CREATE OR REPLACE TABLE t AS SELECT n + 1 AS n FROM t WHERE n > 1; CREATE OR REPLACE VIEW v AS FROM t"
    )
    assert sorted(engine.rows("FROM v")) == [(3,), (4,)]


def test_a_table_that_is_dropped_is_gone(engine: PlanningEngine) -> None:
    engine.run("CREATE OR REPLACE TABLE t AS SELECT 1 AS n; DROP TABLE t")
    with pytest.raises(engine.failure):
        engine.rows("FROM t")


def test_a_stream_is_in_the_querys_order_whatever_its_chunks(engine: PlanningEngine) -> None:
    _load(engine, *range(100))
    found = list(engine.stream("SELECT n, n % 7 AS week FROM number ORDER BY week, n", size=9))
    assert found == sorted(((n, n % 7) for n in range(100)), key=lambda row: (row[1], row[0]))


def test_the_same_rows_are_written_as_the_same_bytes(engine: PlanningEngine, tmp_path: Path) -> None:
    rows = [(n, f"user {n}", None if n % 3 else ago(n), bool(n % 2)) for n in range(5_000)]
    types = {"n": "INTEGER", "id": "VARCHAR", "at": "TIMESTAMP", "flag": "BOOLEAN"}
    nested = """SELECT n, id, "at", [{'slot': n, 'item': id}] AS slots, {'flag': flag, 'a `"b': "at"} AS more"""
    with Engine(threads=1) as other:
        for each, name in ((engine, "one"), (other, "other")):
            each.load("shown", types, rows)
            each.run(f"CREATE OR REPLACE TABLE plan AS {nested} FROM shown")
            each.write("SELECT * FROM plan ORDER BY n", tmp_path / f"{name}.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_tables(engine: PlanningEngine, tmp_path: Path, suffix: str) -> None:
    WORLD.write(tmp_path, suffix)
    _open(engine, tmp_path, suffix)
    for table in TABLES:
        wanted = {tuple(row[name] for name in table.columns) for row in WORLD.rows(table)}
        assert set(engine.rows(f"FROM {table.name}")) == wanted
        types = {name: column.type for name, column in table.columns.items()}
        assert engine.columns(f"FROM {table.name}") == types


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4, unique_by=lambda row: row[0]))
@settings(max_examples=3)
def test_texts_pass_the_door_as_they_are(
    engine: PlanningEngine, tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]
) -> None:
    odd, plain = tmp_path_factory.mktemp("a [b] {c}, 100%"), tmp_path_factory.mktemp("plain, 100%")
    rows = [collection(key, title=title) for key, title in texts]
    for suffix in SUFFIXES:
        folder = plain if suffix == ".csv" else odd
        write_table(folder / f"collections{suffix}", COLLECTIONS, rows)
        _open(engine, folder, suffix, [COLLECTIONS])
        assert {row[:2] for row in engine.rows("FROM collections")} == set(texts), suffix


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_of_one_table_may_order_their_columns_as_they_like_or_lack_one(
    engine: PlanningEngine, tmp_path: Path, suffix: str
) -> None:
    names = [name for name in USERS.columns if name != "cohort"]
    write_table(
        tmp_path / f"part-1{suffix}", with_columns(USERS, names[::-1]), [{name: user("a")[name] for name in names}]
    )
    write_table(tmp_path / f"part-2{suffix}", USERS, [user("b", cohort="staff")])
    open_table(engine, USERS, find("users", f"part-*{suffix}", tmp_path))
    assert sorted(engine.rows("SELECT user_id, country, coalesce(cohort, '-') FROM users")) == [
        ("a", "GB", "-"),
        ("b", "GB", "staff"),
    ]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-21T00:00:00", ago(0)),
        ("2026-11-21", ago(0)),
        ("2026-11-21T00:00:00Z", ago(0)),
        ("2026-11-21T02:00:00+02:00", ago(0)),
        ("2026-11-20 12:00:00.5-06:00", ago(0.25 - 0.5 / 86_400)),
    ],
)
def test_a_time_with_an_offset_is_turned_to_utc(
    engine: PlanningEngine, tmp_path: Path, written: str, utc: object
) -> None:
    write_table(tmp_path / "suppressions.csv", SUPPRESSIONS, [suppression("a@b.example") | {"at": written}])
    _open(engine, tmp_path, ".csv", [SUPPRESSIONS])
    assert engine.row('SELECT "at" FROM suppressions') == (utc,)


@pytest.mark.parametrize("written", ["soon", "12:30", "2026-13-01", "now", "2026"])
def test_what_is_no_time_is_refused(engine: PlanningEngine, tmp_path: Path, written: str) -> None:
    write_table(tmp_path / "suppressions.csv", SUPPRESSIONS, [suppression("a@b.example") | {"at": written}])
    with pytest.raises(InputError, match=f"column 'at': 1 value.*first '{written}'"):
        _open(engine, tmp_path, ".csv", [SUPPRESSIONS])


@pytest.mark.parametrize("written", ["3", "3.0", "3e0"])
def test_a_whole_number_may_be_written_in_many_ways(engine: PlanningEngine, tmp_path: Path, written: str) -> None:
    WORLD.write(tmp_path, ".csv")
    items = [item("i", duration_s=written), item("007"), item("12:30")]
    write_table(tmp_path / "items.csv", TABLES[1], items)
    _open(engine, tmp_path, ".csv", TABLES[:2])
    assert engine.row("SELECT duration_s FROM items WHERE item_id = 'i'") == (3,)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("collections.parquet", "no Parquet", "cannot be read"),
        ("collections.jsonl", "{", "collections"),
        ("collections.csv", "collection_id,title\n1,2\n", "has no column 'kind', 'image_url', 'url'"),
        ("collections.csv", "collection_id,title,kind,image_url,url\na,b,c,d,e,f,g\n", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    engine: PlanningEngine, tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=complaint):
        _open(engine, tmp_path, Path(name).suffix, [COLLECTIONS])


def test_unknown_ids_and_repeated_keys_are_refused_with_the_first(engine: PlanningEngine, tmp_path: Path) -> None:
    write_table(tmp_path / "collections.csv", COLLECTIONS, [collection("b"), collection("b"), collection("a")])
    with pytest.raises(InputError, match=r"1 key.s. .collection_id. stand more than once, first 'b'"):
        _open(engine, tmp_path, ".csv", [COLLECTIONS])
    write_table(tmp_path / "collections.csv", COLLECTIONS, [collection("a")])
    write_table(tmp_path / "items.csv", TABLES[1], [item("i", collection_id="ç"), item("j", collection_id="z")])
    with pytest.raises(InputError, match=r"2 row.s. name an id that collections does not have, first 'z', 'ç'"):
        _open(engine, tmp_path, ".csv", TABLES[:2])


BATCH = (
    recommended("u", ["a", None, "😀"]),
    "not json", "[]", "7", "null", '"x"', "", "  \r", "{", "{}",
    recommended("u", ["a"]) + recommended("u", ["a"]),
    recommended("u", ["a"])[:-1],
    recommended("u", ["a"]) + " and more",
    recommended("u", ["a"]) + "],[",
    recommended("u", ["a"]) + ',{"end":"\u241c"}',
    recommended("v", ["a"]) + "\r",
    '{"input": "u", "output": {"recommendedItems": ["a"]}, "error": null}',
    '{"input": {"userId": 5}, "output": {"recommendedItems": [1, "a", null, 2.50]}}',
    '{"input": {"userId": "u"}, "output": {"recommendedItems": "a"}, "error": null}',
    '{"input": {"userId": "u"}, "output": {"items": ["a"]}, "error": null}',
    "{'input': {'userId': 'u'}, 'output': null}",
    '{"input": {"userId": "\\ud800"}, "output": {"recommendedItems": ["a"]}}',
    '{"input": {"userId": "\\ud83d\\ude34"}, "output": {"recommendedItems": ["\\\\ud800"]}}',
    '{"input": {"userId": "u"}, "output": null, "error": "no such user"}',
    '{"input": {"userId": "u"}, "output": null, "error": ""}',
    '{"input": {"userId": "u"}, "output": null, "error": {"code": 4, "message": "x"}}',
    '{"input": {"userid": "u"}, "output": {"recommendedItems": []}, "error": null}',
)  # fmt: skip


def test_every_engine_sees_the_same_in_a_batchs_lines(engine: PlanningEngine, tmp_path: Path) -> None:
    path = tmp_path / "batch.out"
    bytes_of_no_text = b"\xff\xfe\n\0\0\0\n" + b'{"input": {"userId": "\xff"}}\n'
    too_long = b'{"input":' + b"x" * 2 * LONGEST_LINE + b"\n"
    path.write_bytes("\n".join([*BATCH, ""]).encode() + bytes_of_no_text + too_long)
    query = "SELECT input.userId, error IS NULL, output IS NULL, output.recommendedItems FROM {} ORDER BY ALL"
    with Engine(threads=1) as duckdb:
        found, wanted = (
            [_useful(row) for row in each.rows(query.format(each.batch_reader([path], LONGEST_LINE)))]
            for each in (engine, duckdb)
        )
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    assert len(found) == len(BATCH) - 2 + 4


def _useful(row: tuple[object, ...]) -> tuple[object, ...]:
    """What screening looks at; of a line without a user it looks at nothing else."""
    return row if row[0] is not None else (None,)
