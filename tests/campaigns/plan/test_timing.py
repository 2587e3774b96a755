"""When a message falls due: the campaign's hour in each person's own zone, also where clocks leap."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_campaign import campaign

from campaigns.plan.timing import send_at, zone_times
from campaigns.settings.campaign import Schedule

ZONES = sorted(available_timezones() - {"localtime"})
DAY = timedelta(days=1)


def _schedule(at: time = time(18), **changed: object) -> Schedule:
    return campaign(schedule={"at": at, **changed}).schedule


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Europe/London", date(2026, 11, 21), time(18), "2026-11-21T18:00"),
        ("Europe/London", date(2026, 7, 4), time(18), "2026-07-04T17:00"),
        ("America/Los_Angeles", date(2026, 11, 21), time(18), "2026-11-22T02:00"),
        ("Pacific/Kiritimati", date(2026, 11, 21), time(6), "2026-11-20T16:00"),
        ("Asia/Kathmandu", date(2026, 11, 21), time(18), "2026-11-21T12:15"),
        # 02:30 is leapt over in Berlin: 90 minutes after 01:00, as 02:30 has ever been.
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),
        # 02:30 comes twice in Berlin: the first time is still summer's.
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        # In Cuba the day begins at 01:00 once a year.
        ("America/Havana", date(2026, 3, 8), time(0, 30), "2026-03-08T05:30"),
    ],
)
def test_the_hour_is_the_readers_own(zone: str, day: date, at: time, utc: str) -> None:
    found = send_at(day, _schedule(at), zone)
    assert found.tzinfo is UTC
    assert found == datetime.fromisoformat(f"{utc}+00:00")


@given(
    st.sampled_from(ZONES),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
@settings(max_examples=300)
def test_it_is_the_first_instant_that_clocks_there_show_the_hour(zone: str, day: date, at: time) -> None:
    found = send_at(day, _schedule(at), zone)
    wall = datetime.combine(day, at, UTC)
    offsets = [_offset(zone, wall - DAY), _offset(zone, wall + DAY)]
    shown = [wall - offset for offset in offsets if _offset(zone, wall - offset) == offset]
    assert found == (min(shown) if shown else wall - offsets[0])


def _offset(zone: str, instant: datetime) -> timedelta:
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset


def test_zones_that_nobody_knows_take_the_campaigns() -> None:
    day, schedule = date(2026, 11, 21), _schedule(timezone="Asia/Tokyo")
    asked = ["Europe/London", "", "europe/london", "Mars/Base", "UTC+3", "../etc", "Europe", "a\0b"]
    found = {zone: (used, at) for zone, used, at, _ in zone_times(asked, day, schedule, 0)}
    assert found.pop("Europe/London") == ("Europe/London", datetime.fromisoformat("2026-11-21 18:00"))
    assert set(found.values()) == {("Asia/Tokyo", datetime.fromisoformat("2026-11-21 09:00"))}


def test_a_campaign_may_send_everywhere_at_once() -> None:
    schedule = _schedule(local_time=False, timezone="America/New_York")
    times = list(zone_times(["Europe/London", "Asia/Tokyo"], date(2026, 11, 21), schedule, 1))
    assert {(used, at.isoformat(), first.isoformat()) for _, used, at, first in times} == {
        ("America/New_York", "2026-11-21T23:00:00", "2026-11-20T23:00:00")
    }
