"""An ASGI app, asked without a network: the headers can be anything at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from own_loop import OwnLoop
from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


def ask(app: ASGIApp, method: str = "GET", path: str = "/", **headers: str) -> Answered:
    """Ask once. Headers by their names, `_` for `-`; without `Host` it is the studio's own."""
    path, _, query = path.partition("?")
    named = {"host": "127.0.0.1:8500"} | {name.lower().replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8500),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    loop = OwnLoop()
    loop.run(app(scope, receive, send))  # type: ignore[arg-type]
    loop.close()
    found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answered(sent[0]["status"], found, b"".join(part["body"] for part in sent[1:]).decode())
