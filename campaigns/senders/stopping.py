"""Stopping in the middle of a batch: what has left keeps its receipt, and what has not goes another time."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt

_MAY_HAVE_LEFT = frozenset({Outcome.ACCEPTED, Outcome.UNCERTAIN})


def stop(batch: Sequence[Message], receipts: Sequence[Receipt], failure: DeliveryError) -> Sequence[Receipt]:
    """The receipts of a batch whose sender can take nothing more after the first few messages.

    Args:
        batch: what was to be sent.
        receipts: of the messages that were tried, in order.
        failure: why the next one could not be.

    Returns:
        A receipt a message; those that were not tried are deferred, and the next batch will meet the failure.

    Raises:
        DeliveryError: `failure`, when nothing of the batch can have left.
    """
    if not any(receipt.outcome in _MAY_HAVE_LEFT for receipt in receipts):
        raise failure
    untried = batch[len(receipts) :]
    return [
        *receipts,
        *(
            Receipt(message.delivery_id, Outcome.DEFERRED, status=failure.status, detail=failure.body, tried=False)
            for message in untried
        ),
    ]
