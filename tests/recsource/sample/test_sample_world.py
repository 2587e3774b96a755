"""The parameters of a world."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from recsource.errors import InputError
from recsource.sample import World

UNTIL = date(2026, 11, 20)


def test_editions_are_iso_weeks_also_around_new_year() -> None:
    assert World(100, 4, 1, UNTIL).edition() == "2026-W47"
    assert World(100, 4, 1, UNTIL).edition(weeks_ago=2) == "2026-W45"
    assert World(100, 4, 1, date(2027, 1, 1)).edition() == "2026-W53"


@pytest.mark.parametrize(
    ("users", "weeks", "seed", "message"),
    [
        (49, 4, 1, "users must be 50 or more, but it is 49"),
        (100, 0, 1, "weeks must be 1 or more, but it is 0"),
        (100, 101, 1, "weeks must be 100 or fewer, but it is 101"),
        (100, 4, -1, "seed must be 0 or more, but it is -1"),
    ],
)
def test_a_world_that_cannot_be_made_is_refused_in_words(users: int, weeks: int, seed: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        World(users, weeks, seed, UNTIL)


def test_streams_differ_by_name_block_and_seed_and_repeat_otherwise() -> None:
    world = World(100, 4, 1, UNTIL)
    streams = [
        world.stream("one"),
        world.stream("other"),
        world.stream("one", 1),
        World(100, 4, 2, UNTIL).stream("one"),
    ]
    drawn = [stream.random() for stream in streams]
    assert len(set(drawn)) == len(drawn)
    assert world.stream("one").random() == drawn[0]


def test_a_longer_history_ends_at_the_same_instant() -> None:
    short, long = World(100, 4, 1, UNTIL), World(100, 8, 1, UNTIL)
    assert short.end == long.end
    assert np.datetime64(short.end, "s") == np.datetime64("2026-11-21")
    assert short.start - long.start == 4 * 7 * 86_400
