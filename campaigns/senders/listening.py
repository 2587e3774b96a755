"""Listening on a connection at rest."""

from __future__ import annotations

import select
import socket


def has_spoken(connection: socket.socket) -> bool:
    """Whether something has come in, or the other side has hung up; asked without waiting."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
