"""Amazon's own host, as a process sees it whose proxy and certificate authority are ours.

SNS names where its signing certificate lies, and only a host of Amazon's is believed. Nothing of the process under
test is changed for that: its environment names a proxy (RFC 9110, 9.3.6) that leads to a server on this machine,
which shows a certificate for Amazon's name by an authority that the environment trusts.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import trustme
from sns_signer import HOST


class _Proxy(BaseHTTPRequestHandler):
    """Answers CONNECT itself, and within it, in TLS, one GET."""

    context: ssl.SSLContext
    documents: Mapping[str, bytes]
    asked: list[str]

    def do_CONNECT(self) -> None:
        self.asked.append(self.path)
        self.send_response_only(200)
        self.end_headers()
        with self.context.wrap_socket(self.connection, server_side=True) as tunnel, tunnel.makefile("rb") as said:
            path = said.readline().split()[1].decode()
            while said.readline().strip():  # its headers
                pass
            self.asked.append(path)
            tunnel.sendall(self._answer(path))
        self.close_connection = True

    def _answer(self, path: str) -> bytes:
        document = self.documents.get(path, b"")
        status = "200 OK" if document else "404 Not Found"
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(document)}\r\n\r\n".encode() + document

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def amazons_host(documents: Mapping[str, bytes], folder: Path) -> Iterator[tuple[Mapping[str, str], list[str]]]:
    """The environment of a process that finds these documents at Amazon's, and all that was asked for.

    Args:
        documents: by their path.
        folder: where the authority's certificate may lie.
    """
    authority, host, asked = trustme.CA(), urlsplit(HOST).hostname, list[str]()
    assert host is not None
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    handler = type("Proxy", (_Proxy,), {"context": context, "documents": documents, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield (
            {
                "https_proxy": f"http://127.0.0.1:{server.server_port}",
                "no_proxy": "",
                "SSL_CERT_FILE": str(folder / "authority.pem"),
            },
            asked,
        )
        server.shutdown()
        thread.join()
