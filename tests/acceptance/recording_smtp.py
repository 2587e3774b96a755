"""A real SMTP server that records what it takes over, and has bad moments."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from command_line import message_id

_AT_RCPT = ("421 later", "451 busy", "550 nobody", "drop", "hang")
_AT_DOT = ("451 busy", "554 no", "drop unread", "drop taken", "hang unread", "hang taken")


class Mailroom:
    """aiosmtpd's handler: keeps Message-IDs, and misbehaves at random until it is told to be calm.

    `drop` hangs up without a reply, `hang` never replies; `taken` are those messages that were kept before.

    Attributes:
        received: the Message-IDs of what was taken over, in order.
        silent: how many messages were fully read and got no reply.
        hanging: set while somebody waits for a reply that will not come.
    """

    def __init__(self, seed: int, share: float) -> None:
        self.received: list[str] = []
        self.silent = 0
        self.calm = threading.Event()
        self.hanging = threading.Event()
        self._random = Random(seed)
        self._share = share

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        del session, options
        envelope.rcpt_tos.append(address)
        mood = self._mood(_AT_RCPT)
        return await self._reply(server, mood) if mood else "250 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del session
        mood = self._mood(_AT_DOT)
        if not mood or mood.endswith("taken"):
            self.received.append(message_id(envelope.content))
        if mood and not mood[0].isdigit():
            self.silent += 1
        return await self._reply(server, mood) if mood else f"250 ok: queued as {len(self.received)}"

    def _mood(self, choices: tuple[str, ...]) -> str | None:
        if self.calm.is_set() or self._random.random() >= self._share / 2:
            return None
        return self._random.choice(choices)

    async def _reply(self, server: SMTP, mood: str) -> str:
        if mood.startswith("hang"):
            self.hanging.set()
            try:
                await asyncio.Event().wait()  # until the other side gives up, or dies
            finally:
                self.hanging.clear()
        if mood.startswith("drop") and server.transport is not None:
            server.transport.abort()
        return mood if mood[0].isdigit() else "421 gone"


class _AnyPort(Controller):
    """Looks for its server where it is, whatever port the system gave it."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(mailroom: Mailroom) -> Iterator[int]:
    """Serve it on this machine; gives the port."""
    controller = _AnyPort(mailroom, hostname="127.0.0.1", port=0, ready_timeout=10.0)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
