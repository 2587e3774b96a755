"""Bodies, read as they come and never further than agreed: a Content-Length is only somebody's word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from anyio import fail_after
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from campaigns.web.refusing import unavailable

_HANG_UP = {"Connection": "close"}


@dataclass(slots=True)
class Room:
    """The bytes that bodies may take in memory, all of them together."""

    free: int


@asynccontextmanager
async def body_of(request: Request, most_bytes: int, seconds: float, room: Room) -> AsyncIterator[bytes]:
    """The whole body, held until the end of the block.

    Raises:
        HTTPException: 413 where it is longer, 408 where it takes longer, 400 where it stops half-way, 503 where
            there is no room for it at present.
    """
    body = bytearray()
    try:
        try:
            with fail_after(seconds):
                async for chunk in request.stream():
                    body += chunk
                    room.free -= len(chunk)
                    _check(len(body), most_bytes, room)
        except TimeoutError:
            raise HTTPException(408, headers=_HANG_UP) from None
        except ClientDisconnect:
            raise HTTPException(400) from None
        yield bytes(body)
    finally:
        room.free += len(body)


def _check(taken: int, most_bytes: int, room: Room) -> None:
    if taken > most_bytes:
        raise HTTPException(413, headers=_HANG_UP)
    if room.free < 0:
        raise unavailable(hang_up=True)
