"""A real SMTP server for tests that kill senders: it takes mail over, and misbehaves at random.

It prints its port, serves until SIGTERM, and then prints how often something went wrong:

    python tests/providers/smtp_server.py --port 0 --record FILE --attempts FILE --faults 0.1 --seed 7

With `--no-pipelining` it offers none; with `--silences` some replies never come. Of the two files
`provider_record` tells; the delivery id is the local part of the Message-ID.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final

from provider_record import Record

_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^@>\s]+)@", re.IGNORECASE | re.MULTILINE)
_BUFFER = 4_000_000  # bytes: more than a message
_SLOW_S: Final = (0.02, 0.3)
_END, _EMPTY = b"\r\n.\r\n", b".\r\n"


class Mishap(StrEnum):
    """What goes wrong with a message. `TAKEN…`: it has been taken over, and recorded, all the same."""

    RESET_AT_MAIL = "reset at MAIL"
    CLOSING_AT_MAIL = "421 at MAIL"
    BUSY_AT_RCPT = "451 at RCPT"
    NOBODY_AT_RCPT = "550 at RCPT"
    NOBODY_GO_AHEAD = "550 at RCPT, and 354 at DATA all the same"
    RESET_AT_RCPT = "reset at RCPT"
    RESET_AT_DATA = "reset at DATA"
    RESET_IN_CONTENT = "reset while the content arrives"
    UNTAKEN_RESET = "reset after the dot"
    UNTAKEN_BUSY = "451 after the dot"
    UNTAKEN_REFUSED = "554 after the dot"
    UNTAKEN_CLOSING = "421 after the dot"
    TAKEN_RESET = "taken, and then reset"
    TAKEN_CLOSED = "taken, and then closed without a word"
    TAKEN_SILENT = "taken, and then nothing"
    TAKEN_SLOWLY = "taken, after a while"
    TAKEN_AND_GONE = "taken, and closed after the reply"


_DOUBTFUL: Final = {
    Mishap.RESET_IN_CONTENT,  # the dot may have left just before its sender learns of it
    Mishap.UNTAKEN_RESET,
    Mishap.TAKEN_RESET,
    Mishap.TAKEN_CLOSED,
    Mishap.TAKEN_SILENT,
}
"""Whoever meets these cannot know whether the message was taken."""

_REPLIES: Final = {
    Mishap.CLOSING_AT_MAIL: "421 4.3.2 shutting down",
    Mishap.BUSY_AT_RCPT: "451 4.3.0 busy",
    Mishap.NOBODY_AT_RCPT: "550 5.1.1 nobody here",
    Mishap.NOBODY_GO_AHEAD: "550 5.1.1 nobody here",
    Mishap.UNTAKEN_BUSY: "451 4.3.0 busy",
    Mishap.UNTAKEN_REFUSED: "554 5.6.0 refused",
    Mishap.UNTAKEN_CLOSING: "421 4.3.2 shutting down",
}


@dataclass
class Mailroom:
    """What all conversations share.

    Attributes:
        record: gets a line for every message that is taken over.
        attempts: gets a line for every message whose content began to arrive.
        faults: the share of messages that something goes wrong with.
        silences: whether that may be a reply that never comes; a client waits for it as long as it is told to.
        pipelining: whether it is offered.
    """

    record: Record
    attempts: Record = field(default_factory=Record)
    faults: float = 0.0
    random: Random = field(default_factory=Random)
    silences: bool = False
    pipelining: bool = True
    taken: int = 0
    unlucky: int = 0

    def mishap(self) -> Mishap | None:
        """What goes wrong with the next message."""
        if self.random.random() >= self.faults:
            return None
        self.unlucky += 1
        kinds = [kind for kind in Mishap if self.silences or kind is not Mishap.TAKEN_SILENT]
        return self.random.choice(kinds)

    def take(self, content: bytes) -> str:
        """Record a message; the reply to its dot."""
        self.record.note([_name(content)])
        self.taken += 1
        return f"250 2.0.0 Ok: queued as {self.taken:X}"


def _name(content: bytes) -> str:
    found = _MESSAGE_ID.search(content)
    return found[1].decode() if found else "nameless"


class _GoneError(Exception):
    """The conversation is over."""


class Conversation:
    """One client's connection."""

    def __init__(self, room: Mailroom, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._room, self._reader, self._writer = room, reader, writer
        self._mishap: Mishap | None = None
        self._recipient = False
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        """From the greeting to the end."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, _GoneError):
            self._say("220 tests.example.org ESMTP")
            while command := (await self._reader.readuntil(b"\r\n")).decode().strip():
                await self._answer(command[:4].upper())
        self._writer.close()

    async def _answer(self, verb: str) -> None:
        match verb:
            case "EHLO":
                offers = ["tests.example.org", *(["PIPELINING"] if self._room.pipelining else []), "8BITMIME"]
                self._say("\r\n".join(f"250-{offer}" for offer in offers), "250 SMTPUTF8")
            case "MAIL":
                self._mishap, self._recipient = self._room.mishap(), False
                self._unless(Mishap.RESET_AT_MAIL, Mishap.CLOSING_AT_MAIL)
            case "RCPT":
                self._recipient = self._unless(
                    Mishap.RESET_AT_RCPT,
                    Mishap.BUSY_AT_RCPT,
                    Mishap.NOBODY_AT_RCPT,
                    Mishap.NOBODY_GO_AHEAD,
                )
            case "DATA" if self._recipient or self._mishap is Mishap.NOBODY_GO_AHEAD:
                self._reset_on(Mishap.RESET_AT_DATA)
                self._say("354 go ahead")
                await self._receive()
            case "DATA":
                self._say("554 5.5.1 no valid recipients")
            case "QUIT":
                self._hang_up("221 bye")
            case "RSET" | "NOOP":
                self._say("250 ok")
            case _:
                self._say("502 unknown")

    async def _receive(self) -> None:
        """The content, and what is said to its final dot."""
        content = b""
        while content != _EMPTY and not _MESSAGE_ID.search(content):
            content += await self._reader.readuntil(b"\r\n")
        self._room.attempts.note([_name(content)], self._mishap if self._mishap in _DOUBTFUL else "")
        self._reset_on(Mishap.RESET_IN_CONTENT)
        while content != _EMPTY and not content.endswith(_END):
            content += await self._reader.readuntil(_EMPTY)
        if not self._recipient:
            self._say("554 5.5.1 no valid recipients")
        elif self._mishap and self._mishap.name.startswith("UNTAKEN"):
            self._unless(self._mishap)
        else:
            await self._take(content)
        self._recipient = False

    async def _take(self, content: bytes) -> None:
        reply = self._room.take(content)
        self._reset_on(Mishap.TAKEN_RESET)
        match self._mishap:
            case Mishap.TAKEN_CLOSED:
                self._hang_up()
            case Mishap.TAKEN_SILENT:
                await self._reader.read()  # until the other side gives up, or dies
                self._hang_up()
            case Mishap.TAKEN_SLOWLY:
                await asyncio.sleep(self._room.random.uniform(*_SLOW_S))
            case Mishap.TAKEN_AND_GONE:
                self._hang_up(reply)
        self._say(reply)

    def _unless(self, *mishaps: Mishap) -> bool:
        """Say yes, unless one of these is what goes wrong."""
        if self._mishap not in mishaps:
            self._say("250 ok")
            return True
        reply = _REPLIES.get(self._mishap)
        if reply is None:
            self._reset_on(self._mishap)
        elif reply.startswith("421"):
            self._hang_up(reply)
        else:
            self._say(reply)
        return False

    def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    def _hang_up(self, *lines: str) -> None:
        self._say(*lines)
        raise _GoneError

    def _reset_on(self, *mishaps: Mishap) -> None:
        """Break the connection: without lingering, close sends RST."""
        if self._mishap not in mishaps:
            return
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()
        raise _GoneError


async def serve(room: Mailroom, port: int) -> None:
    """Print the port, and serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):
            await Conversation(room, reader, writer).run()

    server = await asyncio.start_server(converse, "127.0.0.1", port, limit=_BUFFER, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - its one word to whoever started it
    await stopping.wait()
    server.close()


def main() -> None:
    """Read the arguments, and serve."""
    parser = argparse.ArgumentParser(description="An SMTP server that misbehaves at random.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--attempts", type=Path)
    parser.add_argument("--faults", type=float, default=0.0, help="the share of messages that go wrong")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--silences", action="store_true", help="some replies never come")
    options = parser.parse_args()
    room = Mailroom(
        Record(options.record),
        Record(options.attempts),
        options.faults,
        Random(options.seed),
        options.silences,
        pipelining=not options.no_pipelining,
    )
    asyncio.run(serve(room, options.port))
    print(room.unlucky)  # noqa: T201 - its last word


if __name__ == "__main__":
    main()
