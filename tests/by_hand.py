"""Sending without a dispatcher: what tests that need a ledger with a past do to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaigns.ground.edition import Edition
from campaigns.ground.receipt import Receipt
from campaigns.ports.entries import Claim, Lease, Span
from campaigns.ports.ledger import Ledger

OWNER = "by-hand/1/1"
_YEARS = timedelta(days=3650)


def take(ledger: Ledger, edition: Edition, limit: int, now: datetime) -> Sequence[Claim]:
    """Claim what is due, however long ago it fell due."""
    due = [Span(now - _YEARS, now)]
    return ledger.claim(edition, Lease(OWNER, now + timedelta(minutes=15)), limit, now, due=due)


def hand_over(ledger: Ledger, edition: Edition, receipts: Sequence[Receipt], now: datetime) -> None:
    """Submit what was claimed, and settle it."""
    ids = [receipt.delivery_id for receipt in receipts]
    assert ledger.submit(edition, Lease(OWNER, now + timedelta(minutes=15)), ids, now) == set(ids)
    assert not ledger.settle(edition, OWNER, receipts, now, dict.fromkeys(ids, now))
