"""DuckDB's SQL as Spark has it: SQLGlot's translation, and the few constructs that mean something else there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import ascii_lowercase, ascii_uppercase

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

_PLACE = "place_in_list"
_LOWERED = {"from": ascii_uppercase + "\u0130\u212a", "to": ascii_lowercase + "ik"}
_TIME = r"\A\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?\z"
_NAMES = {"TEXT": "VARCHAR", "INT": "INTEGER", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
"""DuckDB's own names of types, where SQLGlot writes others."""


def statements(sql: str) -> Iterator[exp.Expr]:
    """The statements of a text in DuckDB's dialect, as Spark means them."""
    for statement in sqlglot.parse(sql, read="duckdb"):
        # A comment behind a semicolon makes that a statement of its own.
        if statement and not isinstance(statement, exp.Semicolon):
            yield _translated(statement)


def spark_sql(statement: exp.Expr) -> str:
    """A statement that `statements` gave, as Spark's text.

    Raises:
        sqlglot.errors.UnsupportedError: Spark has nothing like it.
    """
    return statement.sql("spark", comments=False, unsupported_level=ErrorLevel.RAISE)


def spark_type(duckdb_type: str) -> str:
    """A type of DuckDB's as Spark writes it."""
    return exp.DataType.build(duckdb_type, dialect="duckdb").sql("spark")


def duckdb_type(spark_type: str) -> str:
    """A type of Spark's as DuckDB writes it."""
    text = exp.DataType.build(spark_type, dialect="spark").sql("duckdb")
    return _NAMES.get(text, text)


def _translated(statement: exp.Expr) -> exp.Expr:
    for select in list(statement.find_all(exp.Select)):
        _explode_with_places(select)
    return statement.transform(_node)


def _node(node: exp.Expr) -> exp.Expr:
    translate = _NODES.get(type(node))
    return translate(node) if translate else node


def _explode_with_places(select: exp.Select) -> None:
    """`unnest(list)` beside `generate_subscripts(list, 1)`: Spark gives places and elements in one, from 0."""
    places = [call for call in select.find_all(exp.Anonymous) if call.name.lower() == "generate_subscripts"]
    own = [call for call in places if call.find_ancestor(exp.Select) is select]
    for call in own:
        element = next(each for each in select.expressions if isinstance(each.unalias(), exp.Explode))
        unnested, name = element.unalias().this, element.alias
        call.replace(exp.paren(exp.column(_PLACE) + 1))
        element.replace(exp.column(name))
        lateral = exp.Lateral(
            this=exp.Posexplode(this=unnested.copy()),
            view=True,
            alias=exp.TableAlias(
                this=exp.to_identifier("element"), columns=[exp.to_identifier(_PLACE), exp.to_identifier(name)]
            ),
        )
        select.append("laterals", lateral)


def _hexadecimal(node: exp.Expr) -> exp.Expr:
    """`CAST('0x' || digits AS UBIGINT)`: Spark reads hexadecimal by a function of its own."""
    text = node.this
    if isinstance(text, exp.DPipe) and text.this == exp.Literal.string("0x"):
        number = exp.Anonymous(
            this="CONV", expressions=[text.expression, exp.Literal.number(16), exp.Literal.number(10)]
        )
        return exp.cast(number, exp.DataType.Type.BIGINT)
    return node


def _time_as_written(node: exp.Expr) -> exp.Expr:
    """`TRY_CAST(text AS TIMESTAMPTZ)`: Spark would also read a year alone, and an hour as today's."""
    if not node.args["to"].is_type(exp.DType.TIMESTAMPTZ):
        return node
    written = exp.RegexpLike(this=node.this.copy(), expression=exp.Literal.string(_TIME))
    return exp.Case().when(written, node.copy())


def _microseconds(node: exp.Expr) -> exp.Expr:
    """`epoch_us`: Spark's function takes a time with a zone, which is UTC here."""
    if node.name.lower() == "epoch_us":
        moment = exp.cast(node.expressions[0], exp.DataType.Type.TIMESTAMPTZ)
        return exp.Anonymous(this="UNIX_MICROS", expressions=[moment])
    return node


def _lower(node: exp.Expr) -> exp.Expr:
    """DuckDB lowers each character by itself, Spark by language rules, which make two of some.

    Planning compares what it lowers with ASCII alone: letters that become ASCII are lowered, others stay.
    """
    return exp.Anonymous(
        this="TRANSLATE",
        expressions=[node.this, exp.Literal.string(_LOWERED["from"]), exp.Literal.string(_LOWERED["to"])],
    )


def _field(node: exp.Expr) -> exp.Expr:
    """A struct's field: its name is text in DuckDB, and may hold anything."""
    node.this.set("quoted", True)  # noqa: FBT003 - SQLGlot's own signature
    return node


_NODES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Cast: _hexadecimal,
    exp.TryCast: _time_as_written,
    exp.Anonymous: _microseconds,
    exp.Lower: _lower,
    exp.PropertyEQ: _field,
}
