"""Stopping in the middle of a batch: what has left keeps its receipt, and what has not goes another time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt


def stop(batch: Sequence[Message], receipts: Iterable[Receipt], failure: DeliveryError) -> Sequence[Receipt]:
    """The receipts of a batch whose sender can take nothing more after some of its messages.

    Args:
        batch: what was to be sent.
        receipts: of the messages that were tried, in any order.
        failure: why the others could not be.

    Returns:
        A receipt a message; those that were not tried are deferred, and the next batch will meet the failure.

    Raises:
        DeliveryError: `failure`, when nothing of the batch can have left.
    """
    known = {receipt.delivery_id: receipt for receipt in receipts}
    if not any(receipt.outcome.may_have_left for receipt in known.values()):
        raise failure
    return [known.get(message.delivery_id) or _untried(message, failure) for message in batch]


def ends_the_batch(receipt: Receipt) -> bool:
    """Whether the requests after it are better left for another time: it was throttled, or nobody knows."""
    return receipt.throttled or receipt.outcome is Outcome.UNCERTAIN


def leave(messages: Sequence[Message], end: Receipt) -> Sequence[Receipt]:
    """The receipts of messages whose turn did not come, because of what another's receipt says."""
    return [replace(end, delivery_id=one.delivery_id, outcome=Outcome.DEFERRED, tried=False) for one in messages]


def _untried(message: Message, failure: DeliveryError) -> Receipt:
    return Receipt(message.delivery_id, Outcome.DEFERRED, status=failure.status, detail=failure.body, tried=False)
