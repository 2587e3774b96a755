"""A call that failed as a whole: did anything leave?

botocore says "before-send" once a request is signed and about to be written. What fails sooner has surely not
left, and neither has what found nobody to connect to. A refusal (4xx) is SES's word that it took nothing.
All else leaves it open. A connection that breaks, or stays silent, may have carried the request there before
and lost only the answer. And a 500 is no proof of the contrary either: some machine within a distributed
service failed, perhaps after the queue of outgoing mail had taken the messages over; Amazon nowhere promises
that nothing was done.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import local
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from campaigns.ground.errors import ConfigurationError, DeliveryError
from campaigns.senders.ses.outcomes import THROTTLED, UNCERTAIN, Verdict, line, quota_used_up

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2 import SESV2Client

FAILED = (BotoCoreError, ClientError, ResponseParserError)
"""All that a call can raise."""

_NOBODY_THERE = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
_NETWORK = (BotoConnectionError, HTTPClientError)
_THROTTLING = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
_LIMITS = _THROTTLING | {"LimitExceededException"}
_GAVE_UP_READING = 408  # RFC 9110, 15.5.9: from something in between, which may have passed the request on
_NOT_LET_IN = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)

_UNFIT = frozenset({"BadRequestException", "MessageRejected"})
"""The call is refused for its contents, and so perhaps for those of one message."""

_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "AccountSuspendedException": "SES has shut the account; write to AWS support",
        "SendingPausedException": "enable sending for the account and the configuration set again",
        "MailFromDomainNotVerifiedException": "verify the MAIL FROM domain in SES",
        "NotFoundException": "make the template, the configuration set or the identity that it misses",
    }
)


class BadCallError(DeliveryError):
    """SES took nothing of a call, for something that is in it."""


class Departure:
    """Whether the latest request that this thread made of a client can have begun to leave."""

    def __init__(self, client: SESV2Client) -> None:
        self._at_hand = local()
        client.meta.events.register("before-call.sesv2", self._prepared)
        client.meta.events.register("before-send.sesv2", self._begun)

    @property
    def begun(self) -> bool:
        """Of a thread that has made none: no."""
        return getattr(self._at_hand, "begun", False)

    def _prepared(self, **_: object) -> None:
        self._at_hand.begun = False

    def _begun(self, **_: object) -> None:
        self._at_hand.begun = True


def weigh(failure: Exception, departure: Departure) -> Verdict:
    """What a failed call means for each of its messages.

    Raises:
        QuotaError: the day's allowance is used up; nothing has left.
        BadCallError: something in the call is at fault; nothing has left.
        DeliveryError: nothing can be sent at present; nothing has left.
    """
    if not departure.begun or isinstance(failure, _NOBODY_THERE) or _is_distrust(failure):
        raise _unreachable(failure) from None
    if isinstance(failure, ClientError):
        return _refused(failure)
    return UNCERTAIN.because(f"no answer after it was sent ({type(failure).__name__})")


@contextmanager
def asking() -> Iterator[None]:
    """Around questions that change nothing: what fails there is told as a sentence.

    Raises:
        ConfigurationError: the credentials are missing, wrong, or lack a permission.
        DeliveryError: SES cannot be reached, or does not answer.
    """
    try:
        yield
    except ClientError as failure:
        raise _unanswered(failure) from None
    except FAILED as failure:
        if isinstance(failure, BotoCoreError) and not isinstance(failure, _NETWORK):
            raise ConfigurationError(
                f"ses: no request can be made ({line(str(failure))}); correct the AWS credentials or settings"
            ) from None
        raise _unreachable(failure) from None


def is_refusal(failure: Exception) -> bool:
    """Whether SES said no, and will again."""
    if not isinstance(failure, ClientError):
        return False
    code, status, _ = _told(failure)
    return 400 <= status < 500 and code not in _LIMITS  # noqa: PLR2004 - RFC 9110's class of refusals


def _refused(failure: ClientError) -> Verdict:
    code, status, words = _told(failure)
    if not 400 <= status < 500 or status == _GAVE_UP_READING:  # noqa: PLR2004 - RFC 9110's class of refusals
        return UNCERTAIN.because(f"SES failed ({words})", status)
    if code in _LIMITS and "daily" in words.lower():
        raise quota_used_up(words, status)
    if code in _THROTTLING or (code in _LIMITS and "rate" in words.lower()):
        return THROTTLED.because(words, status)
    advice = _ADVICE.get(code, "put that right, then run the command again")
    kind = BadCallError if code in _UNFIT else DeliveryError
    sentence = f"ses: it refused the call ({words}); {advice}"
    raise kind(sentence, provider="ses", status=status, body=words) from None


def _unanswered(failure: ClientError) -> ConfigurationError | DeliveryError:
    code, status, words = _told(failure)
    if code in _NOT_LET_IN or status in {401, 403}:
        return ConfigurationError(
            f"ses: {failure.operation_name} was not allowed ({words}); "
            "correct the AWS credentials, or give them that permission"
        )
    return DeliveryError(
        f"ses: {failure.operation_name} failed ({words}); run the command again later",
        provider="ses",
        status=status,
        body=words,
    )


def _unreachable(failure: Exception) -> DeliveryError:
    body = f"{type(failure).__name__}, before anything was sent"
    return DeliveryError(
        f"ses: it cannot be reached ({line(str(failure))}); check network, region and credentials, "
        "or run the command again later",
        provider="ses",
        body=body,
    )


def _is_distrust(failure: BaseException | None) -> bool:
    """Whether a certificate was refused, which happens before a request is written."""
    while failure is not None:
        if isinstance(failure, ssl.SSLCertVerificationError):
            return True
        failure = failure.__cause__ or failure.__context__
    return False


def _told(failure: ClientError) -> tuple[str, int, str]:
    """SES's own code, the HTTP status, and its words; of a refused signature the code alone."""
    error: Mapping[str, Any] = failure.response.get("Error", {})
    status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.get("Code", "")) or f"status {status}"
    words = "" if code in _NOT_LET_IN - {"AccessDeniedException"} else str(error.get("Message", ""))
    return code, status, line(f"{code}: {words}")
