"""A call that SES refused for what is in it: whose fault that is, is found out by halves.

Such a refusal names no entry, and takes nothing (`failures`): the halves of the batch may be sent in its place,
and theirs, down to the messages that SES does not take by themselves either. Those are rejected. Where it takes
none at all, the fault is no message's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.ses.failures import BadCallError
from campaigns.senders.ses.outcomes import REJECTED
from campaigns.senders.stopping import ends_the_batch, leave, stop

Send = Callable[[Sequence[Message]], Sequence[Receipt]]


def send_in_parts(batch: Sequence[Message], refused: BadCallError, send: Send) -> Sequence[Receipt]:
    """The receipts of a batch that was refused as a whole.

    Args:
        batch: of several messages.
        refused: how.
        send: makes one call.

    Raises:
        DeliveryError: `refused`, or what came after it; nothing of the batch has left.
    """
    known: dict[str, Receipt] = {}
    parts = deque(_halves(batch))
    while parts:
        part = parts.popleft()
        try:
            receipts = send(part)
        except BadCallError as failure:
            if len(part) > 1:
                parts.extendleft(reversed(_halves(part)))
                continue
            receipts = [REJECTED.because(failure.body, failure.status).receipt(part[0].delivery_id)]
        except DeliveryError as failure:
            return stop(batch, known.values(), failure)
        known |= {receipt.delivery_id: receipt for receipt in receipts}
        if end := next(filter(ends_the_batch, receipts), None):
            known |= {one.delivery_id: one for part in parts for one in leave(part, end)}
            break
    if all(receipt.outcome is Outcome.REJECTED for receipt in known.values()):
        raise refused
    return [known[message.delivery_id] for message in batch]


def _halves(batch: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    half = len(batch) // 2
    return batch[:half], batch[half:]
