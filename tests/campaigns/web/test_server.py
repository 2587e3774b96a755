"""The server on a real socket: one-click as mail clients send it, and patience that ends."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from web_service import CLICK, LINKS, ONE_CLICK, OPEN, SENT, SETTINGS, UNSUBSCRIBE, URL, Shop, ledger_of

from campaigns.ground.errors import ConfigurationError
from campaigns.http.server import listen, run_server, server_of
from campaigns.ports.clock import FixedClock
from campaigns.ports.ledger import Ledger
from campaigns.web.app import build_app
from campaigns.web.following import GIF

HEAD = f"POST {UNSUBSCRIBE} HTTP/1.1\r\nHost: mail.winddown.example\r\n"
RFC_8058_MULTIPART = (
    HEAD + "Content-Type: multipart/form-data; boundary=---FormBoundaryjWmhtjORrn\r\nContent-Length: 130\r\n\r\n"
    "-----FormBoundaryjWmhtjORrn\r\n"
    'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    "One-Click\r\n"
    "-----FormBoundaryjWmhtjORrn--\r\n"
)
RFC_8058_URLENCODED = (
    HEAD
    + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 26\r\n\r\nList-Unsubscribe=One-Click"
)
CHUNKED = (
    HEAD + "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    "10\r\nList-Unsubscribe\r\na\r\n=One-Click\r\n0\r\n\r\n"
)


@dataclass
class Running:
    """A server that runs, and the ledger behind it."""

    port: int
    ledger: Ledger
    journal: list[object] = field(default_factory=list)

    def raw(self, request: str | bytes) -> bytes:
        """Everything that comes back until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request if isinstance(request, bytes) else request.encode())
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def asked(self, method: str, path: str, body: bytes | None = None) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body)
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return answer, read


@contextmanager
def running(folder: Path, most_connections: int = 100) -> Iterator[Running]:
    """The service in a thread, on a port of its own."""
    with ledger_of(folder) as ledger, listen("127.0.0.1", 0) as listening:
        found = Running(listening.getsockname()[1], ledger)
        app = build_app(
            ledger=ledger,
            links=LINKS,
            settings=SETTINGS,
            judge=lambda *_: "",
            webhooks=[Shop()],
            clock=FixedClock(SENT),
            journal=found.journal.append,
        )
        server = server_of(app, most_connections, found.journal.append)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield found
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as found:
        yield found


@pytest.mark.parametrize("request_", [RFC_8058_MULTIPART, RFC_8058_URLENCODED, CHUNKED])
def test_one_click_works_as_mail_clients_send_it(server: Running, request_: str) -> None:
    answer = server.raw(request_.replace("\r\nHost", "\r\nConnection: close\r\nHost", 1))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"set-cookie" not in answer.lower()
    assert set(server.ledger.suppressed("weekly_winddown")) == {"key-0"}
    assert set(server.ledger.suppressed("another_campaign")) == set()


def test_a_whole_visit_over_one_connection(server: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    seen: list[tuple[int, bytes]] = []
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for method, path, body in (
        ("GET", OPEN, None),
        ("GET", UNSUBSCRIBE, None),
        ("HEAD", UNSUBSCRIBE, None),
        ("POST", UNSUBSCRIBE, b"scope=all"),
        ("GET", "/healthz", None),
    ):
        connection.request(method, path, body, form if body else {})
        answer = connection.getresponse()
        seen.append((answer.status, answer.read()))
    connection.close()
    assert [status for status, _ in seen] == [200] * 5
    assert seen[0][1] == GIF
    assert seen[2][1] == b""
    assert set(server.ledger.suppressed("another_campaign")) == {"key-0"}


def test_a_click_is_a_redirect_and_no_answer_says_what_serves_it(server: Running) -> None:
    answer, body = server.asked("GET", CLICK)
    assert (answer.status, answer.getheader("Location"), body) == (302, URL, b"")
    assert answer.getheader("Server") is None


def test_no_answer_waits_for_the_last_one_to_be_acknowledged(server: Running) -> None:
    """With Nagle's algorithm at work each would take 40 ms."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    began = time.monotonic()
    for _ in range(50):
        connection.request("GET", UNSUBSCRIBE)
        connection.getresponse().read()
    assert time.monotonic() - began < 1.5
    connection.close()


def test_many_people_at_once_are_all_unsubscribed(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        tokens = [UNSUBSCRIBE] * 20
        statuses: list[int] = []
        threads = [
            threading.Thread(
                target=lambda path=path: statuses.append(server.asked("POST", path, ONE_CLICK)[0].status)
            )
            for path in tokens
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 20


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n\r\n\r\nhello\r\n\r\n",
    ],
)
def test_what_is_no_http_is_400_and_the_server_lives_on(server: Running, rubbish: bytes) -> None:
    answer = server.raw(rubbish)
    assert re.match(rb"HTTP/1\.1 4\d\d ", answer)
    assert b"Traceback" not in answer
    assert server.asked("GET", "/healthz")[0].status == 200


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /u/",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        f"POST {CLICK} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nunread".encode(),
    ],
)
def test_whoever_is_too_slow_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr("campaigns.http.server.HEADERS_S", 0.4)
    with (
        running(tmp_path) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection,
    ):
        began = time.monotonic()
        connection.sendall(beginning)
        _drip(connection, until=began + 5)
        assert time.monotonic() - began < 3


def _drip(connection: socket.socket, until: float) -> None:
    """Send a byte now and then, which keeps uvicorn itself waiting, until the other side hangs up."""
    connection.settimeout(0.1)
    while time.monotonic() < until:
        try:
            if connection.recv(65_536) == b"":
                return
        except TimeoutError:
            pass
        except OSError:
            return
        try:
            connection.sendall(b"x")
        except OSError:
            return


def test_connections_beyond_the_limit_are_503(tmp_path: Path) -> None:
    with running(tmp_path, most_connections=3) as server:
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        time.sleep(0.2)
        assert server.asked("GET", "/healthz")[0].status == 503
        for connection in idle:
            connection.close()


def test_what_the_server_says_of_itself_goes_into_the_journal(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.raw(b"nonsense\r\n\r\n")
    assert {
        "level": "warning",
        "from": "uvicorn.error",
        "message": "Invalid HTTP request received.",
    } in server.journal


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with (
        running(tmp_path) as server,
        pytest.raises(ConfigurationError, match=f"port {server.port}: Address already"),
    ):
        run_server(None, port=server.port)  # type: ignore[arg-type]  # it does not come so far


SCRIPT = """
import sys
from pathlib import Path
from web_service import LINKS, SETTINGS, SENT, Shop, ledger_of
from campaigns.ports.clock import FixedClock
from campaigns.web.app import build_app
from campaigns.http.server import run_server
with ledger_of(Path(sys.argv[1])) as ledger:
    app = build_app(ledger=ledger, links=LINKS, settings=SETTINGS, judge=lambda *_: "", webhooks=[Shop()],
                    clock=FixedClock(SENT))
    run_server(app, port=int(sys.argv[2]))
"""


def test_sigterm_finishes_what_is_under_way_and_then_ends(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    here = Path(__file__).parent
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(port)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (here, here.parents[1])))},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    lines = iter(process.stdout.readline, "")
    assert json.loads(next(lines))["message"] == f"listening on 127.0.0.1 port {port}"
    assert "Started server" in next(lines)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(RFC_8058_URLENCODED[:-5].encode())
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(RFC_8058_URLENCODED[-5:].encode())
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    rest, _ = process.communicate(timeout=20)
    assert process.returncode in {0, -signal.SIGTERM}
    for line in rest.splitlines():
        json.loads(line)
    with ledger_of(tmp_path) as ledger:
        assert set(ledger.suppressed("weekly_winddown")) == {"key-0"}
