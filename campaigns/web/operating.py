"""`/healthz` and `/metrics`: what whoever runs the service asks it."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from time import monotonic

from anyio import Lock
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from campaigns.web.addresses import comes_from
from campaigns.web.books import Books
from campaigns.web.measures import Measures
from campaigns.web.settings import WebSettings

_FRESH_S = 1.0


class Operating:
    """The service's health, and its counters."""

    def __init__(
        self, books: Books, measures: Measures, settings: WebSettings, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._books = books
        self._measures = measures
        self._settings = settings
        self._seconds = seconds
        self._asking = Lock()
        self._asked_at = float("-inf")
        self._reachable = False

    async def health(self, _: Request) -> Response:
        """Whether the ledger can be reached; anybody may ask, and the ledger is asked once a second at most."""
        async with self._asking:
            if self._seconds() - self._asked_at > _FRESH_S:
                self._reachable = await self._books.reachable()
                self._asked_at = self._seconds()
        return PlainTextResponse("ok\n") if self._reachable else PlainTextResponse("unavailable\n", 503)

    async def metrics(self, request: Request) -> Response:
        """The counters, for those who may see them; to all others there is no such page."""
        if not self._may_read(request):
            raise HTTPException(404)
        return Response(self._measures.exposed(), media_type=CONTENT_TYPE_LATEST)

    def _may_read(self, request: Request) -> bool:
        settings = self._settings
        shown, wanted = request.headers.get("authorization", ""), f"Bearer {settings.metrics_token}"
        if settings.metrics_token and compare_digest(shown.encode(), wanted.encode()):
            return True
        return comes_from(request, settings.metrics_from, settings.trusted_proxies)
