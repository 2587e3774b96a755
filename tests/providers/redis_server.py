"""A Redis server of our own for tests: on a free port of this machine, nothing of it kept.

Its binary comes with the system's package (`apt-get install redis-server`); nothing needs to run beforehand.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from tempfile import TemporaryDirectory
from typing import Self

from redis import Redis, RedisError

_PATIENCE_S = 20


def find_binary() -> str | None:
    """Where `redis-server` is; None where it is not installed."""
    return shutil.which("redis-server")


class RedisServer:
    """One server. It can be stopped and started again, empty, at the same address."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._folder = TemporaryDirectory(prefix="redis-")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        binary = find_binary()
        assert binary, "redis-server is not installed"
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder.name]
        self._process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        self._wait()

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(_PATIENCE_S)
            self._process = None

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                with self.client() as redis:
                    redis.ping()
            except RedisError:
                assert time.monotonic() < deadline, "Redis did not start"
                time.sleep(0.02)
            else:
                return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
