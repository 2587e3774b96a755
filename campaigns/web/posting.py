"""`/webhooks/{name}`: providers' events. What is not signed is refused; what we cannot take now may come again.

SNS gives up at any 4xx and tries again after a 5xx ("Amazon SNS message delivery retries"). Hence 503 wherever a
good post could otherwise be lost, even where 429 or 408 would be the nicer word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from campaigns.ground.errors import DeliveryError, LedgerError, MessageError, UnsignedError
from campaigns.ground.event import Event
from campaigns.http.journal import Journal
from campaigns.ports.clock import Clock
from campaigns.ports.webhook import Webhook
from campaigns.web.bodies import Room, body_of
from campaigns.web.books import Books
from campaigns.web.measures import Measures
from campaigns.web.refusing import Refusals, unavailable
from campaigns.web.settings import Limits

_TOO_SLOW = 408


class Posting:
    """The webhooks, by name."""

    def __init__(
        self,
        webhooks: Iterable[Webhook],
        books: Books,
        refusals: Refusals,
        measures: Measures,
        clock: Clock,
        limits: Limits,
        journal: Journal,
    ) -> None:
        self._webhooks = {webhook.name: webhook for webhook in webhooks}
        self._books = books
        self._refusals = refusals
        self._measures = measures
        self._clock = clock
        self._limits = limits
        self._journal = journal
        self._room = Room(limits.webhook_bytes_at_once)

    async def take(self, request: Request) -> Response:
        """Take one post."""
        webhook = self._webhooks.get(request.path_params["name"])
        if webhook is None:
            raise HTTPException(404)
        try:
            if self._refusals.busy(request):
                raise unavailable(hang_up=True)
            await self._read(webhook, request)
        except HTTPException as error:
            self._measures.posted(webhook.name, "refused" if error.status_code < 500 else "failed")  # noqa: PLR2004
            raise
        self._measures.posted(webhook.name, "taken")
        return Response(status_code=200)

    async def _read(self, webhook: Webhook, request: Request) -> None:
        headers = dict(request.headers)
        try:
            async with body_of(request, self._limits.webhook_bytes, self._limits.body_seconds, self._room) as body:
                await self._record(webhook, headers, body)
        except HTTPException as error:
            raise unavailable(hang_up=True) if error.status_code == _TOO_SLOW else error from None

    async def _record(self, webhook: Webhook, headers: Mapping[str, str], body: bytes) -> None:
        now = self._clock()
        try:
            await self._books.record(lambda: self._events(webhook, headers, body, now))
        except UnsignedError as error:
            self._tell(webhook, "warning", f"a post was not believed: {error}")
            raise HTTPException(403) from None
        except MessageError as error:
            self._tell(webhook, "error", f"a signed post was not taken: {error}")
            raise HTTPException(400) from None
        except (LedgerError, DeliveryError) as error:
            self._tell(webhook, "error", f"a signed post was not taken: {error}")
            raise unavailable() from None

    def _events(self, webhook: Webhook, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Event]:
        reading = webhook.read(headers, body, now)
        self._measures.ignored(webhook.name, reading.ignored)
        return reading.events

    def _tell(self, webhook: Webhook, level: str, sentence: str) -> None:
        self._journal({"level": level, "message": sentence, "webhook": webhook.name})
