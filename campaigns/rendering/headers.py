"""A message's further headers. They tell mailbox providers who sends what, and nothing about the person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from campaigns.ground.edition import Edition
from campaigns.ground.identity import Identity
from campaigns.ground.plan_row import PlanRow

Headers = tuple[tuple[str, str], ...]


def header_writer(identity: Identity, edition: Edition) -> Callable[[PlanRow, str, str], Headers]:
    """A function of a row and its two unsubscribe addresses (https, mailto) that gives its headers.

    Date: RFC 5322, from the plan, so that a message is the same whenever it is rendered.
    List-Unsubscribe, List-Unsubscribe-Post: RFC 2369 and RFC 8058 (one click). List-Id: RFC 2919.
    Feedback-ID: Gmail's feedback loop, at most four fields, the last the stable sender id.
    """
    list_id = f"<{edition.campaign.replace('_', '-')}.{identity.domain}>"
    domain, name, campaign, sender = identity.domain, edition.name, edition.campaign, identity.feedback_id

    def write(row: PlanRow, https: str, mailto: str) -> Headers:
        return (
            ("Message-ID", f"<{row.delivery_id}@{domain}>"),
            ("Date", _date(row.send_at)),
            ("List-Unsubscribe", f"<{https}>, <{mailto}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Id", list_id),
            ("Feedback-ID", f"{name}:{row.variant}:{campaign}:{sender}"),
        )

    return write


@lru_cache(maxsize=1024)  # an edition has a few dozen times of sending, one a time zone
def _date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))
