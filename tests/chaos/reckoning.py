"""Reckoning: what providers recorded against what the ledger says, delivery by delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import NamedTuple

from campaigns.ground.delivery import State, Tally
from campaigns.ground.owner import Owner
from campaigns.ports.entries import Delivery
from campaigns.store.transitions import DIED

NO_CAUSE = "no cause was recorded"
KILLED = "its process was killed"
CUT_OFF = "its host was cut off"


class Killed(NamedTuple):
    """Who was killed: a worker of a run of `winddown send`, or everybody (None) who sent anything."""

    run: int
    worker: int | None = None


def arrivals(record: Path) -> Counter[str]:
    """How often each delivery was taken over; a provider's record has its id at the beginning of a line."""
    return Counter(line.split()[0] for line in record.read_text("ascii").splitlines())


def doubts(attempts: Path) -> dict[str, str]:
    """What a provider did with each delivery that must leave its sender in doubt, the last time that it got it."""
    lines = (line.split(maxsplit=2) for line in attempts.read_text("ascii").splitlines())
    last = {delivery_id: "".join(what) for delivery_id, _, *what in lines}
    return {delivery_id: what for delivery_id, what in last.items() if what}


@dataclass(frozen=True, slots=True)
class Cause:
    """Uncertain deliveries with one cause: how many had in fact left, and how many had not."""

    left: int = 0
    stayed: int = 0

    @property
    def together(self) -> int:
        """All of them."""
        return self.left + self.stayed

    def __add__(self, other: Cause) -> Cause:
        return Cause(self.left + other.left, self.stayed + other.stayed)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What came of one edition, or of many.

    Attributes:
        planned: everybody that the plan has.
        arrived: those that a provider took over, each counted once.
        duplicated: those that were taken over more than once.
        lost: those that the ledger calls accepted and no provider knows, or that nobody accounts for.
        against: those that were taken over, and that the ledger calls rejected, cancelled or waiting, or does
            not know.
        rejected: those that got nothing, as the ledger says and why.
        uncertain: by what recorded cause; `NO_CAUSE`, and the ledger's own words, where there is none.
        unbalanced: editions whose counts do not add up.
    """

    planned: int = 0
    arrived: int = 0
    duplicated: int = 0
    lost: int = 0
    against: int = 0
    rejected: int = 0
    unbalanced: int = 0
    uncertain: Mapping[str, Cause] = field(default_factory=dict)

    def __add__(self, other: Reckoning) -> Reckoning:
        sums = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
            if each.name != "uncertain"
        }
        why = [*self.uncertain, *(why for why in other.uncertain if why not in self.uncertain)]
        none = Cause()
        together = {each: self.uncertain.get(each, none) + other.uncertain.get(each, none) for each in why}
        return Reckoning(**sums, uncertain=together)

    @property
    def uncertain_left(self) -> int:
        """Uncertain ones that had left."""
        return sum(each.left for each in self.uncertain.values())

    @property
    def uncertain_stayed(self) -> int:
        """Uncertain ones that had not."""
        return sum(each.stayed for each in self.uncertain.values())

    @property
    def unexplained(self) -> int:
        """Uncertain ones for which nothing is on record that can have made them so."""
        return sum(each.together for why, each in self.uncertain.items() if why.startswith(NO_CAUSE))

    @property
    def explained(self) -> int:
        """The other uncertain ones: each by a kill or a fault that struck that very delivery."""
        return self.uncertain_left + self.uncertain_stayed - self.unexplained

    @property
    def wrongs(self) -> Mapping[str, int]:
        """Every way in which the promise was broken, and how often."""
        counts = {
            "sent more than once": self.duplicated,
            "silently lost": self.lost,
            "sent although the ledger says otherwise": self.against,
            "uncertain without a recorded cause": self.unexplained,
            "editions whose counts do not balance": self.unbalanced,
        }
        return {what: count for what, count in counts.items() if count}


def reckon(
    deliveries: Iterable[Delivery],
    tally: Tally,
    arrived: Counter[str],
    *,
    killed: AbstractSet[Killed],
    doubted: Mapping[str, str],
    cut_off: AbstractSet[Killed] = frozenset(),
) -> Reckoning:
    """Compare a ledger with a provider's record, when nothing is being sent any more.

    Args:
        deliveries: all that the ledger has of the edition.
        tally: its counts.
        arrived: how often the provider took each over.
        killed: everybody who was.
        doubted: by delivery, what the provider did to leave its sender in doubt; see `doubts`.
        cut_off: the runs whose host was, for a while.
    """
    known = {delivery.delivery_id: delivery for delivery in deliveries}
    open_ = {
        d.delivery_id: _cause(d, killed, doubted, cut_off) for d in known.values() if d.state is State.UNCERTAIN
    }
    return Reckoning(
        planned=tally.planned,
        arrived=len(arrived),
        duplicated=sum(count > 1 for count in arrived.values()),
        lost=sum(_is_lost(delivery, arrived) for delivery in known.values()) + max(0, tally.planned - len(known)),
        against=sum(not _may_have_left(known.get(delivery_id)) for delivery_id in arrived),
        rejected=tally.rejected,
        unbalanced=int(not tally.balanced or tally.planned != len(known)),
        uncertain=_by_cause(open_, arrived),
    )


def _is_lost(delivery: Delivery, arrived: Counter[str]) -> bool:
    match delivery.state:
        case State.ACCEPTED:
            return arrived[delivery.delivery_id] == 0
        case State.REJECTED | State.CANCELLED:
            return not delivery.detail  # whoever gets nothing has to be told why
        case State.UNCERTAIN:
            return False
        case _:
            return True  # it waits, or is in flight, and nobody will ever send it


def _may_have_left(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.state in {State.ACCEPTED, State.UNCERTAIN}


def _cause(
    delivery: Delivery, killed: AbstractSet[Killed], doubted: Mapping[str, str], cut_off: AbstractSet[Killed]
) -> str:
    """What made it uncertain.

    The ledger says that a process died only of deliveries that it was submitting: it must be one that was killed.
    Of any other the provider must have left the sender in doubt, the last time that it got it. Whoever was cut off
    may have been taken for dead, and may have waited in vain for the provider's word.
    """
    if delivery.detail and not cut_off.isdisjoint(_whose(delivery)):
        return CUT_OFF
    if delivery.detail == DIED and not killed.isdisjoint(_whose(delivery)):
        return KILLED
    if delivery.detail and delivery.detail != DIED and delivery.delivery_id in doubted:
        return f"the provider: {doubted[delivery.delivery_id]}"
    return f"{NO_CAUSE}: {delivery.detail or 'nor does the ledger say a word'}"


def _whose(delivery: Delivery) -> set[Killed]:
    """Of which run, and of which of its workers, the last claim was; a run is called `process-token`."""
    if delivery.owner is None:
        return set()
    owner = Owner.parse(delivery.owner)
    number = int(owner.run.partition("-")[0])
    return {Killed(number), Killed(number, int(owner.worker))}


def _by_cause(open_: Mapping[str, str], arrived: Counter[str]) -> dict[str, Cause]:
    found: dict[str, Cause] = {}
    for delivery_id, why in open_.items():
        left = delivery_id in arrived
        found[why] = found.get(why, Cause()) + Cause(left=int(left), stayed=int(not left))
    return found
