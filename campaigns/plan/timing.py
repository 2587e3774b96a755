"""When each person's message falls due: the campaign's hour, in their own time zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from campaigns.settings.campaign import Schedule


def send_at(day: date, schedule: Schedule, zone: str) -> datetime:
    """The schedule's hour on a day in a zone, as UTC.

    Where clocks leap over that hour it is the same stretch after midnight as ever (PEP 495, fold=0);
    where the hour comes twice it is the first of the two.
    """
    return datetime.combine(day, schedule.at, ZoneInfo(zone)).astimezone(UTC)


def zone_times(
    zones: Iterable[str], day: date, schedule: Schedule, days_before: int
) -> Iterator[tuple[str, str, datetime, datetime]]:
    """For each zone as people have it: `(asked, zone used, send_at, first_at)`; unknown ones take the campaign's.

    `first_at` is for those who get the edition first, so many days before.
    """
    early = day - timedelta(days=days_before)
    for asked in zones:
        zone = asked if schedule.local_time and asked in _known() else schedule.timezone
        usual, first = (send_at(on, schedule, zone).replace(tzinfo=None) for on in (day, early))
        yield asked, zone, usual, first


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
