"""The server: uvicorn, told to be strict with strangers and to say little."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from campaigns.ground.errors import ConfigurationError
from campaigns.http.journal import Forwarding, Journal, to_stdout

HEADERS_S: Final = 10.0
_KEEP_ALIVE_S: Final = 5
_GRACE_S: Final = 20
_HEADER_BYTES: Final = 16 * 1024
_BACKLOG: Final = 1024


class StrictProtocol(H11Protocol):
    """HTTP/1.1 in which a connection without a request under way lasts `HEADERS_S` at most.

    uvicorn itself would wait for ever for headers that come a byte at a time, or for a body that nobody reads.
    """

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A connection is there; its first request is awaited."""
        super().connection_made(transport)
        self._wind_the_clock()

    def data_received(self, data: bytes) -> None:
        """Something of a request is there."""
        super().data_received(data)
        self._wind_the_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_the_clock()
        super().connection_lost(exc)

    def _wind_the_clock(self) -> None:
        if self._under_way():
            self._stop_the_clock()
        elif self._due is None:
            self._due = self.loop.call_later(HEADERS_S, self._hang_up)

    def _stop_the_clock(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _hang_up(self) -> None:
        self._due = None
        if not self._under_way():
            self.transport.close()

    def _under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


def listen(host: str, port: int) -> socket.socket:
    """A socket that connections can be made to.

    Raises:
        ConfigurationError: the address is not one of this machine, or taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or each answer's body waits some 40 ms
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {error.strerror or error}; choose another host or port"
        ) from error
    return listening


def run_server(
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 8400,
    most_connections: int = 1000,
    journal: Journal = to_stdout,
) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are finished first, for `_GRACE_S` seconds at most.

    Args:
        app: the service.
        host: an address of this machine; a proxy that speaks TLS stands before it.
        port: where it listens.
        most_connections: further ones are answered 503.
        journal: gets what the server says of itself.

    Raises:
        ConfigurationError: it cannot listen there.
    """
    with listen(host, port) as listening:
        journal({"level": "info", "message": f"listening on {host} port {listening.getsockname()[1]}"})
        server_of(app, most_connections, journal).run(sockets=[listening])


def server_of(app: ASGIApp, most_connections: int, journal: Journal) -> uvicorn.Server:
    """The server, not yet running."""
    logger = logging.getLogger("uvicorn")
    logger.handlers, logger.propagate = [Forwarding(journal)], False
    logger.setLevel(logging.INFO)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=StrictProtocol,
            ws="none",
            lifespan="off",
            proxy_headers=False,  # `addresses.believing` does that, for the proxies that are named
            server_header=False,
            access_log=False,
            log_config=None,
            limit_concurrency=most_connections,
            h11_max_incomplete_event_size=_HEADER_BYTES,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
