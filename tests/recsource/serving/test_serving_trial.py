"""The experiment in the application: who sees what, and what is logged of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis
from serving_worlds import crowd
from shelving import RULES, Shelving
from tiny_world import AS_OF, EDITION, TinyWorld, heard, item, recommended, user

from recsource.engine import Engine
from recsource.rules.rule import Occasion
from recsource.serving.exposure import Exposure
from recsource.serving.made import make
from recsource.serving.reading import Origin, Reader
from recsource.serving.trial import Arm, Shards, Trial, Visitor

TRIAL = Trial(
    experiment="home",
    salt="home-v1",
    traffic=Shards("home-v1-traffic", 0, 10_000),
    baseline="control",
    arms=(
        Arm("control", "none", 0, 3_333),
        Arm("popularity", "popular", 3_333, 6_666),
        Arm("personalised", "recommended", 6_666, 10_000),
    ),
    forced={"staff": "personalised"},
    enrols_from=datetime(2026, 11, 1, tzinfo=UTC),
)
NEW = datetime(2026, 11, 10, tzinfo=UTC)
OLD = datetime(2026, 10, 10, tzinfo=UTC)


def _load(shelving: Shelving, world: TinyWorld, folder: Path) -> None:
    """All of a world's people, assigned as the trial says, on the shelf."""
    assigned = [
        (str(row["user_id"]), TRIAL.assign(Visitor(str(row["user_id"]), signed_up_at=NEW)).source)
        for row in world.users
    ]
    with Engine() as engine:
        world.make_tables(engine)
        engine.load("assigned", {"user_id": "VARCHAR", "source": "VARCHAR"}, assigned)
        occasion = Occasion(AS_OF, EDITION, "seed", 2)
        about, _ = make(engine, world.write_batch(folder / "batch.out"), RULES, occasion, "v1", TRIAL)
        shelving.loader().load(engine, about)


def _world() -> TinyWorld:
    """300 people who are recommended `own` things, where everybody else listens to `hit`s."""
    users = [f"u{number}" for number in range(300)]
    return TinyWorld(
        items=[item("own"), item("own, too"), item("hit"), item("hit, too")],
        users=[user(user_id) for user_id in users],
        interactions=[heard("u0", "hit")] * 9 + [heard("u0", "hit, too")] * 8,
        lines=[recommended(user_id, ["own", "own, too"]) for user_id in users],
    )


def test_each_variant_is_shown_what_its_source_says(shelving: Shelving, redis: Redis, tmp_path: Path) -> None:
    _load(shelving, _world(), tmp_path)
    reader = Reader(redis, "t")
    shown: dict[str, set[tuple[str, ...]]] = {}
    for number in range(300):
        served = reader.picks(Visitor(f"u{number}", signed_up_at=NEW))
        assert served.assigned
        shown.setdefault(served.assigned.variant, set()).add(tuple(pick.id for pick in served.picks))
    assert shown == {
        "control": {()},
        "popularity": {("hit", "hit, too")},
        "personalised": {("own", "own, too")},
    }


def test_whoever_takes_no_part_is_shown_what_the_application_always_shows(
    shelving: Shelving, redis: Redis, tmp_path: Path
) -> None:
    _load(shelving, _world(), tmp_path)
    reader = Reader(redis, "t")
    for number in range(50):
        served = reader.picks(Visitor(f"u{number}", signed_up_at=OLD))
        assert served.assigned
        assert (served.assigned.method, served.origin, served.picks) == ("outside_enrolment", Origin.UNTOUCHED, ())


def test_staff_see_it_first_whenever_they_signed_up(shelving: Shelving, redis: Redis, tmp_path: Path) -> None:
    _load(shelving, _world(), tmp_path)
    served = Reader(redis, "t").picks(Visitor("someone of ours", signed_up_at=OLD, cohort="staff"))
    assert served.assigned
    assert (served.assigned.variant, served.assigned.method) == ("personalised", "forced")
    assert served.picks


def test_somebody_who_signed_up_a_minute_ago_is_in_a_variant_and_shown_the_strangers_list(
    shelving: Shelving, redis: Redis, tmp_path: Path
) -> None:
    _load(shelving, _world(), tmp_path)
    reader = Reader(redis, "t")
    served = [reader.picks(Visitor(f"minute-{number}")) for number in range(60)]
    assert {one.assigned.variant for one in served if one.assigned} == {"control", "popularity", "personalised"}
    treated = [one for one in served if one.assigned and one.assigned.variant != "control"]
    assert {one.origin for one in treated} == {Origin.STRANGER}
    assert all(one.picks for one in treated)


def test_an_exposure_says_what_the_report_needs(shelving: Shelving, redis: Redis, tmp_path: Path) -> None:
    _load(shelving, _world(), tmp_path)
    visitor = Visitor("u7", signed_up_at=NEW)
    served = Reader(redis, "t").picks(visitor)
    exposure = Exposure.of(served, visitor, AS_OF)
    assert exposure
    assert served.assigned
    line = json.loads(exposure.line())
    assert line | {"shown": None} == {
        "at": "2026-11-21T00:00:00+00:00",
        "experiment": "home",
        "user_id": "u7",
        "variant": served.assigned.variant,
        "method": "randomised",
        "bucket": served.assigned.bucket,
        "salt": "home-v1",
        "origin": served.origin,
        "version": "v1",
        "shown": None,
    }
    assert line["shown"] == [pick.id for pick in served.picks]


def test_without_an_experiment_there_is_nothing_to_expose(shelving: Shelving, redis: Redis) -> None:
    shelving.load(crowd(3, "a"), "v1")
    visitor = Visitor("u1")
    assert Exposure.of(Reader(redis, "t").picks(visitor), visitor, AS_OF) is None
