"""The delivery's state machine: which state may follow which, and what moves it there.

    waiting ──claim──▶ claimed ──receipt──▶ accepted | rejected | waiting (retry at) | uncertain
    claimed ──the process died──▶ uncertain ──event──▶ accepted | rejected
    waiting ──suppressed or too late──▶ cancelled          waiting ──tried too often──▶ rejected

Accepted, rejected and cancelled are final; and nothing leads from uncertain back to claimed, which is the
promise: what may have left is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from campaigns.ground.delivery import State
from campaigns.ground.event import EventType
from campaigns.ground.receipt import Outcome

FOLLOWERS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.WAITING: frozenset({State.CLAIMED, State.CANCELLED, State.REJECTED}),
        State.CLAIMED: frozenset({State.ACCEPTED, State.REJECTED, State.WAITING, State.UNCERTAIN}),
        State.UNCERTAIN: frozenset({State.ACCEPTED, State.REJECTED}),
        State.ACCEPTED: frozenset(),
        State.REJECTED: frozenset(),
        State.CANCELLED: frozenset(),
    }
)

AFTER_RECEIPT: Mapping[Outcome, State] = MappingProxyType(
    {
        Outcome.ACCEPTED: State.ACCEPTED,
        Outcome.REJECTED: State.REJECTED,
        Outcome.DEFERRED: State.WAITING,
        Outcome.UNCERTAIN: State.UNCERTAIN,
    }
)

_LEFT = frozenset(
    {
        EventType.ACCEPTED,
        EventType.DELIVERED,
        EventType.BOUNCED,
        EventType.COMPLAINED,
        EventType.OPENED,
        EventType.CLICKED,
        EventType.UNSUBSCRIBED,
    }
)

PROOFS: tuple[tuple[frozenset[EventType], State], ...] = (
    (_LEFT, State.ACCEPTED),
    (frozenset({EventType.REJECTED}), State.REJECTED),
)
"""What events prove about an uncertain delivery, the strongest first.

Only a message that left can be delivered, opened or bounced; one that the provider took and threw away is
rejected. `deferred` proves nothing: the provider is still trying.
"""
