"""DuckDB's SQL in Spark's words: the constructs that mean something else there."""

from __future__ import annotations

import pytest

from recsource.engine.dialect import duckdb_type, spark_sql, spark_type, statements
from recsource.sharder import shard_sql


def _in_spark(sql: str) -> str:
    (statement,) = statements(sql)
    return spark_sql(statement)


def test_places_come_from_the_lists_own_and_begin_at_1() -> None:
    assert _in_spark(
        "SELECT u, unnest(ids) AS id, CAST(generate_subscripts(ids, 1) AS INTEGER) AS rank FROM o"
    ) == (
        "SELECT u, id, CAST((place_in_list + 1) AS INT) AS rank FROM o "
        "LATERAL VIEW POSEXPLODE(ids) element AS place_in_list, id"
    )


def test_each_select_explodes_its_own_list() -> None:
    inner = "SELECT unnest(b) AS y, generate_subscripts(b, 1) AS m FROM o"
    text = _in_spark(f"WITH r AS ({inner}) SELECT unnest(a) AS x, generate_subscripts(a, 1) AS n, y, m FROM r")
    assert text.count("POSEXPLODE(a)") == text.count("POSEXPLODE(b)") == 1


def test_a_shards_digits_are_read_as_hexadecimal() -> None:
    assert _in_spark(f"SELECT {shard_sql('s', 'user_id')}") == (
        "SELECT CAST((CAST(CONV(SUBSTRING(MD5('s' || '-' || user_id), 1, 8), 16, 10) AS BIGINT) % 10000) AS INT)"
    )


def test_a_texts_time_is_read_where_it_looks_like_one() -> None:
    text = _in_spark("SELECT TRY_CAST(TRY_CAST(x AS TIMESTAMPTZ) AS TIMESTAMP)")
    assert text.startswith("SELECT TRY_CAST(CASE WHEN x RLIKE '")
    assert text.endswith("' THEN TRY_CAST(x AS TIMESTAMP) END AS TIMESTAMP_NTZ)")


def test_a_fields_name_may_hold_anything() -> None:
    assert _in_spark("SELECT {'a `b': 1}") == "SELECT STRUCT(1 AS `a ``b`)"


def test_a_text_of_several_statements_is_taken_one_by_one() -> None:
    texts = [
        spark_sql(each) for each in statements("CREATE OR REPLACE TABLE t AS SELECT 1; -- why\nDROP TABLE t;")
    ]
    assert texts == ["CREATE OR REPLACE TABLE t AS SELECT 1", "DROP TABLE t"]


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("VARCHAR", "STRING"),
        ("INTEGER", "INT"),
        ("TIMESTAMP", "TIMESTAMP_NTZ"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
        ("BOOLEAN", "BOOLEAN"),
        ("DOUBLE", "DOUBLE"),
        ("BIGINT", "BIGINT"),
    ],
)
def test_types_have_a_name_on_each_side(duckdb: str, spark: str) -> None:
    assert spark_type(duckdb) == spark
    assert duckdb_type(spark) == duckdb
