"""The delivery's state machine: which state may follow which, and what moves it there.

    waiting ──claim──▶ claimed ──submit──▶ submitting ──receipt──▶ accepted | rejected | waiting | uncertain
    claimed ──released, or the process died──▶ waiting
    submitting ──the process died──▶ uncertain ──event, late receipt or a person──▶ accepted | rejected | waiting
    waiting, claimed ──suppressed──▶ cancelled      waiting ──too late, or by hand──▶ cancelled
    waiting ──tried too often──▶ rejected           waiting, claimed ──an earlier try had left──▶ accepted

Accepted, rejected and cancelled are final; and uncertain leads back to waiting by a person's decision alone, or by
the word of the process that was submitting it that it did not leave: what may have left is never sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from campaigns.ground.delivery import State, Tally
from campaigns.ground.event import EventType
from campaigns.ground.receipt import Outcome

FOLLOWERS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.WAITING: frozenset({State.CLAIMED, State.ACCEPTED, State.REJECTED, State.CANCELLED}),
        State.CLAIMED: frozenset({State.SUBMITTING, State.WAITING, State.ACCEPTED, State.CANCELLED}),
        State.SUBMITTING: frozenset({State.ACCEPTED, State.REJECTED, State.WAITING, State.UNCERTAIN}),
        State.UNCERTAIN: frozenset({State.ACCEPTED, State.REJECTED, State.WAITING}),
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

LEFT = frozenset(
    {
        EventType.ACCEPTED,
        EventType.DELIVERED,
        EventType.BOUNCED,
        EventType.COMPLAINED,
        EventType.OPENED,
        EventType.CLICKED,
        EventType.UNSUBSCRIBED,
        EventType.ODD_PICK,
    }
)
"""Only a message that left can be delivered, opened or bounced. `deferred` proves nothing."""

THROWN_AWAY = frozenset({EventType.REJECTED})
"""The provider took it and sent it to nobody. `LEFT` is the stronger proof where there are both."""


def may_have_left(state: State, attempts: int) -> bool:
    """Whether a proof that it left settles a delivery: it is uncertain, or waits to be tried again.

    One that was never tried cannot have left: what is told of it comes from a preview's links, for example.
    """
    match state:
        case State.UNCERTAIN:
            return True
        case State.WAITING:
            return attempts > 0
        case State.CLAIMED:
            return attempts > 1
        case _:
            return False


def handed_over_at(state: State, detail: str, changed_at: datetime) -> datetime | None:
    """When a receipt said that the provider had taken it; while there is none, when that began.

    None where nobody can say: it has not begun, or something other than a receipt settled it.
    """
    known = state is State.SUBMITTING or (state is State.ACCEPTED and detail not in {PROVED, RESOLVED})
    return changed_at if known else None


DECISIONS = frozenset({State.ACCEPTED, State.WAITING})
"""What a person may say of the uncertain."""


def tally_of(planned: int, counts: Counter[State]) -> Tally:
    """What has been claimed has not left, and what is being submitted may have."""
    return Tally(
        planned=planned,
        accepted=counts[State.ACCEPTED],
        rejected=counts[State.REJECTED],
        uncertain=counts[State.UNCERTAIN] + counts[State.SUBMITTING],
        cancelled=counts[State.CANCELLED],
        waiting=counts[State.WAITING] + counts[State.CLAIMED],
        in_flight=counts[State.CLAIMED] + counts[State.SUBMITTING],
    )


# Why a delivery is in its state, for people.

DIED = "the process that was sending it died"
PROVED = "settled by the provider's events"
RESOLVED = "settled by hand"
SUPPRESSED = "suppressed"
TOO_LATE = "waited too long"
TOO_OFTEN = "tried too often"
