"""`build_app`: the whole service from what it is handed."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from campaigns.http.journal import Journal, to_stdout
from campaigns.links import SignedLinks
from campaigns.ports.clock import Clock, system_clock
from campaigns.ports.ledger import Ledger
from campaigns.ports.webhook import Webhook
from campaigns.web.addresses import believing
from campaigns.web.answering import Answering
from campaigns.web.books import Books
from campaigns.web.following import Following, Judge
from campaigns.web.layers import careful, watched
from campaigns.web.limiting import RateLimit
from campaigns.web.measures import Measures
from campaigns.web.operating import Operating
from campaigns.web.pages import Pages
from campaigns.web.posting import Posting
from campaigns.web.refusing import Refusals
from campaigns.web.settings import WebSettings
from campaigns.web.unsubscribing import Unsubscribing


def build_app(
    *,
    ledger: Ledger,
    links: SignedLinks,
    settings: WebSettings,
    judge: Judge,
    webhooks: Iterable[Webhook] = (),
    clock: Clock = system_clock,
    journal: Journal = to_stdout,
) -> ASGIApp:
    """The web service, for one process.

    Args:
        ledger: where everything goes; used by several threads at once.
        links: reads the tokens of links.
        settings: what an operator decides.
        judge: says which opens and clicks were a machine's.
        webhooks: each answers at `/webhooks/<its name>`.
        clock: tells when things happened and whether tokens have expired.
        journal: gets a line for each request.
    """
    limits = settings.limits
    measures = Measures()
    pages = Pages(settings.name, settings.mailbox)
    books = Books(ledger, measures, journal, limits.unsubscribe_pauses)
    refusals = Refusals(pages, RateLimit(limits.refusals_per_minute), RateLimit(limits.refused_posts_per_minute))
    uses = RateLimit(limits.uses_per_minute)
    unsubscribing = Unsubscribing(links, books, pages, uses, clock, limits)
    following = Following(links, books, uses, judge, clock, journal)
    answering = Answering(links, books, pages, uses, clock)
    posting = Posting(webhooks, books, refusals, measures, clock, limits, journal)
    operating = Operating(books, measures, settings)
    app = Starlette(
        routes=[
            Route("/u/{token}", unsubscribing.answer, methods=["GET", "POST"]),
            Route("/c/{token}", following.click, methods=["GET"]),
            Route("/o/{token}.gif", following.open, methods=["GET"]),
            Route("/p/{token}", answering.answer, methods=["GET", "POST"]),
            Route("/webhooks/{name}", posting.take, methods=["POST"]),
            Route("/healthz", operating.health, methods=["GET"]),
            Route("/metrics", operating.metrics, methods=["GET"]),
        ],
        exception_handlers={HTTPException: refusals.refuse, Exception: refusals.apologise},
    )
    app.router.redirect_slashes = False  # such a redirect would name whatever host the request names
    return believing(settings.trusted_proxies, careful(watched(app, measures, journal, clock)))
