"""The plan: everybody accounted for, and one row a person with all that is decided about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from planning import EDITION, ITEMS, NOW, WORLD, ZONES, Desk
from tiny_campaign import campaign
from tiny_world import ago, item

from campaigns.ground.exclusion import Reason
from campaigns.ground.plan_row import Slot
from campaigns.links import delivery_id
from campaigns.personalise import list_curated
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from recsource.engine import Engine
from recsource.rules.rule import Occasion


def test_everybody_is_planned_or_excluded_with_a_reason(planned: Desk) -> None:
    in_plan, excluded = planned.column("plan", "user_id"), dict(planned.rows("excluded"))
    assert in_plan | excluded.keys() == {row["user_id"] for row in WORLD.users}
    assert not in_plan & excluded.keys()
    assert excluded["left"] == Reason.NO_CONSENT
    assert excluded["bounced"] == Reason.SUPPRESSED
    assert excluded["away"] == Reason.INACTIVE
    assert excluded["other half"] == Reason.SHARED_ADDRESS
    assert set(excluded.values()) <= set(Reason)


def test_people_without_a_time_zone_are_planned_as_others_are(planned: Desk) -> None:
    used = Counter(zone for _, zone in planned.rows("plan", "user_id, timezone"))
    asked = Counter(row["timezone"] for row in WORLD.users if str(row["user_id"]).startswith("user "))
    unknown = asked[None] + asked[""] + asked["Mars/Base"]
    assert unknown > 3
    assert used["Europe/London"] == asked["Europe/London"] + unknown


def test_a_row_is_due_at_the_campaigns_hour_where_the_person_is(planned: Desk) -> None:
    for zone in ZONES:
        used = ZoneInfo(zone if zone and "Mars" not in zone else "Europe/London")
        due = planned.column("plan", "send_at", f"timezone = '{used.key}'")
        assert {at.replace(tzinfo=UTC).astimezone(used).isoformat()[:16] for at in due} == {"2026-11-21T18:00"}


def test_the_plan_stands_in_the_order_of_sending(planned: Desk) -> None:
    rows = planned.rows("plan", "position, send_at, delivery_id")
    assert [position for position, *_ in rows] == list(range(len(rows)))
    assert [row[1:] for row in rows] == sorted(row[1:] for row in rows)


def test_a_deliverys_name_is_that_which_python_gives_it(planned: Desk) -> None:
    for user_id, found in planned.rows("plan", "user_id, delivery_id"):
        assert found == delivery_id(EDITION, user_id)
        assert found == sha256(f"weekly_winddown/2026-W47/{user_id}".encode()).hexdigest()[:32]


def test_treatment_sees_its_picks_and_control_the_curated_ones(planned: Desk) -> None:
    with Engine(threads=1) as engine:
        rows = list(Plan(engine, planned.folder.plan).rows())
    for row in rows:
        sources, slots = {slot.source for slot in row.slots}, [slot.slot for slot in row.slots]
        assert slots == [1, 2]
        assert sources == {"curated"} if row.variant == "control" else sources <= {"recommended", "curated"}
    assert {slot.source for row in rows for slot in row.slots} == {"recommended", "curated"}
    control = {
        row.contact.language: row.slots for row in rows if row.variant == "control" and row.user_id != "user 3"
    }
    assert control == {
        "en": (Slot(1, "curated", "rain"), Slot(2, "curated", "story")),
        "de": (Slot(1, "curated", "rain"), Slot(2, "curated", "story")),
    }


@pytest.mark.parametrize("variant", ["control", "treatment"])
def test_adults_are_shown_no_kids_content_in_either_variant(desk: Desk, variant: str) -> None:
    desk.campaign = campaign(
        rules=[{"rule": "kids", "listens": 1}, {"rule": "fill"}, {"rule": "take", "slots": 2}]
    )
    everybody = {"forced": {"everybody": variant}}
    desk.campaign = desk.campaign.model_copy(update={"experiment": campaign(experiment=everybody).experiment})
    desk.write(replace(WORLD, users=[row | {"cohort": "everybody"} for row in WORLD.users]))
    desk.plan()
    shown = {
        user_id: {slot["item_id"] for slot in slots} for user_id, slots in desk.rows("plan", "user_id, slots")
    }
    assert "bear" in shown.pop("user 3")
    assert len(shown) == 35
    assert all("bear" not in items for items in shown.values())


def test_an_item_curated_twice_is_shown_once() -> None:
    """`bear` stands in two places of the English list."""
    with Engine(threads=1) as engine:
        WORLD.make_tables(engine)
        engine.run("CREATE TABLE catalogue AS FROM items")
        list_curated(engine, Occasion(NOW, EDITION.name, "", 4))
        rows = engine.rows("SELECT slots FROM curated_lists WHERE language = 'en' ORDER BY hears_kids")
    lists = [[slot["item_id"] for slot in slots] for (slots,) in rows]  # type: ignore[attr-defined]  # structs
    assert lists == [["rain", "story", "day 1"], ["bear", "rain", "story", "day 1"]]


def test_what_is_not_out_yet_is_not_among_the_curated(desk: Desk) -> None:
    later = [
        item("rain", language="zxx", published_at=ago(-0.1)),
        *(row for row in ITEMS if row["item_id"] != "rain"),
    ]
    desk.write(replace(WORLD, items=later))
    manifest = desk.plan()
    assert manifest["counts"]["excluded"]["too_few_curated"] == 12
    assert desk.column("excluded", "user_id", "reason = 'too_few_curated'") == {
        f"user {n}" for n in range(2, 36, 3)
    }


def test_the_items_and_collections_shown_are_frozen_beside_the_plan(planned: Desk) -> None:
    with Engine(threads=1) as engine:
        catalogue = read_catalogue(engine, planned.folder)
        shown = [slot for row in Plan(engine, planned.folder.plan).rows() for slot in row.slots]
    assert set(catalogue.items) == {slot.item_id for slot in shown if slot.item_id}
    assert set(catalogue.collections) == {slot.collection_id for slot in shown if slot.collection_id} == {"calm"}
    assert catalogue.items["story"].narrator == "Ørn"
    assert catalogue.items["story"].published_at == ago(3)
    assert catalogue.collections["calm"].title == "Days of calm"


def test_further_columns_of_users_and_items_are_carried_along_whatever_their_names(desk: Desk) -> None:
    users = [row | {"streak": n, "address": "1 Lane", "reason": "x"} for n, row in enumerate(WORLD.users)]
    items = [row | {"mood": "calm", "verdict": 7} for row in WORLD.items]
    for suffix in (".parquet", ".jsonl"):
        desk.write(replace(WORLD, users=users, items=items), suffix)
        desk.plan()
        with Engine(threads=1) as engine:
            row = Plan(engine, desk.folder.plan).of("user 7")
            assert {name: row.attributes[name] for name in ("streak", "address", "reason", "subscription")} == {
                "streak": 7,
                "address": "1 Lane",
                "reason": "x",
                "subscription": "active",
            }
            assert "email" not in row.attributes
            attributes = read_catalogue(engine, desk.folder).items["story"].attributes
            assert (attributes["mood"], attributes["verdict"]) == ("calm", 7)
