"""Sending at everybody's own hour, and what changes between the plan and the hour."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from command_line import CAMPAIGN, SUNDAY, Winddown

LATE = timedelta(hours=36)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def address_of(winddown: Winddown, user_id: str) -> str:
    found = duckdb.sql(f"SELECT email FROM '{winddown.root}/data/users.parquet' WHERE user_id = '{user_id}'")
    return str(found.fetchall()[0][0])


def test_each_call_delivers_exactly_what_is_due(winddown: Winddown) -> None:
    due = {key: delivery.due_at for key, delivery in winddown.deliveries().items()}
    assert len(set(due.values())) > 3
    assert all(moment.date().isoformat() in {"2026-11-21", "2026-11-22"} for moment in due.values())
    for now in ("2026-11-20T20:00", "2026-11-21T12:00", "2026-11-21T17:30", "2026-11-21T18:00", SUNDAY):
        assert winddown("send", CAMPAIGN, now=now).code == 0
        assert winddown.emails().keys() == {key for key, moment in due.items() if moment <= at(now)}
    assert winddown.tally()["waiting"] == 0


def test_what_comes_too_late_is_cancelled_with_the_reason(winddown: Winddown) -> None:
    now = "2026-11-23T06:30"
    due = {key: delivery.due_at for key, delivery in winddown.deliveries().items()}
    late = {key for key, moment in due.items() if moment < at(now) - LATE}
    assert due.keys() > late > set()
    assert winddown("send", CAMPAIGN, "--date", "2026-11-22", now=now).code == 0
    assert winddown.in_state("cancelled") == late
    assert {winddown.deliveries()[key].detail for key in late} == {"waited too long"}
    assert winddown.emails().keys() == due.keys() - late


def test_a_clock_that_goes_backwards_sends_nobody_two_and_loses_nobody(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now="2026-11-21T18:00").code == 0
    some = winddown.emails()
    assert 0 < len(some) < winddown.tally()["planned"]
    for now in ("2026-11-20T20:00", "2026-11-16T00:00"):
        assert winddown("run", CAMPAIGN, now=now).code == 0
        assert winddown.emails() == some
        winddown.tally(now)
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    tally = winddown.tally()
    assert tally["accepted"] == tally["planned"] == len(winddown.emails())
    assert {delivery.attempts for delivery in winddown.deliveries().values()} == {1}


def test_who_is_suppressed_between_plan_and_send_gets_nothing(winddown: Winddown) -> None:
    key, delivery = next(iter(winddown.deliveries().items()))
    with (winddown.root / "data" / "suppressions.csv").open("a") as file:
        file.write(f"{address_of(winddown, delivery.user_id).upper()},complained,2026-11-21 09:00:00\n")
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.in_state("cancelled") == {key}
    assert winddown.deliveries()[key].detail == "suppressed"
    assert winddown.emails().keys() == winddown.deliveries().keys() - {key}


def test_who_unsubscribes_between_plan_and_send_gets_nothing(winddown: Winddown, tmp_path: Path) -> None:
    key = next(iter(winddown.deliveries()))
    told = {"provider_event_id": "e1", "delivery_id": key, "type": "unsubscribed", "at": "2026-11-21T01:00"}
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps(told))
    assert winddown("ingest", str(events), now="2026-11-21T02:00").code == 0
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.in_state("cancelled") == {key}
    assert key not in winddown.emails()


def test_planning_an_edition_again_before_it_is_sent_changes_nobody(winddown: Winddown) -> None:
    before = {path.name: path.read_bytes() for path in winddown.edition.iterdir()}
    assert winddown("plan", CAMPAIGN, now="2026-11-21T02:00").code == 0
    after = {path.name: path.read_bytes() for path in winddown.edition.iterdir()}
    assigned = "assignments.parquet"
    assert {**before, assigned: b""} == {**after, assigned: b""}


def test_next_week_is_another_edition_and_the_frequency_cap_sees_this_one(winddown: Winddown) -> None:
    """A cap of one edition in eight days: whoever got this week's is left out of the next."""
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    got = {delivery.user_id for delivery in winddown.deliveries().values()}
    winddown.edit(f"templates/{CAMPAIGN}/campaign.toml", ", within_days = 6", ", within_days = 8")
    winddown.edit(f"templates/{CAMPAIGN}/campaign.toml", "max_age_days = 4", "max_age_days = 40")
    ran = winddown("plan", CAMPAIGN, "--date", "2026-11-28", "--json", now="2026-11-27T12:00")
    assert ran.code == 3
    assert f"nobody of 120 would get an email; most are excluded as `frequency_cap` ({len(got)})" in ran.said
