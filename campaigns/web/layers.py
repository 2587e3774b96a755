"""What lies around every answer: headers that keep browsers careful, and a line about what was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from time import perf_counter

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaigns.http.headers import with_headers
from campaigns.http.journal import Journal, crash
from campaigns.ports.clock import Clock
from campaigns.web.measures import Measures
from campaigns.web.pages import STYLE_HASH

SECURITY_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # tokens are in our addresses
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


def careful(app: ASGIApp) -> ASGIApp:
    """The app, with security headers on each of its answers."""
    return with_headers(app, SECURITY_HEADERS)


def watched(
    app: ASGIApp, measures: Measures, journal: Journal, clock: Clock, seconds: Callable[[], float] = perf_counter
) -> ASGIApp:
    """The app, with a line in the journal for each request: its route, never its path, and nobody's address.

    What the app did not foresee ends here, so that no server prints a traceback with somebody's data.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        status = 0
        began, at = seconds(), clock()

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, send_and_see)
        except Exception as error:  # noqa: BLE001  whatever it is, strangers learn nothing of it
            journal({"level": "error", "message": "unforeseen", **crash(error)})
            if not status:
                await Response(status_code=503)(scope, receive, send_and_see)
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        taken = seconds() - began
        measures.handled(route, status, taken)
        journal(
            {
                "at": at.astimezone(UTC).isoformat(timespec="milliseconds"),
                "method": method,
                "route": route,
                "status": status,
                "ms": round(taken * 1000, 1),
            }
        )

    return answer
