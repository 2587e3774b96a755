"""Refusing: every answer that is not what was asked for is given, and counted by address, in one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from campaigns.links import BadTokenError, ExpiredTokenError
from campaigns.web.addresses import asking
from campaigns.web.limiting import RateLimit
from campaigns.web.pages import Page, Pages

T = TypeVar("T")

_PAGES = {404: Page.DAMAGED, 410: Page.EXPIRED, 429: Page.BUSY, 503: Page.LATER}
TRY_AGAIN_S = 30


class Refusals:
    """The exception handlers of the app.

    Args:
        links: how often an address may be refused on links and unknown paths.
        posts: the same on webhooks.
    """

    def __init__(self, pages: Pages, links: RateLimit, posts: RateLimit) -> None:
        self._pages = pages
        self._links = links
        self._posts = posts

    def busy(self, request: Request) -> bool:
        """Whether the address that posts has been refused too often to be listened to."""
        return self._posts.wait(asking(request)) > 0

    async def refuse(self, request: Request, error: Exception) -> Response:
        """The answer to a request that cannot be met; 429 to an address that has had too many of them."""
        assert isinstance(error, HTTPException)
        if error.status_code < 500:  # noqa: PLR2004  what is our own fault counts against nobody
            if request.url.path.startswith("/webhooks/"):
                self._posts.take(asking(request))
            elif wait := self._links.take(asking(request)):
                return self._pages.answer(request, Page.BUSY, 429, {"Retry-After": str(ceil(wait))})
        return self._answer(request, error)

    async def apologise(self, request: Request, _: Exception) -> Response:
        """The answer where something broke: 503 and not 500, so that mail clients and providers try again."""
        return self._answer(request, unavailable())

    def _answer(self, request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith("/webhooks/"):  # no person reads it
            return PlainTextResponse("", error.status_code, error.headers)
        page = _PAGES.get(error.status_code, Page.REFUSED)
        return self._pages.answer(request, page, error.status_code, error.headers)


def unavailable(*, hang_up: bool = False) -> HTTPException:
    """Something does not work at present, and may be tried again."""
    return HTTPException(
        503, headers={"Retry-After": str(TRY_AGAIN_S)} | ({"Connection": "close"} if hang_up else {})
    )


def believed(read: Callable[[str, datetime], T], request: Request, now: datetime) -> T:
    """What the token in the path says.

    Raises:
        HTTPException: 404 where it is not signed by us, 410 where it is too old.
    """
    try:
        return read(request.path_params["token"], now)
    except ExpiredTokenError:
        raise HTTPException(410) from None
    except BadTokenError:
        raise HTTPException(404) from None
