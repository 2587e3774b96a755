"""The Data API: what is asked of it, how it is waited for, and what is said when it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from providers.moto_cloud import REGION, Cloud

from recsource.dataset.data_api import DataApi, RedshiftSettings, Waiting, connect
from recsource.errors import DatasetError

ID = "5a1f5ae8-21a9-4e1d-9c8a-6a2f7d8b3c01"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


class _Time:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> datetime:
        return NOW + timedelta(seconds=sum(self.slept))


@pytest.fixture
def time() -> _Time:
    return _Time()


@pytest.fixture
def stubbed() -> Iterator[Stubber]:
    client = boto3.client(
        "redshift-data", region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def _api(client: Any, time: _Time, **settings: str) -> DataApi:
    wanted = RedshiftSettings("app", **(settings or {"workgroup": "analytics"}))
    return DataApi(client, wanted, "r1", time.now, time.sleep)


def _described(stubbed: Stubber, status: str, **more: Any) -> None:
    stubbed.add_response("describe_statement", {"Id": ID, "Status": status, "CreatedAt": NOW, **more}, {"Id": ID})


def test_a_row_is_asked_for_waited_for_and_fetched(stubbed: Stubber, time: _Time) -> None:
    asked = {
        "Sql": "SELECT 1",
        "Database": "app",
        "ClusterIdentifier": "main",
        "DbUser": "winddown",
        "StatementName": "winddown r1 measure items",
        "ClientToken": ANY,
    }
    stubbed.add_response("execute_statement", {"Id": ID}, asked)
    for status in ("SUBMITTED", "PICKED", "STARTED", "FINISHED"):
        _described(stubbed, status)
    record = [{"longValue": 7}, {"isNull": True}, {"stringValue": "12.5"}]
    stubbed.add_response(
        "get_statement_result", {"Records": [record], "ColumnMetadata": [], "TotalNumRows": 1}, {"Id": ID}
    )
    api = _api(stubbed.client, time, cluster="main", user="winddown")
    assert api.row("measure items", "SELECT 1") == (7, None, "12.5")
    assert time.slept == [1, 2, 4]


def test_several_statements_share_a_session(stubbed: Stubber, time: _Time) -> None:
    asked = {
        "Sqls": ["SET x TO y", "UNLOAD …"],
        "Database": "app",
        "WorkgroupName": "analytics",
        "SecretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "StatementName": "winddown r1 unload items",
        "ClientToken": ANY,
    }
    stubbed.add_response("batch_execute_statement", {"Id": ID}, asked)
    _described(stubbed, "FINISHED")
    secret = "arn:aws:secretsmanager:eu-west-1:1:secret:x"
    api = _api(stubbed.client, time, workgroup="analytics", secret_arn=secret)
    api.run("unload items", ["SET x TO y", "UNLOAD …"])
    assert not time.slept


def test_a_statement_that_is_aborted_is_told(stubbed: Stubber, time: _Time) -> None:
    stubbed.add_response("execute_statement", {"Id": ID})
    _described(stubbed, "ABORTED")
    with pytest.raises(DatasetError) as caught:
        _api(stubbed.client, time).run("unload items", ["UNLOAD …"])
    assert str(caught.value) == (
        f"redshift: unload items: aborted: no reason given; look at statement {ID} in the cluster's query history"
    )


def test_a_statement_that_failed_before_is_submitted_under_another_token(stubbed: Stubber, time: _Time) -> None:
    tokens: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        tokens.append(params["ClientToken"])

    stubbed.client.meta.events.register("provide-client-params.redshift-data.ExecuteStatement", note)
    stubbed.add_response("execute_statement", {"Id": ID})
    failed = {"Id": ID, "Status": "FAILED", "CreatedAt": NOW - timedelta(hours=1), "Error": "disk full"}
    stubbed.add_response("describe_statement", failed)
    stubbed.add_response("execute_statement", {"Id": ID})
    _described(stubbed, "FINISHED")
    _api(stubbed.client, time).run("unload items", ["UNLOAD …"])
    assert len(set(tokens)) == 2
    assert all(1 <= len(token) <= 64 for token in tokens)


def test_one_that_never_ends_is_given_up_after_the_deadline(stubbed: Stubber, time: _Time) -> None:
    waiting = Waiting(timedelta(seconds=10), timedelta(seconds=15), timedelta(minutes=1))
    stubbed.add_response("execute_statement", {"Id": ID})
    for _ in range(5):
        _described(stubbed, "STARTED")
    api = DataApi(stubbed.client, RedshiftSettings("app", cluster="c"), "r1", time.now, time.sleep, waiting)
    with pytest.raises(DatasetError, match=r"unload items: statement .* is not done after 0:01:00"):
        api.run("unload items", ["UNLOAD …"])
    assert time.slept == [10, 15, 15, 15, 15]


def test_a_refusal_is_told_with_what_it_needs(stubbed: Stubber, time: _Time) -> None:
    stubbed.add_client_error("execute_statement", "AccessDeniedException", "User is not authorized", 400)
    with pytest.raises(DatasetError, match=r"redshift: listeners: .*not authorized; look at the credentials'"):
        _api(stubbed.client, time).row("listeners", "SELECT 1")


def test_more_sql_than_the_data_api_takes_is_refused_here(stubbed: Stubber, time: _Time) -> None:
    with pytest.raises(DatasetError, match="102401 bytes of SQL are more than the Data API's 102400; shorten"):
        _api(stubbed.client, time).run("unload items", ["x" * 102_401])


@pytest.mark.parametrize("both", [{}, {"cluster": "c", "workgroup": "w"}])
def test_a_cluster_or_a_workgroup_it_must_be(both: dict[str, str]) -> None:
    with pytest.raises(DatasetError, match="wanted a `cluster` or a `workgroup`, one of them"):
        RedshiftSettings("app", **both)


def test_an_endpoint_that_is_none_is_told() -> None:
    with pytest.raises(DatasetError, match="redshift: no connection can be set up"):
        connect(REGION, "not a url")


def test_a_real_server_takes_the_requests(s3_server: Cloud, s3: Any, time: _Time) -> None:
    """Moto's statements are never done: what is shown is that they arrive, over HTTP."""
    del s3  # its credentials
    client = connect(REGION, s3_server.url)
    waiting = Waiting(deadline=timedelta(seconds=1))
    api = DataApi(client, RedshiftSettings("app", cluster="c", user="u"), "r1", time.now, time.sleep, waiting)
    with pytest.raises(DatasetError, match="is not done after 0:00:01"):
        api.row("measure items", "SELECT 1")
