"""An experiment is frozen with its first edition: a later change is refused, and a new version is another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from planning import EDITION, NOW, RULES, WORLD, Desk
from tiny_campaign import campaign
from tiny_world import ago, heard, recommended

from campaigns.ground.errors import ConfigurationError, GuardError
from campaigns.plan.declared import declared
from campaigns.settings.workspace import HoldoutSettings
from recsource.sharder import shard

NEXT = replace(EDITION, week=48)
BOTH_WEEKS = [
    row | {"edition": week}
    for week in (EDITION.name, NEXT.name)
    for row in WORLD.curated
    if row["edition"] == EDITION.name
]
FIRST_DECLARED: dict[str, Any] = {"minimum_effect": 0.02, "hypothesis": "Picks help."}


@pytest.fixture
def running(desk: Desk) -> Desk:
    """A desk whose first edition is planned, with curated picks for the next."""
    desk.write(replace(WORLD, curated=BOTH_WEEKS))
    _declare(desk)
    desk.plan()
    return desk


def _declare(desk: Desk, **changed: object) -> None:
    desk.campaign = campaign(rules=RULES, experiment=FIRST_DECLARED | changed)


def _plan_next(desk: Desk) -> dict[str, Any]:
    return desk.plan(NEXT, NOW + timedelta(days=7))


def test_the_first_editions_manifest_holds_the_declaration_and_gives_the_experiment_back(running: Desk) -> None:
    manifest = running.folder.require_manifest()
    assert declared(manifest) == running.campaign.experiment.experiment()


def test_the_same_declaration_goes_on(running: Desk) -> None:
    assert _plan_next(running)["experiment"] == running.folder.require_manifest()["experiment"]


@pytest.mark.parametrize(
    ("changed", "keys"),
    [
        ({"traffic": 0.5}, "`traffic`"),
        ({"minimum_effect": 0.01, "primary": "clicked"}, "`minimum_effect`, `primary`"),
        ({"end": "2026-W49"}, "`end`"),
        ({"salt": "another"}, "`salt`"),
        ({"forced": {}}, "`forced`"),
    ],
)
def test_a_change_after_the_first_edition_is_refused_and_named(
    running: Desk, changed: dict[str, object], keys: str
) -> None:
    files = running.files()
    _declare(running, **changed)
    with pytest.raises(GuardError) as caught:
        _plan_next(running)
    assert str(caught.value) == (
        f"weekly_winddown/2026-W48: {keys} under [experiment] changed since 2026-W47, the first edition of "
        "'weekly-picks', version 1, was planned; a running experiment stays what it was declared to be: undo the "
        "change, or start another with `version = 2`"
    )
    assert running.files() == files


def test_a_new_version_is_another_experiment_with_another_assignment(running: Desk) -> None:
    _declare(running, version=2, salt="", traffic=0.9)
    manifest = _plan_next(running)
    experiment = declared(manifest)
    assert (experiment.version, experiment.traffic, experiment.salt) == (2, 0.9, "weekly-picks-v2")
    rows = running.rows("../2026-W48/assignments", "user_id, salt, bucket")
    assert rows
    assert all((salt, bucket) == ("weekly-picks-v2", shard(salt, user_id)) for user_id, salt, bucket in rows)


def test_before_anything_else_is_planned_the_first_edition_itself_may_be_declared_anew(running: Desk) -> None:
    _declare(running, traffic=0.5)
    assert declared(running.plan()).traffic == 0.5


def test_editions_before_the_start_freeze_nothing_and_are_outside_the_experiment(desk: Desk) -> None:
    desk.write(replace(WORLD, curated=BOTH_WEEKS))
    _declare(desk, start=NEXT.name)
    desk.plan()
    assert desk.column("assignments", "method") == {"outside_experiment"}
    assert desk.column("plan", "variant") == {"control"}
    _declare(desk, start=NEXT.name, traffic=0.5)
    assert declared(_plan_next(desk)).traffic == 0.5


def test_a_weekly_experiments_buckets_can_be_computed_from_the_salt_beside_them(running: Desk) -> None:
    _declare(running, version=2, assignment="weekly")
    _plan_next(running)
    rows = running.rows("../2026-W48/assignments", "user_id, salt, bucket")
    assert {salt for _, salt, _ in rows} == {"salt-1-2026-W48"}
    assert all(bucket == shard(salt, user_id) for user_id, salt, bucket in rows)


def test_a_campaigns_own_holdout_is_planned_for_nobody(desk: Desk) -> None:
    _declare(desk, holdout={"share": 0.5, "salt": "out"})
    manifest = desk.plan()
    held_out = desk.column("excluded", "user_id", "reason = 'campaign_holdout'")
    assert held_out == {row["user_id"] for row in WORLD.users if shard("out", str(row["user_id"])) < 5_000} - {
        user_id for user_id, reason in desk.rows("excluded") if reason != "campaign_holdout"
    }
    assert manifest["counts"]["excluded"]["campaign_holdout"] == len(held_out) > 5


def test_a_workspaces_holdout_with_the_experiments_salt_is_refused_before_anything_is_planned(desk: Desk) -> None:
    desk.workspace = desk.workspace.model_copy(update={"holdout": HoldoutSettings(share=0.1, salt="salt-1")})
    with pytest.raises(ConfigurationError, match="the salt 'salt-1' stands under"):
        desk.plan()
    assert desk.files() == {}


ABC = [
    {"name": "control", "source": "curated", "share": 0.3},
    {"name": "popularity", "source": "popular", "share": 0.3},
    {"name": "treatment", "source": "recommended", "share": 0.4},
]


def test_the_popularity_arm_sees_what_most_people_play_under_the_same_rules(desk: Desk) -> None:
    listens = [
        heard("user 9", name) for name, times in (("rain", 9), ("bear", 7), ("unseen", 5)) for _ in range(times)
    ]
    desk.write(replace(WORLD, interactions=listens))
    rules = [{"rule": "kids", "listens": 99}, {"rule": "collections"}, {"rule": "take", "slots": 2}]
    desk.campaign = campaign(rules=[*rules[:1], {"rule": "fill"}, *rules[1:]], experiment={"variants": ABC})
    desk.plan()
    rows = desk.rows("plan", "user_id, slots", "variant = 'popularity'")
    assert len(rows) > 5
    for _, slots in rows:
        shown = [(slot["slot"], slot["source"], slot["item_id"]) for slot in slots]
        assert shown == [(1, "popular", "rain"), (2, "popular", "unseen")]
    assert {
        slot["source"] for (slots,) in desk.rows("plan", "slots", "variant = 'treatment'") for slot in slots
    } == {
        "recommended",
        "curated",
    }


def test_whoever_cannot_be_shown_enough_popular_items_is_excluded_whatever_their_arm(desk: Desk) -> None:
    """The four who have heard all that is popular would fall out of that arm alone, and the rest would differ."""
    rules = [{"rule": "not_heard", "listens": 1}, {"rule": "take", "slots": 2}]
    known = [
        heard(f"user {n}", name, "complete") for n in range(2, 6) for name in ("story", "rain", "bear", "unseen")
    ]
    lines = [recommended(str(row["user_id"]), ("day 1", "day 2")) for row in WORLD.users]
    out = [row | {"published_at": ago(-1)} if row["collection_id"] else row for row in WORLD.items]
    desk.write(replace(WORLD, interactions=known, lines=lines, items=out))
    desk.campaign = campaign(rules=rules, experiment={"variants": ABC})
    desk.plan()
    assert desk.column("excluded", "user_id", "reason = 'too_few_popular'") == {f"user {n}" for n in range(2, 6)}
