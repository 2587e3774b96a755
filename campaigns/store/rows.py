"""Values as rows: what the statements of `statements` take as parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.event import Event
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.ledger import Assignment, Enrolment
from campaigns.store.transitions import AFTER_RECEIPT

Row = dict[str, Any]


def of_edition(edition: Edition) -> Row:
    """The parameters that say whose rows a statement is about."""
    return {"of_campaign": edition.campaign, "of_edition": edition.name}


def named(edition: Edition) -> Row:
    """The columns that say which edition a row belongs to."""
    return {"campaign": edition.campaign, "edition": edition.name}


def delivery_row(enrolment: Enrolment, at: datetime) -> Row:
    """A delivery to which nothing has happened yet."""
    return {
        "delivery_id": enrolment.delivery_id,
        "user_id": enrolment.user_id,
        "position": enrolment.position,
        "address_key": enrolment.address_key,
        "due_at": enrolment.due_at,
        "state": State.WAITING,
        "attempts": 0,
        "changed_at": at,
        "detail": "",
    }


def assignment_row(assignment: Assignment, at: datetime) -> Row:
    """An assignment and when it was written."""
    return {
        "user_id": assignment.user_id,
        "experiment": assignment.experiment,
        "variant": assignment.variant,
        "bucket": assignment.bucket,
        "salt": assignment.salt,
        "method": assignment.method,
        "assigned_at": at,
    }


def settlement(receipt: Receipt, retry_at: datetime) -> Row:
    """What `SETTLE` takes; the due time moves only when the message is to be tried again."""
    return {
        "of_delivery": receipt.delivery_id,
        "new_state": AFTER_RECEIPT[receipt.outcome],
        "its_provider_id": receipt.provider_id,
        "its_status": receipt.status,
        "its_detail": receipt.detail,
        "retry_at": retry_at if receipt.outcome is Outcome.DEFERRED else None,
    }


def event_row(event: Event) -> Row:
    """An event as it is kept."""
    return {
        "provider_event_id": event.provider_event_id,
        "delivery_id": event.delivery_id,
        "type": event.type,
        "at": event.at,
        "machine": event.machine,
        "item_id": event.item_id,
    }
