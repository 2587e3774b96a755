"""A Redis for all tests of a process, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from providers.redis_server import RedisServer, find_binary
from redis import Redis
from shelving import Shelving


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    if find_binary() is None:
        pytest.skip("Redis is not installed; `apt-get install redis-server` brings it")
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    with redis_server.client() as client:
        client.flushall()
        yield client


@pytest.fixture
def shelving(redis: Redis, tmp_path: Path) -> Shelving:
    return Shelving(redis, tmp_path)
