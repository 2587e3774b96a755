"""What SES's answers mean: for one entry of a call that was taken, and for a call that was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from campaigns.ground.errors import DeliveryError, QuotaError
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.words import one_line

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2.type_defs import BulkEmailEntryResultTypeDef


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a message, whoever it goes to; the fields are a receipt's."""

    outcome: Outcome
    tried: bool = True
    throttled: bool = False
    status: int | None = None
    detail: str = ""

    def receipt(self, delivery_id: str, provider_id: str | None = None) -> Receipt:
        """The receipt of one message."""
        return Receipt(
            delivery_id, self.outcome, provider_id, self.status, self.detail, self.tried, self.throttled
        )

    def because(self, detail: str, status: int | None = None) -> Verdict:
        """The same, with its reason."""
        return replace(self, detail=detail, status=status)


ACCEPTED = Verdict(Outcome.ACCEPTED)
REJECTED = Verdict(Outcome.REJECTED)
DEFERRED = Verdict(Outcome.DEFERRED)
THROTTLED = Verdict(Outcome.DEFERRED, tried=False, throttled=True)
NOT_NOW = Verdict(Outcome.DEFERRED, tried=False)
UNCERTAIN = Verdict(Outcome.UNCERTAIN)

_QUOTA = "ACCOUNT_DAILY_QUOTA_EXCEEDED"

VERDICTS: Mapping[str, Verdict] = MappingProxyType(
    {
        "SUCCESS": ACCEPTED,
        "MESSAGE_REJECTED": REJECTED,
        "INVALID_PARAMETER": REJECTED,
        "TRANSIENT_FAILURE": DEFERRED,
        "FAILED": DEFERRED,  # "unable to process": so it did not leave, and attempts are bounded
        "ACCOUNT_THROTTLED": THROTTLED,
        _QUOTA: NOT_NOW,
        "MAIL_FROM_DOMAIN_NOT_VERIFIED": NOT_NOW,
        "CONFIGURATION_SET_NOT_FOUND": NOT_NOW,
        "TEMPLATE_NOT_FOUND": NOT_NOW,
        "ACCOUNT_SUSPENDED": NOT_NOW,
        "INVALID_SENDING_POOL_NAME": NOT_NOW,
        "ACCOUNT_SENDING_PAUSED": NOT_NOW,
        "CONFIGURATION_SET_SENDING_PAUSED": NOT_NOW,
    }
)
"""By BulkEmailStatus. What is nobody's own fault stops the sending, and costs nobody an attempt."""


def read(delivery_ids: Sequence[str], results: Sequence[BulkEmailEntryResultTypeDef]) -> Sequence[Receipt]:
    """The receipts of a call that SES took, entry by entry.

    A status that is not known, or an answer that does not match the request, leaves it open what has left.

    Args:
        delivery_ids: of the call's entries, in order.
        results: SES's, in the same order.

    Raises:
        QuotaError: the day's allowance is used up, and nothing of the call has left.
        DeliveryError: account, template or configuration set lets nothing through, and nothing has left.
    """
    if len(results) != len(delivery_ids):
        lost = UNCERTAIN.because(f"{len(results)} results came for {len(delivery_ids)} messages")
        return [lost.receipt(delivery_id) for delivery_id in delivery_ids]
    verdicts = [_verdict(result) for result in results]
    if not any(verdict.outcome.may_have_left for verdict in verdicts):
        _stop_if_hopeless(verdicts)
    return [
        verdict.receipt(delivery_id, result.get("MessageId"))
        for delivery_id, verdict, result in zip(delivery_ids, verdicts, results, strict=True)
    ]


def line(text: str) -> str:
    """Words of SES as one line, where it says nothing after its code without the colon."""
    return one_line(text).rstrip(": ")


def _verdict(result: BulkEmailEntryResultTypeDef) -> Verdict:
    status = result.get("Status", "")
    verdict = VERDICTS.get(status, UNCERTAIN)
    if verdict is ACCEPTED:
        return verdict
    return verdict.because(line(f"{status or 'no status'}: {result.get('Error', '')}"))


def _stop_if_hopeless(verdicts: Sequence[Verdict]) -> None:
    """Raise what the next batch would meet as well."""
    for verdict in verdicts:
        if verdict.outcome is not Outcome.DEFERRED or verdict.tried or verdict.throttled:
            continue
        if verdict.detail.startswith(_QUOTA):
            raise quota_used_up(verdict.detail)
        raise DeliveryError(
            f"ses: it takes no mail from this account at present ({verdict.detail}); "
            "put that right in SES, then run the command again",
            provider="ses",
            body=verdict.detail,
        )


def quota_used_up(words: str, status: int | None = None) -> QuotaError:
    """The error that ends a day's sending in good order."""
    return QuotaError(
        f"ses: the quota of 24 hours is used up ({words}); what is left waits, run the command again tomorrow",
        provider="ses",
        status=status,
        body=words,
    )
