"""A past to plan from: a tiny world of listeners whose habits last, and its history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tiny_campaign import campaign
from tiny_world import TinyWorld, item, user

from campaigns.replay.history import History, of_weeks
from campaigns.report.edition import Data
from recsource.engine import Engine

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEGINNING = NOW - timedelta(weeks=14)
PEOPLE, WEEKS = 300, 6


def listening(seed: int = 3, people: int = PEOPLE) -> TinyWorld:
    """Everybody completes something on some evenings, each by a habit of their own."""
    dice = random.Random(seed)
    rows = []
    for n in range(people):
        habit = dice.betavariate(1, 4)
        for day in range(14 * 7):
            at = BEGINNING + timedelta(days=day, hours=dice.uniform(0, 24))
            if at < NOW and dice.random() < habit:
                moment = at.replace(tzinfo=None)
                rows += [
                    {"user_id": f"user {n}", "item_id": "story", "event": event, "at": moment}
                    for event in ("listen", "complete")
                ]
    users = [user(f"user {n}", email=f"user{n}@mail.example") for n in range(people)]
    return TinyWorld(items=[item("story")], users=users, interactions=rows)


@contextmanager
def history(folder: Path, world: TinyWorld, weeks: int = WEEKS) -> Iterator[History]:
    """The world's past weeks, counted."""
    world.write(folder / "data")
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    with Engine(threads=2) as engine:
        engine.run(f"CREATE TABLE users AS FROM '{folder / 'data' / 'users.parquet'}'")
        engine.run("CREATE TABLE eligible AS SELECT user_id, 'en' AS email_language FROM users")
        data = Data([folder / "data" / "interactions.parquet"], [folder / "data" / "items.parquet"])
        yield of_weeks(engine, scratch, data, campaign().schedule, weeks=weeks, now=NOW)
