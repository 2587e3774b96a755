"""What people listened to: plays that follow their true tastes, with one story they come back to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsource.sample import tastes
from recsource.sample.catalogue import Catalogue
from recsource.sample.people import People
from recsource.sample.tastes import Floats, Ints
from recsource.sample.world import DAY, World

EVENTS = ("view", "listen", "complete", "favourite")  # in the order in which they follow each other
VIEW, LISTEN, COMPLETE, FAVOURITE = range(4)
SETTLE_FOR_OLDER = 0.6  # chance that who would like what is not yet out plays something else instead of waiting
LISTENS, LOOKS, LOVES = 0.92, 0.3, 0.05  # of choices; of choices; of what is heard to the end
SATURDAY = 5  # of a week that begins with Monday as 0
BLOCK = 4096  # people at a time: their utilities fill some 40 MB


@dataclass(frozen=True, slots=True)
class Listening:
    """Interactions as parallel arrays, by time, then person, then item, then event.

    Attributes:
        person, item: Indices.
        event: Index into `EVENTS`.
        at: Seconds since 1970.
    """

    person: Ints
    item: Ints
    event: npt.NDArray[np.int8]
    at: Ints

    def __len__(self) -> int:
        """How many interactions."""
        return len(self.at)


@dataclass(frozen=True, slots=True)
class _Plays:
    """One row a time that somebody chose something, before it becomes interactions."""

    person: Ints
    item: Ints
    at: Ints


def make_listening(
    world: World, people: People, catalogue: Catalogue, progress: Callable[[int], None]
) -> Listening:
    """Everybody's history, sorted."""
    parts: list[Listening] = []
    for block, first in enumerate(range(0, world.users, BLOCK)):
        chosen = slice(first, min(first + BLOCK, world.users))
        rng = world.stream("listening", block)
        parts += _interactions(_plays(world, people, catalogue, chosen, rng), people, catalogue, rng)
        progress(chosen.stop)
    whole = Listening(
        person=np.concatenate([part.person for part in parts]),
        item=np.concatenate([part.item for part in parts]),
        event=np.concatenate([part.event for part in parts]),
        at=np.concatenate([part.at for part in parts]),
    )
    return _select(whole, np.lexsort((whole.event, whole.item, whole.person, whole.at)))


def _plays(world: World, people: People, catalogue: Catalogue, chosen: slice, rng: np.random.Generator) -> _Plays:
    opens = np.maximum(people.signed_up[chosen], world.start)
    closes = people.last_active[chosen]
    active_days = np.maximum(closes - opens, 0) / DAY
    count = rng.poisson(people.plays_a_day[chosen] * active_days)
    row = np.repeat(np.arange(len(count)), count)
    utilities = tastes.utility(people.factors[chosen], catalogue.factors[: catalogue.available])
    item = _come_back(row, tastes.choose(utilities, row, rng.random(len(row))), count, rng)
    older = tastes.choose(utilities[:, : _older(world, catalogue)], row, rng.random(len(row)))
    at = _moments(world, opens[row], closes[row], people, row + chosen.start, rng)
    too_early = (at < catalogue.published[item]) & (rng.random(len(row)) < SETTLE_FOR_OLDER)
    item = np.where(too_early, older, item)
    at = _after_publication(at, catalogue.published[item], closes[row], rng)
    possible = (at >= opens[row]) & (at <= closes[row])
    return _Plays(row[possible] + chosen.start, item[possible], at[possible])


def _older(world: World, catalogue: Catalogue) -> int:
    """How many items were out when the history begins."""
    return int(np.searchsorted(catalogue.published, world.start))


def _come_back(row: Ints, item: Ints, count: Ints, rng: np.random.Generator) -> Ints:
    """Replace a share of each person's choices, a share of their own, by the one they love best."""
    habit = rng.beta(1, 5, len(count))
    firsts = np.cumsum(count) - count
    return np.where(rng.random(len(row)) < habit[row], item[firsts[row]], item)


def _moments(
    world: World, opens: Ints, closes: Ints, people: People, person: Ints, rng: np.random.Generator
) -> Ints:
    """A day, likelier at weekends and as winter comes, and an hour near the person's favourite one."""
    days = np.arange(7 * world.weeks + 1)
    weekday = (world.start // DAY + days + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0
    season = 1 + 0.1 * np.cos(2 * np.pi * (world.start // DAY + days - 15) / 365.25)
    weight = np.rint(1000 * season * np.where(weekday >= SATURDAY, 1.2, 1.0)).astype(np.int64)
    before = np.concatenate(([0], np.cumsum(weight)))
    low, high = before[(opens - world.start) // DAY], before[(closes - world.start) // DAY + 1]
    drawn = low + (rng.random(len(person)) * (high - low)).astype(np.int64)
    day = np.searchsorted(before, drawn, side="right") - 1
    hour = (people.favourite_hour[person] + rng.normal(0, 1.8, len(person))) % 24
    local: Ints = world.start + day * DAY + (hour * 3600).astype(np.int64)
    return local - people.utc_offset[person]


def _after_publication(at: Ints, published: Ints, closes: Ints, rng: np.random.Generator) -> Ints:
    """Move what was chosen before it came out to some time after, mostly soon after."""
    delay = (rng.random(len(at)) ** 2 * np.maximum(closes - published, 0)).astype(np.int64)
    return np.where(at < published, published + delay, at)


def _interactions(
    plays: _Plays, people: People, catalogue: Catalogue, rng: np.random.Generator
) -> Iterator[Listening]:
    """The events of each play: a look first, then listening, perhaps to the end, rarely a heart."""
    size = len(plays.at)
    duration = np.array([item.duration_s for item in catalogue.items])[plays.item]
    ends = plays.at + duration
    listened = rng.random(size) < LISTENS
    completes = listened & (rng.random(size) < _completion(duration)) & (ends <= people.last_active[plays.person])
    favours = completes & (rng.random(size) < LOVES)
    yield _events(plays, VIEW, plays.at, ~listened | (rng.random(size) < LOOKS))
    yield _events(plays, LISTEN, plays.at, listened)
    yield _events(plays, COMPLETE, ends, completes)
    yield _events(plays, FAVOURITE, ends, favours)


def _completion(duration_s: Ints) -> Floats:
    """Short things are heard to the end more often: 72% of a minute, 40% of what never ends."""
    return 0.4 + 0.32 * np.exp2(-duration_s / 3600)


def _events(plays: _Plays, event: int, at: Ints, happened: npt.NDArray[np.bool_]) -> Listening:
    kinds = np.full(int(happened.sum()), event, dtype=np.int8)
    return Listening(plays.person[happened], plays.item[happened], kinds, at[happened])


def _select(listening: Listening, order: Ints) -> Listening:
    return Listening(listening.person[order], listening.item[order], listening.event[order], listening.at[order])
