"""What SendGrid answered to a request, as receipts for its messages.

Statuses are from "Mail Send: Errors" and "Responses" in SendGrid's documentation. 202: valid and queued. 200:
valid, and nothing is queued, as in the sandbox, which we never ask for. A 4xx refuses the whole request, so that
nothing of it has left; where the error names a personalization that message is to blame, and the others go again.
A 5xx leaves it open: SendGrid promises nowhere that nothing was queued, and a request cannot be marked as the same
one when it is sent again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType

from campaigns.ground.errors import DeliveryError, QuotaError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.sendgrid.connection import Answer
from campaigns.senders.words import one_line

PROVIDER = "sendgrid"

_PERSONALIZATION = re.compile(r"personalizations[.\[](?P<index>\d+)\b")
_OF_THE_MESSAGE = re.compile(r"(personalizations|content|subject|headers|custom_args)\b")
_SPENT = re.compile(r"credits? exceeded|exceeded your (messaging|sending) limits?", re.IGNORECASE)
_REFUSED = range(400, 500)
_NO_ENTRY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN})
_ADVICE: Mapping[int, str] = MappingProxyType(
    {
        HTTPStatus.OK: "something between here and SendGrid puts requests into its sandbox; take that out",
        HTTPStatus.UNAUTHORIZED: "check the API key",
        HTTPStatus.FORBIDDEN: "check the API key's permissions, and that SendGrid knows the sender's address",
    }
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One of an answer's errors.

    Attributes:
        field: which field of the request it is about, such as `personalizations.3.to.0.email`; or nothing.
        words: what it says, without addresses.
    """

    field: str
    words: str

    def __str__(self) -> str:
        return f"{self.field}: {self.words}" if self.field else self.words


def receipts(messages: Sequence[Message], answer: Answer) -> Sequence[Receipt]:
    """A receipt a message of the request that was answered so.

    Raises:
        QuotaError: the account's credits are used up, and nothing has left.
        DeliveryError: SendGrid refused the request for a reason that is no single message's.
    """
    status = answer.status
    detail = summary(answer)
    if status == HTTPStatus.ACCEPTED:
        name = answer.headers.get("X-Message-Id")
        return [Receipt(one.delivery_id, Outcome.ACCEPTED, name, status) for one in messages]
    if status == HTTPStatus.OK:
        raise _failure(answer, "it checked the messages and queued none")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return [_throttled(one, _reset(answer)) for one in messages]
    if status not in _REFUSED or status == HTTPStatus.REQUEST_TIMEOUT:  # a proxy's, which may have passed it on
        return [Receipt(one.delivery_id, Outcome.UNCERTAIN, status=status, detail=detail) for one in messages]
    guilty = _guilty(messages, answer) if status == HTTPStatus.BAD_REQUEST else {}
    if not guilty:
        raise _failure(answer, detail)
    return [_judged(one, guilty.get(index)) for index, one in enumerate(messages)]


def complaints(answer: Answer) -> Sequence[Complaint]:
    """What an answer complains of: `{"errors": [{"message": …, "field": …}]}`."""
    try:
        errors = json.loads(answer.content)["errors"]
        return [Complaint(str(one.get("field") or ""), one_line(str(one.get("message")))) for one in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def summary(answer: Answer) -> str:
    """The first complaint, or the status's own words."""
    first = next(iter(complaints(answer)), None)
    return str(first) if first else _phrase(answer.status)


def _guilty(messages: Sequence[Message], answer: Answer) -> dict[int, str]:
    """By index, the messages that are named, and why."""
    found: dict[int, str] = {}
    for complaint in complaints(answer):
        named = _PERSONALIZATION.match(complaint.field)
        if named and int(named["index"]) < len(messages):
            found.setdefault(int(named["index"]), str(complaint))
        elif len(messages) == 1 and _OF_THE_MESSAGE.match(complaint.field):
            found.setdefault(0, str(complaint))
    return found


def _judged(message: Message, verdict: str | None) -> Receipt:
    if verdict is None:
        detail = "another message of its request was refused"
        return Receipt(
            message.delivery_id, Outcome.DEFERRED, status=HTTPStatus.BAD_REQUEST, detail=detail, tried=False
        )
    return Receipt(message.delivery_id, Outcome.REJECTED, status=HTTPStatus.BAD_REQUEST, detail=verdict)


def _throttled(message: Message, detail: str) -> Receipt:
    return Receipt(
        message.delivery_id,
        Outcome.DEFERRED,
        status=HTTPStatus.TOO_MANY_REQUESTS,
        detail=detail,
        tried=False,
        throttled=True,
    )


def _reset(answer: Answer) -> str:
    """When SendGrid takes requests again: X-RateLimit-Reset, in seconds since 1970."""
    try:
        at = datetime.fromtimestamp(int(answer.headers.get("X-RateLimit-Reset", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return "too many requests"
    return f"too many requests; it takes more from {at:%Y-%m-%d %H:%M:%S} UTC on"


def _failure(answer: Answer, detail: str) -> DeliveryError:
    status = answer.status
    if status in _NO_ENTRY and _SPENT.search(detail):
        sentence = f"SendGrid: the account's credits are used up ({status} {detail})"
        return QuotaError(sentence, provider=PROVIDER, status=status, body=detail)
    sentence = (
        f"SendGrid refused the request ({status} {detail}); {_ADVICE.get(status, 'see what it complains of')}"
    )
    return DeliveryError(sentence, provider=PROVIDER, status=status, body=detail)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an answer without words"
