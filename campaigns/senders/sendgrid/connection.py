"""The connection: one that is kept, under SendGrid's own library.

The library opens a connection for every call, through urllib, which cannot keep one; it waits without end unless
told otherwise; and at level DEBUG it logs the key and every message, having written them out as text whether
anybody listens or not. Its calls all go through one method that opens the request, which here uses a connection
of `http.client` instead. And what it is given to log is a length.

It also tells apart what is the whole point here: whether a request that got no answer can have been read to its
end. Nothing is tried twice.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message as Fields
from time import monotonic
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import Request

import python_http_client
from sendgrid import SendGridAPIClient

from campaigns.senders.listening import has_spoken
from campaigns.senders.sendgrid.settings import SendGridSettings

_IDLE_S = 20.0  # a connection that rested longer is not trusted: servers close theirs after a minute or less


class NotSentError(Exception):
    """The request surely did not get there whole; says why, in words fit for a log."""


class UnansweredError(Exception):
    """The request got there, or may have, and no answer came back; says why."""


class Body(bytes):
    """JSON, which the library is not to encode again, nor to log."""

    __slots__ = ()

    def encode(self, encoding: str) -> Self:
        """As it is."""
        del encoding
        return self

    def __format__(self, spec: str) -> str:
        return f"{len(self)} bytes"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP reply, as the library takes it from urllib."""

    status: int
    content: Body
    headers: Fields

    def getcode(self) -> int:
        """The status."""
        return self.status

    def read(self) -> Body:
        """The body."""
        return self.content

    def info(self) -> Fields:
        """The headers."""
        return self.headers


class Connection:
    """To one host, opened when it is needed and kept."""

    def __init__(self, settings: SendGridSettings, clock: Callable[[], float] = monotonic) -> None:
        url = urlsplit(settings.host)
        assert url.hostname is not None, "the settings have one"
        self._http: http.client.HTTPConnection
        if url.scheme == "https":
            context = ssl.create_default_context()
            self._http = http.client.HTTPSConnection(
                url.hostname, url.port, timeout=settings.timeout_s, context=context
            )
        else:
            self._http = http.client.HTTPConnection(url.hostname, url.port, timeout=settings.timeout_s)
        self._clock = clock
        self._used_at = clock()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def call(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request and its answer, whatever its status.

        Raises:
            NotSentError: nobody there, or the connection broke before the request was written.
            UnansweredError: it broke, or went silent, afterwards.
        """
        try:
            self._connect()
            answered = self._write(method, target, body, headers)
            return answered or self._read()
        except (NotSentError, UnansweredError):
            self.close()
            raise
        finally:
            self._used_at = self._clock()

    def _connect(self) -> None:
        socket = self._http.sock
        if socket is not None and (self._clock() - self._used_at > _IDLE_S or has_spoken(socket)):
            self.close()
        if self._http.sock is None:
            try:
                self._http.connect()
            except (OSError, UnicodeError) as failure:
                raise NotSentError(f"no connection to {self._http.host}: {_reason(failure)}") from failure

    def _write(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> Answer | None:
        """Write the request; a server may refuse it before it has read it to the end, and close."""
        try:
            self._http.request(method, target, body, headers)
        except (OSError, http.client.HTTPException) as failure:
            early = None if isinstance(failure, TimeoutError) else self._early_refusal()
            if early is None:
                raise NotSentError(f"the connection broke while writing: {_reason(failure)}") from failure
            return early
        return None

    def _early_refusal(self) -> Answer | None:
        try:
            answer = self._read()
        except UnansweredError:
            answer = None
        self.close()
        return answer if answer and 400 <= answer.status < 500 else None  # noqa: PLR2004  HTTP's client errors

    def _read(self) -> Answer:
        try:
            response = self._http.getresponse()
        except (OSError, http.client.HTTPException) as failure:
            raise UnansweredError(f"no answer: {_reason(failure)}") from failure
        try:
            content = Body(response.read())
        except (OSError, http.client.HTTPException):
            content = Body()  # the status says all that matters
            self.close()
        return Answer(response.status, content, response.headers)


class Client(python_http_client.Client):  # type: ignore[misc]  # the library has no types
    """The library's client, on a kept connection, and with the key where it is not logged."""

    def __init__(self, connection: Connection, authorization: str, **rest: Any) -> None:  # noqa: ANN401  as it passes them
        super().__init__(**rest)
        self._connection = connection
        self._authorization = authorization

    def _build_client(self, name: str | None = None) -> Client:
        return Client(
            self._connection,
            self._authorization,
            host=self.host,
            request_headers=self.request_headers,
            version=self._version,
            url_path=[*self._url_path, name] if name else self._url_path,
        )

    def _make_request(self, opener: object, request: Request, timeout: object = None) -> Answer:
        """One call; an answer of any status is an answer."""
        del opener, timeout  # both are the connection's
        headers = {**request.headers, "Authorization": self._authorization}
        body = bytes(request.data) if isinstance(request.data, bytes) else None
        return self._connection.call(request.get_method(), request.selector, body, headers)


def client(settings: SendGridSettings, connection: Connection) -> Client:
    """The library's client for these settings."""
    api = SendGridAPIClient(api_key=settings.api_key, host=settings.host)
    headers = dict(api.client.request_headers)
    authorization = headers.pop("Authorization")
    headers["Content-Type"] = "application/json; charset=utf-8"  # any but the plain one: the body is JSON already
    return Client(connection, authorization, host=settings.host, request_headers=headers, version=3)


def _reason(failure: Exception) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({failure.verify_message})"
    if isinstance(failure, TimeoutError):
        return "timed out"
    words = failure.strerror if isinstance(failure, OSError) else None
    return words or type(failure).__name__
