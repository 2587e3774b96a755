"""Answering: a page's function, called in a thread with what was asked; what goes wrong becomes a page, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns.ground.errors import ConfigurationError, GuardError, TemplateError, WinddownError
from campaigns.studio.desk import Desk
from campaigns.studio.pages import Pages
from recsource.errors import RecsourceError

_MOST = 256 * 1024
"""Bytes of a form; the largest is a list of 50 items."""
CSRF = "csrf"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and by which path.

    Attributes:
        query: the address's parameters, the first value of each.
        form: what was posted, each field with all its values.
    """

    path: dict[str, str]
    query: dict[str, str]
    form: dict[str, list[str]] = field(default_factory=dict)

    def field(self, name: str) -> str:
        """A form's field; empty where it was not posted."""
        return self.form.get(name, [""])[0].strip()

    def fields(self, name: str) -> Sequence[str]:
        """All values of a form's field."""
        return self.form.get(name, [])


Handler = Callable[[Asked], Response]


@dataclass(frozen=True, slots=True)
class Answering:
    """Turns handlers into what Starlette calls."""

    desk: Desk
    pages: Pages
    csrf: str

    def get(self, handler: Handler) -> Callable[[Request], object]:
        """A page."""

        async def answer(request: Request) -> Response:
            asked = Asked(dict(request.path_params), dict(request.query_params))
            return await to_thread.run_sync(self._answer, handler, asked)

        return answer

    def post(self, handler: Callable[[Asked], str], back: str) -> Callable[[Request], object]:
        """Something that is done, after which the browser goes to another page.

        Args:
            handler: does it, and says in a sentence what was done.
            back: where to go; a field `back` of the form overrides it, if it is one of our own paths.
        """

        async def answer(request: Request) -> Response:
            form = parse_qs((await _body(request)).decode(), keep_blank_values=True)
            if not compare_digest(form.get(CSRF, [""])[0].encode(), self.csrf.encode()):
                raise HTTPException(
                    403, "this form is of another studio, or of an earlier one; load the page again"
                )
            asked = Asked(dict(request.path_params), dict(request.query_params), form)
            return await to_thread.run_sync(self._do, handler, asked, back)

        return answer

    def _answer(self, handler: Handler, asked: Asked) -> Response:
        with self.desk.lock:
            self.pages.begin()
            try:
                return handler(asked)
            except (WinddownError, RecsourceError, OSError) as error:
                return self.pages.failure(error, _status(error))

    def _do(self, handler: Callable[[Asked], str], asked: Asked, back: str) -> Response:
        with self.desk.lock:
            try:
                self.pages.say(handler(asked))
            except (WinddownError, RecsourceError, OSError) as error:
                self.pages.say(str(error), failed=True)
        return RedirectResponse(_own_path(asked.field("back")) or back, 303)


def _own_path(path: str) -> str:
    r"""A path of ours, or nothing: `//evil.example` and `/\evil.example` lead elsewhere."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if own else ""


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST:
            raise HTTPException(413, "this is larger than any of the studio's forms")
    return body


def _status(error: Exception) -> int:
    if isinstance(error, TemplateError):
        return 422
    return 409 if isinstance(error, GuardError) else 404 if isinstance(error, ConfigurationError) else 500
