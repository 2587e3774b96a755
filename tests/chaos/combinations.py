"""What is varied throughout, sender, ledger and workers; and by chance in each trial, all else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

from edition_to_send import World
from fresh_ledgers import FreshLedgers
from reckoning import Reckoning
from trial import Conditions, HungError, a_trial

_OF_MESSAGES, _OF_REQUESTS = (0.0, 0.05, 0.1, 0.2), (0.0, 0.15, 0.3, 0.5)  # shares with a fault
_PER_SECOND = (None, None, 600, 250)
_LONG, _SHORT = 15, 1  # minutes of lease; a round passes for five
_IN_VAIN = 20  # trials in a row


class Combination(NamedTuple):
    """What has a row of the table."""

    sender: str
    ledger: str
    workers: int

    def __str__(self) -> str:
        return f"{self.sender}, {self.ledger}, {self.workers} worker{'s' if self.workers > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of trials.

    Attributes:
        kills: of processes that were alive, with work left.
        faults: how often providers misbehaved.
        complaints: what runs said that failed without being killed.
    """

    kills: int = 0
    faults: int = 0
    reckoning: Reckoning = field(default_factory=Reckoning)
    complaints: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.kills + other.kills,
            self.faults + other.faults,
            self.reckoning + other.reckoning,
            self.complaints + other.complaints,
        )


def run_combination(
    world: World,
    ledgers: FreshLedgers,
    combination: Combination,
    folder: Path,
    *,
    kills: int,
    seed: int,
    struck: Callable[[], None] = lambda: None,
) -> Outcome:
    """Send edition after edition until so many senders have been killed.

    Args:
        world: whose edition.
        ledgers: of the combination's kind.
        combination: which.
        folder: gets a folder for each trial.
        kills: how many.
        seed: decides everything that chance decides here.
        struck: told of each kill.

    Raises:
        HungError: no kill strikes anybody any more.
    """
    together, in_vain, numbers = Outcome(), 0, count()
    while together.kills < kills:
        number = next(numbers)
        conditions = conditions_of(combination, Random(f"{seed} {combination} {number}"))
        at = folder / "-".join(map(str, (*combination, number)))
        at.mkdir()
        outcome = _outcome(world, ledgers, conditions, at, kills - together.kills, struck)
        in_vain = 0 if outcome.kills else in_vain + 1
        together += outcome
        if in_vain == _IN_VAIN:
            raise HungError(f"{combination}: in {_IN_VAIN} editions in a row nobody could be killed")
    return together


def _outcome(
    world: World,
    ledgers: FreshLedgers,
    conditions: Conditions,
    folder: Path,
    kills: int,
    struck: Callable[[], None],
) -> Outcome:
    """Of one trial."""
    with a_trial(world, ledgers, conditions, folder) as trial:
        trial.send(kills, struck)
        reckoning = trial.reckoning()
        if reckoning.wrongs:
            trial.keep_ledger()
    return Outcome(trial.kills, trial.provider.process.faults, reckoning, trial.complaints)


def conditions_of(combination: Combination, random: Random) -> Conditions:
    """A trial's conditions."""
    hosts = random.choice((1, 1, 1, 2) if combination.workers == 1 else (1, 1, 1, 1, 1, 2))
    return Conditions(
        combination.sender,
        combination.workers,
        hosts=hosts,
        faults=random.choice(_OF_MESSAGES if combination.sender == "smtp" else _OF_REQUESTS),
        per_second=random.choice(_PER_SECOND),
        lease_minutes=random.choice((_LONG, _SHORT)) if hosts > 1 else _LONG,
        seed=random.getrandbits(31),
    )
