"""How Spark reads what DuckDB's readers read, so that both see the same rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from recsource.engine import dialect
from recsource.engine.port import Form
from recsource.errors import EngineError

_CSV = {"header": "true", "quote": '"', "escape": '"', "multiLine": "true", "mode": "FAILFAST"}
_JSON = {"mode": "FAILFAST", "allowSingleQuotes": "false"}
_LINE = "input STRUCT<userId: STRING>, output STRUCT<recommendedItems: ARRAY<STRING>>, error STRING"
_END = "\u241c"
"""Closes a line's array, so that what follows its object is noticed."""
_LONE_SURROGATE = (
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_SPECIAL = re.compile(r"([\\\[\]{}*?])")


def read_table(session: SparkSession, form: Form, files: Sequence[Path], columns: Mapping[str, str]) -> DataFrame:
    """A table's files as one table, their columns matched by name."""
    paths = [as_path(file) for file in files]
    match form:
        case "parquet":
            return session.read.option("mergeSchema", "true").parquet(*paths)
        case "csv":
            return _read_csv(session, files)
        case "json":
            schema = ", ".join(f"{_quoted(key)} {dialect.spark_type(kind)}" for key, kind in columns.items())
            reader = session.read.options(**_JSON)
            return (reader.schema(schema) if schema else reader).json(paths)


def read_batch(session: SparkSession, files: Sequence[Path], longest: int) -> DataFrame:
    """A batch's lines: each parsed as the first of an array of two, whose second says that nothing followed it."""
    lines = session.read.option("lineSep", "\n").text([as_path(file) for file in files])
    text = f.col("value")
    closed = f.concat(f.lit("["), text, f.lit(f',{{"end":"{_END}"}}]'))
    parsed = f.from_json(closed, f"ARRAY<STRUCT<{_struct(_LINE)}, end: STRING>>", {**_JSON, "mode": "PERMISSIVE"})
    sound = f.is_valid_utf8(text) & (f.octet_length(text) <= longest) & ~text.rlike(_LONE_SURROGATE)
    whole = (f.size("parsed") == 2) & f.get("parsed", f.lit(1))["end"].eqNullSafe(_END)  # noqa: PLR2004 - it and the end
    return (
        lines.where(text.rlike(r"[^ \t\r]"))
        .select(f.when(sound, parsed).alias("parsed"))
        .select(f.when(whole, f.get("parsed", f.lit(0))).alias("line"))
        .select("line.input", "line.output", "line.error")
    )


def _struct(columns: str) -> str:
    return re.sub(r"(^|, )(\w+) ", r"\1\2: ", columns)


def as_path(file: Path) -> str:
    """A file's path as Spark takes it: its own characters are no pattern."""
    return _SPECIAL.sub(r"\\\1", str(file))


def _read_csv(session: SparkSession, files: Sequence[Path]) -> DataFrame:
    """Each file by its own header."""
    if odd := next((file for file in files if _SPECIAL.search(str(file))), None):
        raise EngineError(
            f"Spark takes {odd} for a pattern, if it is CSV; rename the folder or file, or write it as Parquet"
        )
    reader = session.read.options(**_CSV)
    tables = [reader.csv(str(file)) for file in files]
    table = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), tables)
    return table.select([_filled(column) for column in table.columns])


def _filled(column: str) -> Column:
    """What is empty is null, in quotes or not."""
    return f.nullif(f.col(_quoted(column)), f.lit("")).alias(column)


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"
