"""Addresses that may not be written to: they unsubscribed, bounced or complained in the past year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from recsource.sample.people import People
from recsource.sample.world import DAY, World, moment

REASONS = {"unsubscribed": 0.7, "bounced": 0.25, "complained": 0.05}
SHARE = 0.01  # of people


@dataclass(frozen=True, slots=True)
class Suppression:
    """One row of the suppression list; `at` is naive UTC."""

    email: str
    reason: str
    at: datetime


def make_suppressions(world: World, people: People) -> list[Suppression]:
    """About one in a hundred people's addresses, oldest first, no address twice; some in other letters."""
    rng = world.stream("suppressions")
    count = max(3, round(SHARE * world.users))
    chosen = rng.choice(world.users, count, replace=False)
    emails = people.table["email"].take(chosen).to_pylist()
    reasons = rng.choice(list(REASONS), count, p=list(REASONS.values()))
    ages = rng.integers(DAY, 365 * DAY, count)
    order = np.argsort(-ages, kind="stable")
    unique: dict[str, Suppression] = {}
    for at in order:
        email = emails[at].upper() if at % 10 == 0 else emails[at]
        entry = Suppression(email, str(reasons[at]), moment(world.end - int(ages[at])))
        unique.setdefault(email.casefold(), entry)
    return list(unique.values())
