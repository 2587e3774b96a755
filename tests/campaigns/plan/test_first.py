"""Colleagues get the edition first: a day earlier at the same hour, and everything in it is out by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from planning import WORLD, ZONES, Desk
from pydantic import ValidationError
from tiny_campaign import campaign
from tiny_world import ago, item

from campaigns.settings.campaign import CampaignSettings


def _dogfood(desk: Desk, **changed: object) -> None:
    desk.campaign = desk.campaign.model_copy(update={"dogfood": campaign(dogfood=changed).dogfood})


def test_staff_messages_fall_due_a_day_before_at_the_campaigns_hour_where_each_is(
    desk: Desk, planned: Desk
) -> None:
    _dogfood(desk)
    desk.plan()
    usual = dict(planned.rows("plan", "user_id, send_at"))
    staff = {str(row["user_id"]) for row in WORLD.users if row["cohort"] == "staff"}
    found = desk.rows("plan", "user_id, timezone, send_at, position")
    for user_id, zone, send_at, _ in found:
        local = send_at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).isoformat()[:16]
        assert local == ("2026-11-20T18:00" if user_id in staff else "2026-11-21T18:00")
        assert user_id in staff or send_at == usual[user_id]
    assert {zone for user_id, zone, *_ in found if user_id in staff} > {ZONES[0]}
    assert [row[2] for row in sorted(found, key=lambda row: row[3])] == sorted(row[2] for row in found)


def test_what_comes_out_between_their_day_and_everybodys_is_not_in_the_edition(desk: Desk) -> None:
    """It would be shown to colleagues before it can be played."""
    late = [item("rain", language="zxx", kind="soundscape", published_at=ago(0.5))]
    desk.write(replace(WORLD, items=[row for row in WORLD.items if row["item_id"] != "rain"] + late))
    shown = {}
    for days in (0, 1):
        _dogfood(desk, days_before=days)
        manifest = desk.plan()
        assert manifest["as_of"] == f"2026-11-{21 - days}T00:00:00+00:00"
        slots = desk.rows("plan", "slots", "variant = 'control' AND language = 'en'")
        shown[days] = {slot["item_id"] for (row,) in slots for slot in row}
    assert "rain" in shown[0]
    assert "rain" not in shown[1]


def test_an_edition_cannot_begin_in_the_week_before() -> None:
    with pytest.raises(
        ValidationError, match=r"`dogfood\.days_before` is 6, which lies in the week before saturday"
    ):
        campaign(dogfood={"days_before": 6})
    settings: CampaignSettings = campaign(dogfood={"days_before": 5})
    assert settings.days_before == 5
