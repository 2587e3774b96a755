"""Redshift's Data API with a Redshift behind it that is DuckDB: statements really run, and UNLOAD really writes.

Requests and answers are checked against botocore's model of the service. What the statements say is read as
Redshift's dialect and put back into DuckDB's by SQLGlot, so that text which does not mean in Redshift what it
meant in DuckDB gives other rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import botocore.session
import duckdb
import sqlglot
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from recsource.engine import Engine

_MODEL = botocore.session.get_session().get_service_model("redshift-data")
_TEXT = r"'((?:[^'\\]|''|\\.)*)'"
_UNLOAD = re.compile(rf"\s*UNLOAD \({_TEXT}\)\s+TO {_TEXT}\s+(?P<options>.*)", re.DOTALL)
_OPTIONS = re.compile(
    rf"IAM_ROLE {_TEXT}\s+FORMAT AS CSV\s+HEADER\s+EXTENSION {_TEXT}\s+CLEANPATH\s+PARALLEL OFF"
    rf"(\s+KMS_KEY_ID {_TEXT}\s+ENCRYPTED)?(\s+REGION AS {_TEXT})?"
)
STATES = ("SUBMITTED", "PICKED", "STARTED")


@dataclass
class _Statement:
    id: str
    sqls: Sequence[str]
    created_at: datetime
    asked: int = 0
    status: str = "SUBMITTED"
    error: str = ""
    records: list[tuple[object, ...]] = field(default_factory=list)


@dataclass
class FakeRedshift:
    """Stands where boto3's client stands.

    Attributes:
        engine: its tables are the warehouse's.
        s3: where UNLOAD writes.
        now: the time, moved by `sleep`.
        failing: what the next statements fail with.
        submitted: every statement that was begun, in order.
    """

    engine: Engine
    s3: Any
    now: datetime = datetime(2026, 11, 24, tzinfo=UTC)
    failing: list[str] = field(default_factory=list)
    submitted: list[Sequence[str]] = field(default_factory=list)
    _statements: dict[str, _Statement] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def clock(self) -> datetime:
        """The present."""
        return self.now

    def execute_statement(self, **request: Any) -> dict[str, Any]:
        _check("ExecuteStatement", request)
        return {"Id": self._begin(request["ClientToken"], [request["Sql"]])}

    def batch_execute_statement(self, **request: Any) -> dict[str, Any]:
        _check("BatchExecuteStatement", request)
        return {"Id": self._begin(request["ClientToken"], request["Sqls"])}

    def describe_statement(self, **request: Any) -> dict[str, Any]:
        _check("DescribeStatement", request)
        statement = self._statements[request["Id"]]
        if statement.asked < len(STATES):
            statement.status = STATES[statement.asked]
        elif statement.status == STATES[-1]:
            self._finish(statement)
        statement.asked += 1
        error = {"Error": statement.error} if statement.error else {}
        return {"Id": statement.id, "Status": statement.status, "CreatedAt": statement.created_at, **error}

    def get_statement_result(self, **request: Any) -> dict[str, Any]:
        _check("GetStatementResult", request)
        return {"Records": [[_field(value) for value in row] for row in self._statements[request["Id"]].records]}

    def _begin(self, token: str, sqls: Sequence[str]) -> str:
        if token not in self._tokens:
            self.submitted.append(sqls)
            self._tokens[token] = str(UUID(int=len(self._statements)))
            self._statements[self._tokens[token]] = _Statement(self._tokens[token], sqls, self.now)
        return self._tokens[token]

    def _finish(self, statement: _Statement) -> None:
        if self.failing:
            statement.status, statement.error = "FAILED", self.failing.pop(0)
            return
        keeps_case = False
        try:
            for sql in statement.sqls:
                if sql == "SET enable_case_sensitive_identifier TO true":
                    keeps_case = True
                elif unload := _UNLOAD.fullmatch(sql):
                    self._unload(
                        _unquoted(unload[1]), _unquoted(unload[2]), unload["options"], keeps_case=keeps_case
                    )
                else:
                    statement.records = self.engine.rows(_from_redshift(sql))
            statement.status = "FINISHED"
        except duckdb.Error as error:
            statement.status, statement.error = "FAILED", str(error)

    def _unload(self, query: str, url: str, options: str, *, keeps_case: bool) -> None:
        assert _OPTIONS.fullmatch(options), options
        names = sqlglot.parse_one(query, read="redshift").named_selects
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names if keeps_case else [name.lower() for name in names])
        writer.writerows(self.engine.rows(_from_redshift(query)))
        bucket, _, folder = url.removeprefix("s3://").partition("/")
        for old in self.s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", []):
            self.s3.delete_object(Bucket=bucket, Key=old["Key"])
        self.s3.put_object(Bucket=bucket, Key=f"{folder}000.csv", Body=text.getvalue().encode())


def _from_redshift(sql: str) -> str:
    return sqlglot.transpile(sql, read="redshift", write="duckdb")[0]


def _unquoted(text: str) -> str:
    r"""What is between a literal's quotes: `''` and `\'` are both one; a backslash stands for what follows it."""
    return re.sub(r"''|\\(.)", lambda found: found[1] or "'", text, flags=re.DOTALL)


def _field(value: object) -> dict[str, object]:
    match value:
        case None:
            return {"isNull": True}
        case int():
            return {"longValue": value}
        case _:
            return {"stringValue": str(value)}


def _check(operation: str, request: dict[str, Any]) -> None:
    problems = ParamValidator().validate(request, _MODEL.operation_model(operation).input_shape)
    if problems.has_errors():
        raise ClientError(
            {"Error": {"Code": "ValidationException", "Message": problems.generate_report()}}, operation
        )
