"""Admission: who may ask the studio anything. It shows people's names and addresses, and it can send.

A page of the internet that is open in the same browser can ask `http://127.0.0.1:8500/` for things, too. So every
request must come from the studio's own pages or from the address bar (Fetch Metadata, W3C), must name a host that
is the studio's (or a name that is made to lead to this machine would do: DNS rebinding), and what changes anything
must carry a token that only our own pages know. Where other machines can reach it, a browser must have shown the
token that stands on the operator's terminal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "winddown_studio"
TOKEN = "token"  # noqa: S105 - the parameter's name
_SAFE = frozenset({"GET", "HEAD"})
_OURS = frozenset({"same-origin", "none"})
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Door:
    """Whom to let in.

    Attributes:
        hosts: the names under which browsers reach the studio, without a port.
        token: what a browser must show; empty where only this machine can ask.
        csrf: what our own pages' forms carry; another each time the studio starts.
    """

    hosts: frozenset[str]
    csrf: str = field(repr=False)
    token: str = field(default="", repr=False)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def names_of(host: str, further: tuple[str, ...]) -> frozenset[str]:
    """The names under which browsers reach a studio that listens there."""
    own = f"[{host}]" if ":" in host else host
    return frozenset(name.lower() for name in (*_LOCAL_NAMES, own, *further))


def admitting(app: ASGIApp, door: Door) -> ASGIApp:
    """The app, for those who may ask."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refusal = _refused(scope, door)
        await (refusal or app)(scope, receive, send)

    return answer


def _refused(scope: Scope, door: Door) -> Response | None:
    headers = Headers(scope=scope)
    if _name(headers.get("host", "")) not in door.hosts:
        return _no(421, "this is not the name of the studio; open the address that it printed when it started")
    if headers.get("sec-fetch-site", "none") not in _OURS:
        return _no(403, "this was asked by another site's page, and is refused; type the address instead")
    if scope["method"] not in _SAFE and not _is_ours(headers):
        return _no(403, "this was sent by another site's page, and is refused")
    if door.token and not _shows(headers, scope, door.token):
        return _no(403, "open the address with the token that the studio printed when it started")
    return _welcome(scope, door)


def _name(host: str) -> str:
    """A Host header without its port."""
    return (host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]).lower()


def _is_ours(headers: Headers) -> bool:
    """What is posted names its origin; one without was posted by no browser of today, and shows a CSRF token."""
    origin = headers.get("origin")
    return origin is None or (origin != "null" and urlsplit(origin).netloc == headers.get("host"))


def _shows(headers: Headers, scope: Scope, token: str) -> bool:
    shown = (_cookie(headers), _asked(scope), headers.get("authorization", "").removeprefix("Bearer "))
    return any(compare_digest(one.encode(), token.encode()) for one in shown)


def _welcome(scope: Scope, door: Door) -> Response | None:
    """The token goes out of the address, where it would stay in the history, into a cookie."""
    if not door.token or not _asked(scope) or scope["method"] not in _SAFE:
        return None
    answer = RedirectResponse(scope["path"], 303)
    answer.set_cookie(COOKIE, door.token, httponly=True, samesite="strict", path="/")
    return answer


def _asked(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get(TOKEN, [""])[0]


def _cookie(headers: Headers) -> str:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return str(cookie.value) if cookie else ""


def _no(status: int, sentence: str) -> Response:
    return PlainTextResponse(f"{sentence}\n", status, {"Cache-Control": "no-store"})
