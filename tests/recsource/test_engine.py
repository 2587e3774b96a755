"""The engine: values reach SQL only quoted, and rows from outside come in as they are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from tiny_world import AS_OF, ago

from recsource.engine import Engine, Queries, queries
from recsource.errors import RecsourceError

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as engine:
        yield engine


@given(st.lists(st.tuples(TEXT | st.none(), TEXT | st.none()), max_size=8))
@settings(max_examples=100)
def test_whatever_text_is_loaded_comes_back_as_it_was(
    engine: Engine, rows: list[tuple[str | None, str | None]]
) -> None:
    types = {"n": "INTEGER", "a": "VARCHAR", "b": "VARCHAR"}
    engine.load("loaded", types, [(n, *row) for n, row in enumerate(rows)])
    assert engine.rows("SELECT a, b FROM loaded ORDER BY n") == rows


def test_numbers_and_times_are_loaded_as_their_types(engine: Engine) -> None:
    row = (3, 0.25, ago(0.1), True, None)
    types = {"n": "INTEGER", "x": "DOUBLE", "at": "TIMESTAMP", "yes": "BOOLEAN", "nothing": "INTEGER"}
    engine.load("typed", types, [row])
    assert engine.row("FROM typed") == row


@given(TEXT)
@settings(max_examples=100)
def test_a_literal_is_never_read_as_sql(engine: Engine, text: str) -> None:
    assert engine.row(f"SELECT {queries.literal(text)}, {queries.literal([text, text])}") == (text, [text, text])


@given(TEXT.filter(bool))
@settings(max_examples=50)
def test_a_name_is_never_read_as_sql(engine: Engine, name: str) -> None:
    assert list(engine.columns(f"SELECT 1 AS {queries.name(name)}")) == [name]


@pytest.mark.parametrize(
    "value", [None, True, -7, 0.1, 1e-09, "it's", Path("a'b"), ["x", 1, None], date(2026, 11, 21)]
)
def test_literals_stand_for_their_values(engine: Engine, value: object) -> None:
    if isinstance(value, list):
        assert queries.literal(value) == "['x', 1, NULL]"
        return
    (found,) = engine.row(f"SELECT {queries.literal(value)}")
    assert (float(found) if isinstance(value, float) else found) == (  # type: ignore[arg-type]  # a decimal is a number
        str(value) if isinstance(value, Path) else value
    )


def test_a_time_is_taken_as_utc(engine: Engine) -> None:
    assert engine.row(f"SELECT {queries.literal(AS_OF)}") == (ago(0),)


def test_what_has_no_literal_is_refused() -> None:
    with pytest.raises(TypeError, match="no SQL literal for object"):
        queries.literal(object())


def test_a_query_without_a_parameter_that_it_needs_is_refused() -> None:
    with pytest.raises(UndefinedError, match="pairs"):
        Queries("recsource")("rules/collections")


def test_streams_see_utc_whatever_the_machines_time_zone() -> None:
    script = (
        "from recsource.engine import Engine\n"
        "zone = \"SELECT current_setting('TimeZone')\"\n"
        "with Engine(threads=1) as engine:\n"
        "    print(engine.row(zone), *engine.stream(zone, size=1))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], env={"TZ": "America/New_York"}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "('UTC',) ('UTC',)"


def test_one_thread_works_alone_and_the_others_come_back() -> None:
    threads = "SELECT current_setting('threads')"
    with Engine(threads=3) as engine:
        with engine.one_thread():
            assert engine.row(threads) == (1,)
        with pytest.raises(duckdb.CatalogException), engine.one_thread():
            engine.run("FROM nothing")
        assert engine.row(threads) == (3,)


def test_its_working_files_go_with_it(tmp_path: Path) -> None:
    with Engine(threads=1, working_folder=tmp_path) as engine:
        engine.load("kept", {"a": "VARCHAR"}, [("x",)])
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_too_little_memory_is_said_in_a_sentence(tmp_path: Path) -> None:
    with (
        Engine(memory_limit="20MB", threads=1, working_folder=tmp_path) as engine,
        pytest.raises(RecsourceError, match=r"needs more memory.*raise `memory_limit` under \[engine\]"),
    ):
        engine.run("CREATE TABLE big AS SELECT list(range) AS all FROM range(30_000_000)")
