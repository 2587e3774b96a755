"""Who asks: the address that a request comes from, as far as it can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from campaigns.web.settings import Network

_PEER = "winddown.peer"
_FORWARDED = ("forwarded", "x-forwarded-for", "via")


def believing(proxies: Sequence[Network], app: ASGIApp) -> ASGIApp:
    """The app, asked by whom trusted proxies name: the last in X-Forwarded-For that is not one of them."""
    trusted = [str(network) for network in proxies]
    proxied: ASGIApp = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type,assignment]  # uvicorn's own words for ASGI

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        scope[_PEER] = scope.get("client")
        await proxied(scope, receive, send)

    return ask


def asking(request: Request) -> str:
    """What a request's rate is counted by: its address, or IPv6 network, for a household has 2^64 addresses."""
    address = _address(request.scope.get("client"))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")


def comes_from(request: Request, networks: Sequence[Network], proxies: Sequence[Network]) -> bool:
    """Whether the request comes from one of the networks.

    What was passed on by a proxy that is not trusted comes from nobody: behind one on this machine, all the
    world would otherwise seem to be this machine.
    """
    forwarded = any(name in request.headers for name in _FORWARDED)
    if forwarded and not _within(_address(request.scope.get(_PEER)), proxies):
        return False
    return _within(_address(request.scope.get("client")), networks)


def _within(address: IPv4Address | IPv6Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _address(client: tuple[str, int] | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
