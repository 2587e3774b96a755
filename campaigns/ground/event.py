"""Events: what became of a message after it left, as providers tell it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_LINK_DIGITS = 16  # hexadecimal: links are told apart within one message
_ID_DIGITS = 32  # hexadecimal: 128 bits, for events are told apart among all there ever were


class EventType(StrEnum):
    """The closed list; every provider's own words are translated into these."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    REJECTED = "rejected"
    ODD_PICK = "odd_pick"


SUPPRESSING = frozenset({EventType.BOUNCED, EventType.COMPLAINED, EventType.UNSUBSCRIBED})
"""After one of these the address gets nothing more."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one delivery.

    A provider's event tells the address it is about; it is kept as `address_key` alone, so that a complaint
    about a delivery that this ledger does not know is heeded all the same.

    Attributes:
        at: when, UTC.
        machine: whether software did it, not the person: a privacy proxy's open, a scanner's click.
        item_id: the item clicked, or found odd, when there is one.
        provider_event_id: unique; webhooks repeat themselves.
        transient: of a bounce: it says nothing of the address itself (a full mailbox, a server that is away),
            and so suppresses nothing.
        machine_rule: the rule that decided that a machine did it; empty where a person did.
        address_key: see `ground.address.address_key`; None where the provider did not tell the address.
        link_key: of a click, which link it was (`link_key`); the link itself is not kept.
    """

    provider_event_id: str
    delivery_id: str
    type: EventType
    at: datetime
    machine: bool = False
    item_id: str | None = None
    transient: bool = False
    machine_rule: str = ""
    address_key: str | None = None
    link_key: str | None = None

    @property
    def suppresses(self) -> bool:
        """Whether the address gets nothing more after it."""
        return self.type in SUPPRESSING and not self.transient


def event_id(origin: str, *traits: str) -> str:
    """A name for an event that was given none: the same however often it is told.

    Args:
        origin: whose names these are; no two origins give the same.
        traits: all that tells it from others, such as the message, the type and the time.
    """
    return f"{origin}-{hashlib.sha256(json.dumps(traits).encode()).hexdigest()[:_ID_DIGITS]}"


def link_key(link: str) -> str | None:
    """What tells one link of a message from another, and nobody where it leads; None for no link."""
    return hashlib.sha256(link.encode()).hexdigest()[:_LINK_DIGITS] if link else None
