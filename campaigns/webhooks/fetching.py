"""Fetching: one small document by HTTPS, from a host that the caller has checked."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from campaigns.ground.errors import DeliveryError

Fetch = Callable[[str], bytes]
"""Gives a URL's document, or raises DeliveryError, with the status where there was an answer."""

_SILENCE = 5.0  # seconds without a byte
_PATIENCE = 10.0  # seconds for the whole of it
_LONGEST = 65_536  # bytes; a certificate has some 2,000
_CHUNK = 8_192


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would lead from the host that was checked to one that was not."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none: the answer then counts as an error of its status."""
        del req, fp, code, msg, headers, newurl


def _https_alone() -> OpenerDirector:
    """The usual opener reads files and FTP too."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPSHandler(),
        _NoRedirects(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
        UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


_OPENER = _https_alone()


def https_get(url: str) -> bytes:
    """GET it, within 10 seconds, without following a redirect, up to 64 KiB.

    Args:
        url: of a host that the caller has checked.

    Raises:
        DeliveryError: there was no such answer; `status` is that of the answer there was.
    """
    deadline = time.monotonic() + _PATIENCE
    try:
        with _OPENER.open(url, timeout=_SILENCE) as answer:
            content = b""
            while chunk := answer.read1(_CHUNK):
                content += chunk
                if len(content) > _LONGEST or time.monotonic() > deadline:
                    raise _failure(url, f"its answer is longer than {_LONGEST} bytes or {_PATIENCE:.0f} seconds")
            return content
    except HTTPError as error:
        error.close()
        raise _failure(url, f"it answered {error.code}", error.code) from None
    except (OSError, HTTPException) as error:
        raise _failure(url, f"no answer ({type(error).__name__})") from error


def _failure(url: str, reason: str, status: int | None = None) -> DeliveryError:
    """Names the host alone: a query can hold a token."""
    host = url.removeprefix("https://").partition("/")[0]
    return DeliveryError(f"{host}: {reason}; the provider should post again", provider=host, status=status)
