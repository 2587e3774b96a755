"""Fetching one small document by HTTPS, from a real server with a certificate of its own authority."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from campaigns.ground.errors import DeliveryError
from campaigns.webhooks import fetching
from campaigns.webhooks.fetching import https_get


class Scripted(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match self.path:
            case "/document":
                self._answer(200, b"certificate")
            case "/redirect":
                self._answer(302, b"", location="/document")
            case "/long":
                self._answer(200, b"x" * 100_000)
            case "/slow":
                self.send_response(200)
                self.end_headers()
                for _ in range(20):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            case "/silent":
                time.sleep(1)
            case "/garbage":
                self.wfile.write(b"\0\0\r\n\r\n")
            case _:
                self._answer(404, b"no")

    def _answer(self, status: int, content: bytes, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some of these tests are about."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address; the system trusts its authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("no_proxy", "*")
    with Server(("127.0.0.1", 0), Scripted) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://localhost:{http.server_port}"
        http.shutdown()
        thread.join()


def test_a_document_is_fetched(server: str) -> None:
    assert https_get(f"{server}/document") == b"certificate"


def test_a_redirect_is_not_followed(server: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        https_get(f"{server}/redirect")
    assert caught.value.status == 302


def test_an_error_tells_its_status_and_not_the_urls_secrets(server: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        https_get(f"{server}/missing?Token=secret")
    assert caught.value.status == 404
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("path", ["long", "slow", "silent", "garbage"])
def test_a_host_that_does_not_answer_as_it_should_is_given_up(
    server: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_PATIENCE", 0.3)
    monkeypatch.setattr(fetching, "_SILENCE", 0.3)
    started = time.monotonic()
    with pytest.raises(DeliveryError):
        https_get(f"{server}/{path}")
    assert time.monotonic() - started < 0.9


def test_a_host_whose_certificate_nobody_vouches_for_is_not_believed(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DeliveryError, match="no answer"):
        https_get(f"{server}/document")


@pytest.mark.parametrize(
    "url", ["http://localhost/x", "file:///etc/hostname", "ftp://localhost/x", "data:,x", "https://localhost:1/x"]
)
def test_nothing_but_https_is_spoken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(DeliveryError):
        https_get(url)
