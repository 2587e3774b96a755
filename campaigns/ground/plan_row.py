"""The plan's row: all that is decided about one person before anything is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from campaigns.ground.contact import Contact

_NONE: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in the email: an item or a collection, never both.

    Attributes:
        slot: the place, from 1; the first is the featured one.
        source: where it came from: `recommended`, `curated` or `popular`.
    """

    slot: int
    source: str
    item_id: str | None = None
    collection_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One person in one edition's plan.

    Attributes:
        delivery_id: 32 hexadecimal digits, unique over all campaigns and editions.
        position: the row's place in the plan, from 0, in the order of sending.
        send_at: when the message falls due, UTC.
        attributes: the columns of `users` that the plan carries along for templates.
    """

    delivery_id: str
    position: int
    user_id: str
    contact: Contact
    variant: str
    send_at: datetime
    slots: tuple[Slot, ...]
    attributes: Mapping[str, object] = field(default_factory=lambda: _NONE)
