"""The ledger's promise once more, as simply as it can be said: a list of people, and what happens to each.

It is written from the port alone, to hold the real ledgers against. Minutes stand for times.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LEAVING = {"accepted", "delivered", "bounced", "complained", "opened", "clicked", "unsubscribed", "odd_pick"}
SUPPRESSING = {"bounced", "complained", "unsubscribed"}


@dataclass
class Person:
    """One delivery."""

    number: int
    address: int
    due: int
    state: str = "waiting"
    tries: int = 0
    retry: int | None = None
    owner: str | None = None
    lease: int = 0
    claimed: int = 0
    told: set[str] = field(default_factory=set)
    bounced: bool = False
    complained: bool = False

    @property
    def ready(self) -> int:
        return self.due if self.retry is None else self.retry

    def try_again(self, minute: int) -> None:
        self.state, self.retry = "waiting", max(minute, self.due)

    def undo(self, state: str) -> None:
        self.state, self.tries = state, self.tries - 1

    def heed_events(self) -> None:
        tried = {"uncertain": True, "waiting": self.tries > 0, "claimed": self.tries > 1}
        if self.told & LEAVING and tried.get(self.state):
            self.state = "accepted"
        elif "rejected" in self.told and self.state == "uncertain":
            self.state = "rejected"


class Model:
    """What the ledger's methods do, for one edition."""

    def __init__(self, dues: list[int], addresses: int) -> None:
        self.people = [Person(n, n % addresses, due) for n, due in enumerate(dues)]
        self.suppressed: set[int] = set()
        self.events: set[int] = set()
        self.halted = False

    def having(self, *states: str, owner: str | None = None) -> list[Person]:
        return [p for p in self.people if p.state in states and owner in {None, p.owner}]

    def claim(
        self, owner: str, lease: int, limit: int, now: int, spans: list[tuple[int, int]], ceiling: int | None
    ) -> list[int]:
        if self.halted:
            return []
        waiting = self.having("waiting")
        again = sorted((p for p in waiting if p.tries and p.ready <= now), key=lambda p: (p.ready, p.number))
        anew = sorted((p for p in waiting if not p.tries), key=lambda p: (p.due, p.number))
        claimed: list[int] = []
        for queue in (again, anew):
            for after, until in sorted(spans):
                for person in queue:
                    full = len(claimed) == limit or (
                        person.tries == 0 and ceiling is not None and self.taken() >= ceiling
                    )
                    if person.state != "waiting" or not after < person.due <= until or full:
                        continue
                    person.owner = owner
                    if person.address in self.suppressed:
                        person.state = "cancelled"
                        continue
                    person.state, person.tries, person.lease, person.claimed = (
                        "claimed",
                        person.tries + 1,
                        lease,
                        now,
                    )
                    claimed.append(person.number)
        return sorted(claimed)

    def submit(self, owner: str, lease: int, numbers: list[int]) -> set[int]:
        submitted = set()
        numbers = [] if self.halted else numbers
        for person in self.having("claimed", owner=owner):
            person.lease = lease
            if person.number in numbers and person.address in self.suppressed:
                person.undo("cancelled")
            elif person.number in numbers:
                person.state = "submitting"
                submitted.add(person.number)
        return submitted

    def settle(self, owner: str, outcomes: dict[int, str], retry: int) -> set[int]:
        mine = [p for p in self.having("submitting", "uncertain", owner=owner) if p.number in outcomes]
        for person in mine:
            outcome = outcomes[person.number]
            if outcome == "untried":
                person.undo("waiting")
            elif outcome == "deferred":
                person.try_again(retry)
            else:
                person.state = outcome
            person.heed_events()
        return outcomes.keys() - {p.number for p in mine}

    def release(self, owner: str) -> int:
        mine = self.having("claimed", owner=owner)
        for person in mine:
            person.undo("waiting")
        return len(mine)

    def recover(self, host: str, now: int) -> tuple[int, int]:
        dead = [
            p for p in self.having("claimed", "submitting") if p.lease < now or str(p.owner).split("/")[0] == host
        ]
        for person in dead:
            if person.state == "claimed":
                person.undo("waiting")
            else:
                person.state = "uncertain"
            person.heed_events()
        left = Counter(p.state for p in dead)
        return left["waiting"], left["uncertain"]

    def expire(self, due_before: int, max_tries: int) -> int:
        late = [p for p in self.having("waiting") if p.due < due_before]
        for person in late:
            person.state = "cancelled"
        tried = [p for p in self.having("waiting") if p.tries >= max_tries]
        for person in tried:
            person.state = "rejected"
        return len(late) + len(tried)

    def cancel(self) -> int:
        waiting = self.having("waiting")
        for person in waiting:
            person.state = "cancelled"
        return len(waiting)

    def resolve(self, numbers: list[int] | None, to: str, now: int) -> int:
        which = [p for p in self.having("uncertain") if numbers is None or p.number in numbers]
        for person in which:
            person.state = to
            if to == "waiting":
                person.try_again(now)
        return len(which)

    def record(self, number: int, kind: str, *, event: int, transient: bool) -> None:
        if event in self.events:
            return
        self.events.add(event)
        if number >= len(self.people):
            return
        person = self.people[number]
        person.told.add(kind)
        person.bounced |= kind == "bounced" and not transient
        person.complained |= kind == "complained"
        if kind in SUPPRESSING and not transient:
            self.suppressed.add(person.address)
        person.heed_events()

    def unsubscribe(self, number: int) -> None:
        person = self.people[number]
        person.told.add("unsubscribed")
        self.suppressed.add(person.address)
        person.heed_events()

    def taken(self) -> int:
        return sum(p.tries > 0 for p in self.people)

    def responses(self, since: int) -> tuple[int, int, int, int]:
        """Accepted, rejected, bounced and complained."""
        rows = [p for p in self.people if p.tries and p.claimed >= since]
        return (
            sum(p.state == "accepted" for p in rows),
            sum(p.state == "rejected" for p in rows),
            sum(p.bounced for p in rows),
            sum(p.complained for p in rows),
        )
