"""`/u/{token}`: asking, by GET, changes nothing, because scanners follow links; POST unsubscribes, and at once."""

from __future__ import annotations

from math import ceil
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from campaigns.ground.errors import LedgerError
from campaigns.links import SignedLinks
from campaigns.ports.clock import Clock
from campaigns.web.bodies import Room, body_of
from campaigns.web.books import Books
from campaigns.web.limiting import RateLimit
from campaigns.web.pages import Page, Pages
from campaigns.web.refusing import believed, unavailable
from campaigns.web.settings import Limits

_FORMS_AT_ONCE = 512
_MOST_FIELDS = 16


class Unsubscribing:
    """The page, and what its form and mail clients post.

    A mail client's one click (RFC 8058) posts `List-Unsubscribe=One-Click`, and means this campaign. So does
    every other post but that of our own form's second button: whoever posts with our signature wants to go.
    """

    def __init__(
        self, links: SignedLinks, books: Books, pages: Pages, uses: RateLimit, clock: Clock, limits: Limits
    ) -> None:
        self._links = links
        self._books = books
        self._pages = pages
        self._uses = uses
        self._clock = clock
        self._limits = limits
        self._room = Room(limits.form_bytes * _FORMS_AT_ONCE)

    async def answer(self, request: Request) -> Response:
        """Answer a request of either kind."""
        now = self._clock()
        ticket = believed(self._links.read_unsubscribe, request, now)
        if request.method != "POST":
            return self._pages.answer(request, Page.ASK)
        if wait := self._uses.take((Page.ASK, ticket.delivery_id)):
            return self._pages.answer(request, Page.BUSY, 429, {"Retry-After": str(ceil(wait))})
        async with body_of(request, self._limits.form_bytes, self._limits.body_seconds, self._room) as body:
            everything = asks_for_everything(body)
        try:
            known = await self._books.unsubscribe(ticket.delivery_id, now, everything=everything)
        except LedgerError:
            raise unavailable() from None
        if not known:
            return self._pages.answer(request, Page.UNKNOWN, 202)  # kept, and carried out once it is known
        return self._pages.answer(request, Page.STOPPED_ALL if everything else Page.STOPPED)


def asks_for_everything(body: bytes) -> bool:
    """Whether a form asks for all email to be stopped; `body` can be anything at all."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return False
    return fields.get("scope") == ["all"]
