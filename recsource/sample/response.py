"""SIMULATED responses to an edition: how made-up people with known tastes would react to their emails.

Nothing here is evidence about real people: it lets the demo and the tests run from plan to report. Everybody
listens as they would have anyway; a few of those who open the email also finish something that it showed them, the
likelier the better it suits them. That is the whole effect of a variant, and it is known, so that the analysis can
be judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recsource.sample import reactions as on
from recsource.sample import tastes
from recsource.sample.dice import between, derived, exponential, poisson, uniform
from recsource.sample.mailing import Mailing, Truth, read_mailing, read_truth
from recsource.sample.reactions import Plays, Reactions, write_events, write_plays
from recsource.sample.tastes import NAT, Floats, Ints
from recsource.sample.world import DAY

BOUNCED = 0.006
DEFERRED = 0.012
UNSUBSCRIBED = 0.002  # of those who open
COMPLAINED = 0.0004  # of those who open
CAUSED = 0.065  # chance that an opener finishes something shown, if all of it is a perfect match
CLICK = 0.55  # chance to click on a perfect match in the first slot, for the keenest of clickers
FADING = 0.85  # of that chance, from slot to slot
ORGANIC = 1.4  # emailed people are the active ones: they play this many times what everybody does
FINISHED = 0.6  # of plays
DAYS = 7
_BLOCK = 4096  # people at a time


@dataclass(frozen=True, slots=True)
class _Course:
    """What happens to each message: whether and when it arrives, late or not, and is opened by a person."""

    late: npt.NDArray[np.bool_]
    arrives: npt.NDArray[np.bool_]
    delivered: Ints
    opens: npt.NDArray[np.bool_]
    opened: Ints


def simulate_response(plan: Path, folder: Path, *, seed: int, events: Path, interactions: Path) -> dict[str, int]:
    """Make up provider events and app completions for a frozen plan, and write both as JSON Lines.

    Every number drawn belongs to a delivery id and the seed; the plan's row order does not matter.

    Args:
        plan: An edition's `plan.parquet`.
        folder: A sample workspace's folder, with `truth/` in it.
        seed: Another seed, other responses.
        events: Where provider events go, about half a per cent of them twice, as webhooks repeat themselves.
        interactions: Where app listens and completions of the seven days after sending go.

    Returns:
        Counts: `messages`; events by type (by people), `machine_opened` and `repeated` events; plays `finished`,
        and how many of these an email `caused`.

    Raises:
        InputError: A file is missing or unreadable, or the plan names a user, item or collection that the sample
            does not have.
    """
    truth = read_truth(folder)
    mailing = read_mailing(plan, truth, seed)
    course = _course(mailing, truth)
    match = _match(mailing, truth)
    counts = write_events(events, _reactions(mailing, truth, course, match), mailing, truth)
    caused, organic = _caused(mailing, truth, course, match), _organic(mailing, truth)
    write_plays(interactions, _both(caused, organic), truth)
    finished = int(caused.finished.sum() + organic.finished.sum())
    return {"messages": len(mailing.keys), **counts, "finished": finished, "caused": int(caused.finished.sum())}


def _course(mailing: Mailing, truth: Truth) -> _Course:
    keys = mailing.keys
    arrives = uniform(keys, "bounced") >= BOUNCED
    late = uniform(keys, "deferred") < DEFERRED
    delivered = mailing.sent + between(keys, "delay", 1, 9) + np.where(late, between(keys, "retry", 600, 3600), 0)
    opens = arrives & (uniform(keys, "opens") < truth.person("opens")[mailing.person])
    wait = 45 + np.minimum(exponential(keys, "wait", 4.5 * 3600), 5 * DAY)
    return _Course(late & arrives, arrives, delivered, opens, delivered + wait.astype(np.int64))


def _reactions(mailing: Mailing, truth: Truth, course: _Course, match: Floats) -> Iterator[Reactions]:
    """All events, type by type."""
    keys, everyone = mailing.keys, np.arange(len(mailing.keys))
    bounced, arrived, opened = everyone[~course.arrives], everyone[course.arrives], everyone[course.opens]
    late = everyone[course.late]
    yield Reactions.of(on.DEFERRED, late, mailing.sent[late] + 1)
    yield Reactions.of(on.BOUNCED, bounced, course.delivered[bounced])
    yield Reactions.of(on.DELIVERED, arrived, course.delivered[arrived])
    fetched = arrived[truth.person("machine_opens")[mailing.person[arrived]]]
    yield Reactions.of(
        on.OPENED, fetched, course.delivered[fetched] + between(keys[fetched], "fetch", 1, 40), machine=True
    )
    yield Reactions.of(on.OPENED, opened, course.opened[opened])
    yield _clicks(mailing, truth, course, match)
    leaves = opened[uniform(keys[opened], "unsubscribes") < UNSUBSCRIBED]
    yield Reactions.of(on.UNSUBSCRIBED, leaves, course.opened[leaves] + between(keys[leaves], "leaves", 8, 300))
    complains = opened[uniform(keys[opened], "complains") < COMPLAINED]
    yield Reactions.of(
        on.COMPLAINED, complains, course.opened[complains] + between(keys[complains], "angry", 5, 300)
    )


def _clicks(mailing: Mailing, truth: Truth, course: _Course, match: Floats) -> Reactions:
    slots = mailing.slots
    keys = derived(mailing.keys[slots.message], "slot", slots.slot)
    eager = truth.person("clicks")[mailing.person[slots.message]]
    chance = CLICK * eager * match * FADING ** (slots.slot - 1)
    clicks = course.opens[slots.message] & (uniform(keys, "clicks") < chance)
    message = slots.message[clicks]
    at = course.opened[message] + between(keys[clicks], "reads", 4, 90)
    return Reactions.of(on.CLICKED, message, at, item=slots.item[clicks])


def _match(mailing: Mailing, truth: Truth) -> Floats:
    """How well each slot suits its reader, from 0 to 1: true utility without the item's base rate.

    Half a match is what is neither liked nor disliked; another language or kids' content is none.
    """
    slots = mailing.slots
    of_reader = truth.person_factors[mailing.person[slots.message], : tastes.BASE]
    utility = (of_reader * truth.item_factors[slots.item, : tastes.BASE]).sum(axis=1) / NAT
    return np.asarray(np.clip(0.5 + utility / 4, 0, 1))


def _caused(mailing: Mailing, truth: Truth, course: _Course, match: Floats) -> Plays:
    """Some openers soon finish the item that suits them best; the square of the mean match says how many."""
    slots = mailing.slots
    order = np.lexsort((slots.slot, -match, slots.message))
    _, firsts = np.unique(slots.message[order], return_index=True)
    best = order[firsts]
    message, keys = slots.message[best], mailing.keys[slots.message[best]]
    suited = (np.bincount(slots.message, match) / np.maximum(np.bincount(slots.message), 1))[message]
    happens = course.opens[message] & (uniform(keys, "caused") < CAUSED * suited**2)
    message, item = message[happens], slots.item[best][happens]
    starts = course.opened[message] + between(keys[happens], "soon", 60, 5400)
    finished = np.ones(len(message), dtype=np.bool_)
    return Plays(mailing.person[message], item, starts, starts + truth.item("duration_s")[item], finished)


def _organic(mailing: Mailing, truth: Truth) -> Plays:
    """What everybody plays in the days after, email or not: of what was out when the first email left."""
    count = poisson(mailing.keys, "organic plays", ORGANIC * DAYS * truth.person("plays_a_day")[mailing.person])
    message = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(message)) - np.repeat(np.cumsum(count) - count, count)
    keys = derived(mailing.keys[message], "play", nth)
    item = _choices(mailing, truth, message, uniform(keys, "item"))
    starts = mailing.sent[message] + (uniform(keys, "start") * DAYS * DAY).astype(np.int64)
    finished = uniform(keys, "finished") < FINISHED
    return Plays(mailing.person[message], item, starts, starts + truth.item("duration_s")[item], finished)


def _choices(mailing: Mailing, truth: Truth, message: Ints, uniforms: Floats) -> Ints:
    """An item for each play, chosen by true taste; `message` ascends."""
    published = truth.item("published_at").astype("datetime64[s]").astype(np.int64)
    out = truth.item_factors[: np.searchsorted(published, mailing.sent.min(initial=published[-1]), side="right")]
    chosen = []
    for first in range(0, len(mailing.keys), _BLOCK):
        low, high = np.searchsorted(message, (first, first + _BLOCK))
        utilities = tastes.utility(truth.person_factors[mailing.person[first : first + _BLOCK]], out)
        chosen.append(tastes.choose(utilities, message[low:high] - first, uniforms[low:high]))
    return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)


def _both(one: Plays, other: Plays) -> Plays:
    return Plays(
        person=np.concatenate((one.person, other.person)),
        item=np.concatenate((one.item, other.item)),
        starts=np.concatenate((one.starts, other.starts)),
        ends=np.concatenate((one.ends, other.ends)),
        finished=np.concatenate((one.finished, other.finished)),
    )
