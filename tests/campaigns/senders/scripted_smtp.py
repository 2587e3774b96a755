"""An SMTP server that behaves as badly as it is told to, and remembers what it was given."""

from __future__ import annotations

import socketserver
import threading
from collections import defaultdict, deque
from typing import Final, Self

DROP: Final = "drop"  # hang up without a word
HANG: Final = "hang"  # say nothing, and keep the line open

GOOD: Final = {
    "CONNECT": "220 ready",
    "EHLO": "250-scripted\r\n250 8BITMIME",
    "NOOP": "250 here",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go ahead",
    "BODY": "",
    "DOT": "250 2.0.0 Ok: queued as 4XyZ",
    "IDLE": "",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


class ScriptedSmtp(socketserver.ThreadingTCPServer):
    """Give it replies per verb; when they are used up it behaves well.

    `BODY` happens between the reply to DATA and the first line of the message, `DOT` after the last, and `IDLE`
    when the message has been replied to. An empty reply is none, and the conversation goes on.

    Attributes:
        received: the messages whose final dot arrived, dots still stuffed, whatever was replied.
        commands: everything it was told, in order.
        connections: how often somebody connected.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, **replies: str | list[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.received: list[bytes] = []
        self.commands: list[str] = []
        self.connections = 0
        self.released = threading.Event()
        self._replies: dict[str, deque[str]] = defaultdict(deque)
        for verb, reply in replies.items():
            self._replies[verb].extend([reply] if isinstance(reply, str) else reply)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def reply(self, verb: str) -> str:
        waiting = self._replies[verb]
        return waiting.popleft() if waiting else GOOD.get(verb, "502 unknown")


class _Conversation(socketserver.StreamRequestHandler):
    server: ScriptedSmtp

    def handle(self) -> None:
        self.server.connections += 1
        if not self.answer("CONNECT"):
            return
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command[:4].upper()
            self.server.commands.append(verb + command[4:])
            if not self.answer(verb) or verb == "QUIT":
                return
            if verb == "DATA" and self.last.rpartition("\n")[2].startswith("354") and not self.take_message():
                return

    def take_message(self) -> bool:
        if not self.answer("BODY"):
            return False
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line)
        self.server.received.append(b"".join(lines))
        self.server.commands.append(".")
        return self.answer("DOT") and self.answer("IDLE")

    def answer(self, verb: str) -> bool:
        """Whether the conversation goes on."""
        self.last = self.server.reply(verb)
        if self.last == HANG:
            self.server.released.wait()
        if self.last in {DROP, HANG}:
            return False
        if self.last:
            self.wfile.write(self.last.encode() + b"\r\n")
        return not self.last.startswith("421")
