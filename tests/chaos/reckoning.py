"""Reckoning: what providers recorded against what the ledger says, delivery by delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from campaigns.ground.delivery import State, Tally
from campaigns.ports.entries import Delivery
from campaigns.store.transitions import DIED


def arrivals(record: Path) -> Counter[str]:
    """How often each delivery was taken over; a provider's record has its id at the beginning of a line."""
    return Counter(line.split()[0] for line in record.read_text("ascii").splitlines())


@dataclass(frozen=True, slots=True)
class Explained:
    """Uncertain deliveries with one explanation: how many had in fact left, and how many had not."""

    left: int = 0
    stayed: int = 0

    @property
    def together(self) -> int:
        """All of them."""
        return self.left + self.stayed

    def __add__(self, other: Explained) -> Explained:
        return Explained(self.left + other.left, self.stayed + other.stayed)


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
        unexplained: the uncertain ones without an explanation, or with one that is not true.
        rejected: those that got nothing, as the ledger says and why.
        uncertain: by explanation.
        unbalanced: editions whose counts do not add up.
    """

    planned: int = 0
    arrived: int = 0
    duplicated: int = 0
    lost: int = 0
    against: int = 0
    unexplained: int = 0
    rejected: int = 0
    unbalanced: int = 0
    uncertain: Mapping[str, Explained] = field(default_factory=dict)

    def __add__(self, other: Reckoning) -> Reckoning:
        sums = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
            if each.name != "uncertain"
        }
        why = [*self.uncertain, *(why for why in other.uncertain if why not in self.uncertain)]
        none = Explained()
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
    def wrongs(self) -> Mapping[str, int]:
        """Every way in which the promise was broken, and how often."""
        counts = {
            "sent more than once": self.duplicated,
            "silently lost": self.lost,
            "sent although the ledger says otherwise": self.against,
            "uncertain without a true explanation": self.unexplained,
            "editions whose counts do not balance": self.unbalanced,
        }
        return {what: count for what, count in counts.items() if count}


def reckon(
    deliveries: Iterable[Delivery],
    tally: Tally,
    arrived: Counter[str],
    *,
    killed: Collection[int],
    faulty: bool,
) -> Reckoning:
    """Compare a ledger with a provider's record, when nothing is being sent any more.

    Args:
        deliveries: all that the ledger has of the edition.
        tally: its counts.
        arrived: how often the provider took each over.
        killed: the sending processes that were killed, or a worker of which was.
        faulty: whether the provider misbehaved; if not, only a kill can leave anything uncertain.
    """
    known = {delivery.delivery_id: delivery for delivery in deliveries}
    open_ = [delivery for delivery in known.values() if delivery.state is State.UNCERTAIN]
    return Reckoning(
        planned=tally.planned,
        arrived=len(arrived),
        duplicated=sum(count > 1 for count in arrived.values()),
        lost=sum(_is_lost(delivery, arrived) for delivery in known.values()) + max(0, tally.planned - len(known)),
        against=sum(not _may_have_left(known.get(delivery_id)) for delivery_id in arrived),
        unexplained=sum(not _is_explained(delivery, killed, faulty=faulty) for delivery in open_),
        rejected=tally.rejected,
        unbalanced=int(not tally.balanced or tally.planned != len(known)),
        uncertain=_by_explanation(open_, arrived),
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


def _is_explained(delivery: Delivery, killed: Collection[int], *, faulty: bool) -> bool:
    if delivery.detail == DIED:
        return _process(delivery) in killed
    return faulty and bool(delivery.detail)


def _process(delivery: Delivery) -> int:
    """Of the run that claimed it last; an owner is `host/process-token/worker`."""
    return int((delivery.owner or "//").split("/")[1].partition("-")[0] or 0)


def _by_explanation(open_: Iterable[Delivery], arrived: Counter[str]) -> dict[str, Explained]:
    found: dict[str, Explained] = {}
    for delivery in open_:
        left = delivery.delivery_id in arrived
        one = Explained(left=int(left), stayed=int(not left))
        found[delivery.detail] = found.get(delivery.detail, Explained()) + one
    return found
