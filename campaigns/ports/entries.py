"""What goes into the ledger and what comes out of it: frozen values, without a method that does anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.ground.delivery import State

UNRENDERED = "not rendered: "
"""Begins the detail of a delivery that was rejected because no template could render it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A row of `assignments`: which variant a person was given, and how it came about.

    Attributes:
        bucket: the shard, 0 to 9,999.
        method: `randomised`, `forced` (a cohort), `outside_traffic`, `outside_layer` or `outside_experiment`
            (before its start, after its end); only the first is analysed.
    """

    user_id: str
    experiment: str
    variant: str
    bucket: int
    salt: str
    method: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A delivery that is to be: the ledger's row before anything has happened to it.

    Attributes:
        address_key: the address's hash (`ground.address.address_key`); the ledger holds no addresses.
    """

    delivery_id: str
    position: int
    user_id: str
    address_key: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, `after` excluded and `until` included."""

    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """Who takes deliveries, and until when nobody else may think it dead.

    Attributes:
        owner: `host/run/worker`, or `host/shard/run/worker` where it sends one shard alone, such as
            `host-b/3of8/71-c0ffee/1`; no two processes that ever live have the same.
    """

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery taken for sending by this process; no byte of it has left."""

    delivery_id: str
    position: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What a worker has in hand.

    Attributes:
        owner: see `Lease`.
        claimed: deliveries of which no byte has left.
        submitting: deliveries that are being handed over.
        since: when it took the first of them.
        lease_until: when the first of its leases ends; unless it is renewed, whoever comes then takes it for dead.
    """

    owner: str
    claimed: int
    submitting: int
    since: datetime
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of the claims of dead processes: those back to waiting, and those that are uncertain."""

    waiting: int = 0
    uncertain: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an edition's sending stands as a whole.

    Attributes:
        halted_at: since when nothing may be claimed; None while it may.
        halted_because: the sentence of whoever or whatever halted it.
        resumed_at: when a person last let it go on; guards look at what was claimed since.
        canary_ended_at: when the first wave was over.
    """

    halted_at: datetime | None = None
    halted_because: str = ""
    resumed_at: datetime | None = None
    canary_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Responses:
    """What guards look at: of the deliveries claimed since some time, how many fared how.

    Attributes:
        unrendered: of the rejected, those that no template could render (`UNRENDERED` begins their detail).
        bounced: with a bounce that is not transient.
    """

    accepted: int = 0
    rejected: int = 0
    unrendered: int = 0
    bounced: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the ledger knows of one delivery.

    Attributes:
        due_at: when it was planned for, whatever happened since.
        retry_at: not before then, when it was deferred.
        owner: of the last claim.
    """

    delivery_id: str
    user_id: str
    state: State
    attempts: int
    provider_id: str | None
    status: int | None
    detail: str
    due_at: datetime
    retry_at: datetime | None
    changed_at: datetime
    owner: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a load of events.

    Attributes:
        new: not seen before, and kept.
        known: seen before, and passed over; webhooks repeat themselves.
        unknown: of the new ones, those whose delivery this ledger does not know; kept all the same.
        suppressed: addresses that get nothing more from now on.
    """

    new: int = 0
    known: int = 0
    unknown: int = 0
    suppressed: int = 0
