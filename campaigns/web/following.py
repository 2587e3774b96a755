"""`/c/{token}` and `/o/{token}.gif`: where a link leads, and a picture; what they tell is recorded afterwards."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from campaigns.ground.errors import LedgerError
from campaigns.ground.event import Event, EventType, event_id, link_key
from campaigns.http.journal import Journal
from campaigns.links import SignedLinks, Ticket
from campaigns.ports.clock import Clock
from campaigns.web.books import Books
from campaigns.web.limiting import RateLimit
from campaigns.web.refusing import believed

Judge = Callable[[EventType, str], str]
"""The rule by which an open or a click was a machine's, or nothing: from its type and the user agent."""

GIF: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_USER_AGENT = 512
_SAME_S = 10
_IN_ADDRESSES: Final = ":/?#[]@!$&'()*+,;=%~"


class Following:
    """Clicks and opens. Whatever happens to the ledger, people get where they wanted to go."""

    def __init__(
        self, links: SignedLinks, books: Books, uses: RateLimit, judge: Judge, clock: Clock, journal: Journal
    ) -> None:
        self._links = links
        self._books = books
        self._uses = uses
        self._judge = judge
        self._clock = clock
        self._journal = journal

    async def click(self, request: Request) -> Response:
        """Lead on to where the signed token says, and nowhere else."""
        now = self._clock()
        click = believed(self._links.read_click, request, now)
        notice = self._noticing(request, EventType.CLICKED, click.ticket, now, click.url, click.item_id)
        return Response(
            status_code=302, headers={"Location": quote(click.url, safe=_IN_ADDRESSES)}, background=notice
        )

    async def open(self, request: Request) -> Response:
        """The picture."""
        now = self._clock()
        ticket = believed(self._links.read_open, request, now)
        notice = self._noticing(request, EventType.OPENED, ticket, now)
        return Response(GIF, media_type="image/gif", background=notice)

    def _noticing(
        self,
        request: Request,
        kind: EventType,
        ticket: Ticket,
        now: datetime,
        url: str = "",
        item: str | None = None,
    ) -> BackgroundTask | None:
        """What is left to do once the answer is on its way; nothing after a HEAD, or when it is the same again."""
        if request.method != "GET" or self._uses.take((kind, ticket.delivery_id)):
            return None
        user_agent = request.headers.get("user-agent", "")[:_USER_AGENT]
        rule = self._judge(kind, user_agent)
        event = Event(
            provider_event_id=_event_id(kind, ticket, url, rule, now),
            delivery_id=ticket.delivery_id,
            type=kind,
            at=now,
            machine=bool(rule),
            machine_rule=rule,
            item_id=item,
            link_key=link_key(url),
        )
        return BackgroundTask(self._notice, event)

    async def _notice(self, event: Event) -> None:
        try:
            await self._books.record(lambda: [event])
        except LedgerError as error:
            self._journal({"level": "error", "message": f"an event is lost: {error}", "type": event.type})


def _event_id(kind: EventType, ticket: Ticket, url: str, rule: str, now: datetime) -> str:
    """One in ten seconds for a link and rule: the impatient click twice, and a scanner hides nobody's click."""
    return event_id("web", kind, ticket.delivery_id, url, rule, str(int(now.timestamp() // _SAME_S)))
