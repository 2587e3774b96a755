"""`/p/{token}`: a colleague finds a pick odd. GET only asks, because scanners follow links; POST tells."""

from __future__ import annotations

from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from campaigns.ground.errors import LedgerError
from campaigns.ground.event import Event, EventType, event_id
from campaigns.links import OddPick, SignedLinks
from campaigns.ports.clock import Clock
from campaigns.web.books import Books
from campaigns.web.limiting import RateLimit
from campaigns.web.pages import Page, Pages
from campaigns.web.refusing import believed, unavailable


class Answering:
    """The page that asks about one pick, and what its one button posts; what else a post says is not read."""

    def __init__(self, links: SignedLinks, books: Books, pages: Pages, uses: RateLimit, clock: Clock) -> None:
        self._links = links
        self._books = books
        self._pages = pages
        self._uses = uses
        self._clock = clock

    async def answer(self, request: Request) -> Response:
        """Answer a request of either kind; twice is the same as once."""
        now = self._clock()
        odd = believed(self._links.read_odd_pick, request, now)
        if request.method != "POST":
            return self._pages.answer(request, Page.ODD)
        if wait := self._uses.take((Page.ODD, odd.ticket.delivery_id)):
            return self._pages.answer(request, Page.BUSY, 429, {"Retry-After": str(ceil(wait))})
        event = Event(_name(odd), odd.ticket.delivery_id, EventType.ODD_PICK, now, item_id=odd.item_id)
        try:
            await self._books.record(lambda: [event])
        except LedgerError:
            raise unavailable() from None
        return self._pages.answer(request, Page.ODD_NOTED)


def _name(odd: OddPick) -> str:
    return event_id("web", EventType.ODD_PICK, odd.ticket.delivery_id, odd.item_id)
