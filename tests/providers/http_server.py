"""A small HTTP/1.1 server that can misbehave on purpose; the fakes of providers stand on it.

In a test:       `with HttpServer(handler) as server: … server.url …`, on a thread of its own.
As a process:    `serve(handler, port=0)` prints the port on a line, and serves until SIGTERM.

A handler is `async handler(method, path, headers, body) -> Reply`: the path with its query, header names in
lower case. Requests of one connection are answered one after the other, and connections are kept.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Self

_BUFFER = 4_000_000  # bytes read ahead of a handler: more than the largest request that comes often
_GONE = (asyncio.IncompleteReadError, ConnectionError, TimeoutError)


class Fault(StrEnum):
    """What happens in place of a reply."""

    RESET = "reset"  # the connection breaks (RST)
    CLOSE = "close"  # it is closed in good order, without a word
    SILENCE = "silence"  # nothing comes, until the client gives up
    HALF = "half"  # the reply's first half, and then a reset


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers.

    Attributes:
        fault: set, it happens after the handler has run, and so after it has accepted what it accepted.
        delay_s: how long the reply, or the fault, takes.
        close: whether the connection is closed after the reply, unannounced, as if it had idled too long. What
            the client sends all the same is never answered.
    """

    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    delay_s: float = 0.0
    close: bool = False


Handler = Callable[[str, str, Mapping[str, str], bytes], Awaitable[Reply]]
Gate = Callable[[str, str, Mapping[str, str]], bool]
"""Asked when the head has come and before the body is read; false resets the connection there and then."""


Stranded = Callable[[bytes], None]
"""Told the body of a request that came when the connection was closed already."""


def let_all_in(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """The gate of a server that reads what it is sent."""
    del method, path, headers
    return True


class HttpServer:
    """Serves on a thread of its own for as long as it is entered.

    Attributes:
        port: known once entered.
        connections: how often somebody connected.
        requests: how many heads were read.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        gate: Gate = let_all_in,
        stranded: Stranded = lambda _: None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        self.port = port
        self._host = host
        self.connections = 0
        self.requests = 0
        self._handler = handler
        self._gate = gate
        self._stranded = stranded
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    async def serve(self, stopping: asyncio.Event, ready: Callable[[int], None]) -> None:
        """Serve on the running loop until `stopping` is set.

        Args:
            stopping: ends it, conversations and all.
            ready: told the port as soon as connections are taken.
        """
        conversations: set[asyncio.Task[None]] = set()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            conversation = asyncio.ensure_future(self._whole_conversation(reader, writer))
            conversations.add(conversation)
            conversation.add_done_callback(conversations.discard)

        server = await asyncio.start_server(begin, self._host, self.port, limit=_BUFFER, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        ready(self.port)
        await stopping.wait()
        server.close()
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)  # transports close one turn of the loop later

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._stopping = asyncio.Event()
        self._loop.run_until_complete(self.serve(self._stopping, lambda _: self._ready.set()))

    async def _whole_conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(*_GONE):
                await self._converse(reader, writer)
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first request to its end."""
        self.connections += 1
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            method, path, headers = _head(await reader.readuntil(b"\r\n\r\n"))
            self.requests += 1
            if not self._gate(method, path, headers):
                return _reset(writer)
            body = await _body(reader, headers)
            reply = await self._handler(method, path, headers, body)
            if not await _answer(reply, reader, writer):
                return None
            if reply.close:
                writer.write_eof()
                _, _, headers = _head(await reader.readuntil(b"\r\n\r\n"))
                return self._stranded(await _body(reader, headers))


def serve(
    handler: Handler,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    gate: Gate = let_all_in,
    stranded: Stranded = lambda _: None,
) -> None:
    """Print the port, and serve until SIGTERM or SIGINT."""

    async def run() -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        server = HttpServer(handler, gate=gate, stranded=stranded, port=port, host=host)
        await server.serve(stopping, lambda at: print(at, flush=True))  # noqa: T201 - its one word to whoever started it

    asyncio.run(run())


def _head(raw: bytes) -> tuple[str, str, Mapping[str, str]]:
    """Method, path and headers."""
    request, *lines = raw.decode("latin-1").split("\r\n")[:-2]
    method, path, _ = request.split(" ")
    fields = (line.partition(":") for line in lines)
    return method, path, {name.lower(): value.strip() for name, _, value in fields}


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    return await reader.readexactly(int(headers.get("content-length", "0")))


async def _answer(reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answer, or do not; whether the conversation goes on."""
    if reply.delay_s:
        await asyncio.sleep(reply.delay_s)
    raw = _raw(reply)
    match reply.fault:
        case None:
            writer.write(raw)
            await writer.drain()
            return True
        case Fault.SILENCE:
            await reader.read(1)  # until the client hangs up
        case Fault.HALF:
            writer.write(raw[: len(raw) // 2])
            await writer.drain()
            _reset(writer)
        case Fault.RESET:
            _reset(writer)
    return False


def _raw(reply: Reply) -> bytes:
    fields = {
        "Content-Type": reply.content_type,
        "Content-Length": str(len(reply.body)),
        **reply.headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    phrase = HTTPStatus(reply.status).phrase
    return f"HTTP/1.1 {reply.status} {phrase}\r\n{head}\r\n".encode("latin-1") + reply.body


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection: without lingering, close sends RST."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
