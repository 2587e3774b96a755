"""The sample's people: who they are, what they like, and the oddities that every gate and guard needs.

Columns are drawn for everybody at once. A few people, taken from a random order, then play a part: an address that
is malformed or shared, a name that is hard to greet, the staff, the testers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsource.sample import tastes
from recsource.sample.tastes import UNIT, Floats, Ints
from recsource.sample.words import LANGUAGES, PeopleWords, people_words
from recsource.sample.world import DAY, World

SUBSCRIPTIONS = {"active": 0.56, "trial": 0.09, "free": 0.20, "lapsed": 0.09, "cancelled": 0.06}
IDLE_DAYS = {
    "active": (0, 5),
    "trial": (0, 3),
    "free": (0, 18),
    "lapsed": (45, 60),
    "cancelled": (20, 90),
}  # least, mean beyond
FAVOURITE_TIMES = {"morning": 7.5, "midday": 12.5, "evening": 19.5, "night": 22.5}  # local hours
FAVOURITE_SHARES = (0.14, 0.06, 0.22, 0.38, 0.20)  # the last is no favourite
PLAYS_A_DAY = 0.36  # on average; people differ widely
KIDS_HOUSEHOLDS = 0.07
CONSENT = 0.9
NO_REAL_NAME = 0.03
MACHINE_OPENS = 0.35  # about the share of mailboxes that fetch images by themselves
BILINGUAL = 0.15


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, as parallel arrays; a person's place is their index everywhere in the sample.

    Attributes:
        table: The `users` table.
        factors: People by `tastes.DIMENSIONS`, in 64ths.
        kids_household: Whether children listen through this account.
        signed_up, last_active: Seconds since 1970.
        favourite_hour: Local hour of most listening.
        utc_offset: Seconds to add to UTC for local time.
        plays_a_day: How often they listen, while active.
        opens, clicks: Chance to open an email, and appetite to click in one.
        machine_opens: Whether their mailbox fetches images by itself.
    """

    table: pa.Table
    factors: Ints
    kids_household: npt.NDArray[np.bool_]
    signed_up: Ints
    last_active: Ints
    favourite_hour: Floats
    utc_offset: Ints
    plays_a_day: Floats
    opens: Floats
    clicks: Floats
    machine_opens: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Cast:
    """Indices of the people who play a part; nobody plays two."""

    malformed: Ints
    awkward: Ints
    staff: Ints
    testers: Ints
    sharers: Ints
    shared_with: Ints

    def regulars(self) -> Ints:
        """Those who would get an email, were it not for their part."""
        return np.concatenate([self.malformed, self.awkward, self.staff, self.sharers, self.shared_with])


def make_people(world: World) -> People:
    """Everybody in a world."""
    lexicon = people_words()
    cast = _cast(world, len(lexicon.awkward))
    place = _places(world, lexicon, cast)
    subscription, signed_up, last_active = _membership(world, cast)
    favourite = world.stream("favourite time").choice(len(FAVOURITE_SHARES), world.users, p=FAVOURITE_SHARES)
    kids_household = world.stream("kids households").random(world.users) < KIDS_HOUSEHOLDS
    table = pa.table(
        {
            "user_id": user_ids(world.users),
            "email": _emails(world, lexicon, cast),
            "first_name": _first_names(world, lexicon, cast, place),
            "language": _taken([p.language for p in lexicon.places], place),
            "country": _taken([p.country for p in lexicon.places], place),
            "timezone": _taken([p.timezone for p in lexicon.places], place),
            "subscription": _taken(list(SUBSCRIPTIONS), subscription),
            "signed_up_at": timestamps(signed_up),
            "last_active_at": timestamps(last_active),
            "favourite_time": _taken([*FAVOURITE_TIMES, None], favourite),
            "email_consent": pa.array(_consent(world, cast)),
            "cohort": _cohorts(world, cast),
        }
    )
    hours = np.array([*FAVOURITE_TIMES.values(), FAVOURITE_TIMES["evening"]])
    traits = world.stream("traits")
    return People(
        table=table,
        factors=_factors(world, table["language"], kids_household),
        kids_household=kids_household,
        signed_up=signed_up,
        last_active=last_active,
        favourite_hour=hours[favourite],
        utc_offset=_utc_offsets(world, lexicon)[place],
        plays_a_day=traits.gamma(1.6, PLAYS_A_DAY / 1.6, world.users),
        opens=traits.beta(1.4, 2.4, world.users),
        clicks=traits.beta(1.5, 4.0, world.users),
        machine_opens=traits.random(world.users) < MACHINE_OPENS,
    )


def user_ids(count: int) -> pa.Array:
    """Ids of one width: `u0000001` and so on."""
    digits = pc.utf8_lpad(pc.cast(pa.array(np.arange(1, count + 1)), pa.string()), 7, "0")
    return pc.binary_join_element_wise(pa.scalar("u"), digits, "")


def timestamps(seconds: Ints) -> pa.Array:
    """Seconds since 1970 as naive UTC timestamps in microseconds."""
    return pa.array(seconds.astype("datetime64[s]").astype("datetime64[us]"))


def _taken(options: Sequence[str | None], indices: Ints) -> pa.Array:
    return pa.array(options, pa.string()).take(pa.array(indices))


def _cast(world: World, awkward: int) -> _Cast:
    order = world.stream("cast").permutation(world.users)
    sizes = [
        max(2, world.users // 2000),
        min(awkward, world.users // 5),
        max(3, round(0.003 * world.users)),
        max(2, world.users // 5000),
        max(2, world.users // 200),
        max(2, world.users // 200),
    ]
    ends = np.cumsum(sizes)
    return _Cast(*np.split(order[: ends[-1]], ends[:-1]))


def _places(world: World, lexicon: PeopleWords, cast: _Cast) -> Ints:
    weight = np.array([place.weight for place in lexicon.places])
    place = world.stream("places").choice(len(weight), world.users, p=weight / weight.sum())
    english = np.flatnonzero([p.language == "en" for p in lexicon.places])
    regulars = cast.regulars()
    place[regulars] = english[regulars % len(english)]
    return place


def _membership(world: World, cast: _Cast) -> tuple[Ints, Ints, Ints]:
    """Subscription (an index), sign-up and last activity, in an order of time that makes sense."""
    rng = world.stream("membership")
    names = list(SUBSCRIPTIONS)
    subscription = rng.choice(len(names), world.users, p=list(SUBSCRIPTIONS.values()))
    subscription[cast.regulars()] = names.index("active")
    trial = subscription == names.index("trial")
    age_days = np.where(trial, rng.uniform(0.1, 14, world.users), 1 + rng.exponential(380, world.users))
    least, beyond = np.array([IDLE_DAYS[name] for name in names])[subscription].T
    idle_days = least + rng.exponential(1, world.users) * beyond
    age_days[cast.regulars()] += 60
    idle_days[cast.regulars()] %= 6
    last_active = world.end - 60 - (DAY * idle_days).astype(np.int64)
    signed_up = np.minimum(world.end - (DAY * age_days).astype(np.int64), last_active - 3600)
    return subscription, signed_up, last_active


def _consent(world: World, cast: _Cast) -> npt.NDArray[np.bool_]:
    consent: npt.NDArray[np.bool_] = world.stream("consent").random(world.users) < CONSENT
    consent[cast.regulars()] = True
    return consent


def _cohorts(world: World, cast: _Cast) -> pa.Array:
    cohort = np.full(world.users, 2)
    cohort[cast.staff] = 0
    cohort[cast.testers] = 1
    return _taken(["staff", "test", None], cohort)


def _emails(world: World, lexicon: PeopleWords, cast: _Cast) -> pa.Array:
    """Addresses at reserved `.example` domains; sharers have another's, half of them in other letters."""
    rng = world.stream("emails")
    pick = [
        _taken(options, rng.integers(len(options), size=world.users))
        for options in (lexicon.moods, lexicon.animals, lexicon.domains)
    ]
    numbers = pc.cast(pa.array(np.arange(1, world.users + 1)), pa.string())
    local = pc.binary_join_element_wise(pick[0], pick[1], numbers, ".")
    own = pc.binary_join_element_wise(local, pick[2], "@")
    email = own.to_numpy(zero_copy_only=False)
    email[cast.sharers] = email[cast.shared_with]
    email[cast.sharers[::2]] = [address.title() for address in email[cast.sharers[::2]]]
    email[cast.malformed] = np.resize(np.array(lexicon.malformed, dtype=object), len(cast.malformed))
    return pa.array(email)


def _first_names(world: World, lexicon: PeopleWords, cast: _Cast, place: Ints) -> pa.Array:
    """Names of the place, some missing or not names at all."""
    rng = world.stream("first names")
    groups = list(lexicon.names)
    pool = [*(name for group in groups for name in lexicon.names[group]), *lexicon.junk, None, *lexicon.awkward]
    sizes = np.array([len(lexicon.names[group]) for group in groups])
    group = np.array([groups.index(p.names) for p in lexicon.places])[place]
    # The square of a uniform number favours the first names of a list: some names are commoner than others.
    within = (rng.random(world.users) ** 1.5 * sizes[group]).astype(np.int64)
    name = (np.cumsum(sizes) - sizes)[group] + within
    missing = rng.random(world.users) < NO_REAL_NAME
    first_junk = int(sizes.sum())
    name[missing] = first_junk + rng.integers(0, 2 * len(lexicon.junk), missing.sum()).clip(max=len(lexicon.junk))
    first_awkward = first_junk + len(lexicon.junk) + 1
    name[cast.awkward] = first_awkward + np.arange(len(cast.awkward))
    return _taken(pool, name)


def _factors(world: World, language: pa.ChunkedArray, kids_household: npt.NDArray[np.bool_]) -> Ints:
    """Tastes, an aversion to other languages (less so if bilingual), and kids' content: wanted or not at all."""
    rng = world.stream("people factors")
    factors = np.zeros((world.users, len(tastes.DIMENSIONS)), dtype=np.int64)
    factors[:, tastes.TASTE] = tastes.quantised(rng.normal(0, 0.65, (world.users, len(tastes.TASTES))))
    own = np.array(LANGUAGES)[None, :] == language.to_numpy()[:, None]
    second = rng.random((world.users, len(LANGUAGES))) < BILINGUAL / 3
    english = np.array(LANGUAGES)[None, :] == "en"
    factors[:, tastes.LANGUAGE] = UNIT * np.where(own, 0, np.where(second, -2, np.where(english, -4, -6)))
    factors[:, tastes.KIDS] = UNIT * np.where(kids_household, 2, -6)
    factors[:, tastes.BASE] = UNIT
    return factors


def _utc_offsets(world: World, lexicon: PeopleWords) -> Ints:
    """Each place's offset at the end of the data: half a year of history need not be better than an hour."""
    at = datetime.fromtimestamp(world.end, UTC)
    offsets = [at.astimezone(ZoneInfo(place.timezone)).utcoffset() for place in lexicon.places]
    return np.array([int(offset.total_seconds()) for offset in offsets if offset is not None], dtype=np.int64)
