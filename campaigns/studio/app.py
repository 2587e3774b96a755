"""`build_studio`: the whole studio from a workshop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from campaigns.http.headers import with_headers
from campaigns.studio.admission import Door, admitting
from campaigns.studio.answering import CSRF, Answering
from campaigns.studio.desk import Desk
from campaigns.studio.edition_pages import EditionPages
from campaigns.studio.jobs import Jobs
from campaigns.studio.messages import Messages
from campaigns.studio.pages import POLICY, Pages, asset
from campaigns.studio.reader_pages import ReaderPages
from campaigns.studio.state import state_of
from campaigns.studio.work import Approving, Curating, Problems

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def build_studio(desk: Desk, door: Door) -> ASGIApp:
    """The studio, for one process.

    Args:
        desk: the edition that it shows.
        door: whom it lets in.
    """
    jobs = Jobs()
    pages = Pages(lambda: _stamp_of(desk, jobs), lambda: _common(desk, jobs, door), desk.workshop.templates)
    answering = Answering(desk, pages, door.csrf)
    get, post = answering.get, answering.post
    edition, readers, messages = EditionPages(desk, pages), ReaderPages(desk, pages), Messages(desk)
    problems, approving, curating = Problems(desk, pages, jobs), Approving(desk), Curating(desk, pages)
    app = Starlette(
        routes=[
            Route("/", get(edition.overview)),
            Route("/excluded/{reason}", get(edition.excluded)),
            Route("/readers", get(readers.gallery)),
            Route("/search", get(readers.search)),
            Route("/anybody", get(readers.anybody)),
            Route("/readers/{user_id}", get(readers.reader)),
            Route("/readers/{user_id}/why", get(readers.why)),
            Route("/messages/{user_id}.html", get(messages.html)),
            Route("/messages/{user_id}.txt", get(messages.text)),
            Route("/messages/{user_id}.eml", get(messages.file)),
            Route("/pictures/{path:path}", get(messages.picture)),
            Route("/problems", get(problems.page)),
            Route("/curate", get(curating.page)),
            Route("/check", post(problems.check, "/problems"), methods=["POST"]),
            Route("/plan", post(problems.plan, "/"), methods=["POST"]),
            Route("/approve", post(approving.approve, "/"), methods=["POST"]),
            Route("/test-send", post(approving.send_test, "/readers"), methods=["POST"]),
            Route("/curate", post(curating.save, "/curate"), methods=["POST"]),
            Route("/curate/undo", post(curating.undo, "/curate"), methods=["POST"]),
            Route("/stamp", lambda _: _stamp(desk, jobs)),
            Route("/assets/{name}", _asset),
        ],
        exception_handlers={HTTPException: _refuse, Exception: _apologise},
    )
    app.router.redirect_slashes = False
    return with_headers(admitting(app, door), _HEADERS)


def _common(desk: Desk, jobs: Jobs, door: Door) -> Mapping[str, object]:
    """What every page shows."""
    edition = desk.workshop.edition
    return {
        "edition": edition,
        "provider": desk.workshop.settings.sender.provider,
        "simulated": desk.workshop.settings.simulated,
        "state": state_of(desk),
        "job": jobs.now,
        CSRF: door.csrf,
    }


def _stamp_of(desk: Desk, jobs: Jobs) -> str:
    return f"{desk.stamp()}-{jobs.now.finished}"


def _stamp(desk: Desk, jobs: Jobs) -> Response:
    """What pages ask twice a second: whether they are still up to date, and how far a job is."""
    now = {"stamp": _stamp_of(desk, jobs), "job": asdict(jobs.now)}
    return Response(json.dumps(now), media_type="application/json")


def _asset(request: Request) -> Response:
    try:
        content, media_type = asset(request.path_params["name"])
    except KeyError:
        raise HTTPException(404) from None
    return Response(content, media_type=media_type, headers={"Cache-Control": "max-age=31536000, immutable"})


async def _apologise(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"this is a fault of Winddown's: {type(error).__name__}: {error}\n", 500)


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
