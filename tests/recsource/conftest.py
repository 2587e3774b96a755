"""One engine for all tests that make picks, and one S3 server for all that need a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from picking import Picker
from providers.moto_cloud import REGION, Cloud, cloud

from recsource.engine import Engine
from recsource.storage.bucket import connect

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@pytest.fixture(scope="module")
def picker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Picker]:
    with Engine(threads=2) as engine:
        yield Picker(engine, tmp_path_factory.mktemp("picks"))


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _CREDENTIALS.items():
            patch.setenv(name, value)
        with cloud() as running:
            yield running


@pytest.fixture
def s3(s3_server: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the server."""
    for name, value in _CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return connect(REGION, s3_server.url)


@pytest.fixture
def bucket_name(s3: Any) -> str:
    """A new bucket."""
    name = f"recs-{uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name
