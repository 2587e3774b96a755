"""Amazon Redshift's Data API: a statement is submitted, asked after until it is done, and its result fetched.

See "Using the Amazon Redshift Data API" in the Redshift management guide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from recsource.engine import Row
from recsource.errors import DatasetError

if TYPE_CHECKING:  # packages of stubs, which only type checkers have
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_data.type_defs import DescribeStatementResponseTypeDef, FieldTypeDef

_ATTEMPTS = 5
_LONGEST_STATEMENT = 100 * 1024
"""Bytes of SQL that the Data API takes."""
_MOST_RETRIES = 20


@dataclass(frozen=True, slots=True)
class RedshiftSettings:
    """Which database, and as whom: a cluster with a database user, a workgroup, or either with a secret.

    Attributes:
        database: its name.
        cluster: a provisioned cluster's identifier; empty with a workgroup.
        workgroup: a serverless workgroup's name; empty with a cluster.
        user: the cluster's user, whose password is not needed: IAM gives it temporary credentials.
        secret_arn: a secret of Secrets Manager that holds user and password, instead.
    """

    database: str
    cluster: str = ""
    workgroup: str = ""
    user: str = ""
    secret_arn: str = ""

    def __post_init__(self) -> None:
        if bool(self.cluster) == bool(self.workgroup):
            raise DatasetError("redshift: wanted a `cluster` or a `workgroup`, one of them; name it")

    @property
    def arguments(self) -> Mapping[str, str]:
        """The request's parameters."""
        given = {
            "Database": self.database,
            "ClusterIdentifier": self.cluster,
            "WorkgroupName": self.workgroup,
            "DbUser": self.user,
            "SecretArn": self.secret_arn,
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a statement is waited for, and how often it is asked after."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(seconds=30)
    deadline: timedelta = timedelta(hours=2)

    def pauses(self) -> Iterator[float]:
        """Seconds, each pause twice the one before, until the deadline."""
        pause, waited = self.first, timedelta()
        while waited < self.deadline:
            yield pause.total_seconds()
            waited += pause
            pause = min(pause * 2, self.longest)


def connect(region: str | None = None, endpoint_url: str | None = None) -> RedshiftDataAPIServiceClient:
    """A client with credentials from boto3's own chain; it repeats requests, which `ClientToken` makes safe.

    Raises:
        DatasetError: region or endpoint cannot be used.
    """
    config = Config(retries={"mode": "standard", "total_max_attempts": _ATTEMPTS})
    try:
        return boto3.session.Session().client(
            "redshift-data", region_name=region, endpoint_url=endpoint_url, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise DatasetError(
            f"redshift: no connection can be set up ({error}); correct region, endpoint or AWS environment"
        ) from error


@dataclass(frozen=True, slots=True)
class DataApi:
    """One database, spoken to on behalf of one run.

    A statement's token is made of the run and its text: a crashed export that is begun again finds the
    statement that it had submitted, instead of submitting it twice.

    Attributes:
        client: boto3's, as `connect` makes it.
        settings: which database.
        run: the run's id.
        clock: the present.
        sleep: lets seconds pass.
        waiting: how long.
    """

    client: RedshiftDataAPIServiceClient
    settings: RedshiftSettings
    run_id: str
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    waiting: Waiting = Waiting()

    def run(self, name: str, statements: Sequence[str]) -> None:
        """Carry out several statements in one session and transaction, for their effect.

        Raises:
            DatasetError: one of them failed, or the deadline has passed.
        """
        self._carry_out(name, statements)

    def row(self, name: str, query: str) -> Row:
        """The one row of a query that has exactly one.

        Raises:
            DatasetError: it failed, or the deadline has passed.
        """
        statement = self._carry_out(name, [query])
        with _told(name):
            (record,) = self.client.get_statement_result(Id=statement)["Records"]
        return tuple(_value(field) for field in record)

    def _carry_out(self, name: str, statements: Sequence[str]) -> str:
        """A statement that has failed before this attempt is submitted anew; one that fails now is an error."""
        started = self.clock()
        for retry in range(_MOST_RETRIES):
            statement = self._submit(name, statements, retry)
            state = self._finished(name, statement)
            if state["Status"] == "FINISHED":
                return statement
            if state["CreatedAt"] >= started.replace(microsecond=0):
                break
        raise DatasetError(
            f"redshift: {name}: {state['Status'].lower()}: {state.get('Error', 'no reason given')}; "
            f"look at statement {statement} in the cluster's query history"
        )

    def _submit(self, name: str, statements: Sequence[str], retry: int) -> str:
        longest = max(len(statement.encode()) for statement in statements)
        if longest > _LONGEST_STATEMENT:
            raise DatasetError(
                f"redshift: {name}: {longest} bytes of SQL are more than the Data API's {_LONGEST_STATEMENT}; "
                "shorten the lists in the export's settings"
            )
        named = {"StatementName": f"winddown {self.run_id} {name}", "ClientToken": self._token(statements, retry)}
        with _told(name):
            if len(statements) == 1:
                return self.client.execute_statement(Sql=statements[0], **self.settings.arguments, **named)["Id"]  # type: ignore[arg-type]  # all of them are texts
            return self.client.batch_execute_statement(Sqls=statements, **self.settings.arguments, **named)["Id"]  # type: ignore[arg-type]  # as above

    def _token(self, statements: Sequence[str], retry: int) -> str:
        text = "\0".join([self.run_id, *statements, str(retry)])
        return hashlib.sha256(text.encode()).hexdigest()

    def _finished(self, name: str, statement: str) -> DescribeStatementResponseTypeDef:
        for pause in self.waiting.pauses():
            with _told(name):
                state = self.client.describe_statement(Id=statement)
            if state["Status"] in {"FINISHED", "FAILED", "ABORTED"}:
                return state
            self.sleep(pause)
        raise DatasetError(
            f"redshift: {name}: statement {statement} is not done after {self.waiting.deadline}; "
            "look at what the cluster is busy with, then run the export again: it goes on waiting for it"
        )


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise DatasetError(
            f"redshift: {name}: {error}; look at the credentials' redshift-data permissions and the settings"
        ) from error


def _value(field: FieldTypeDef) -> object:
    """A value as the Data API tells it: its type's name, and it."""
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value
