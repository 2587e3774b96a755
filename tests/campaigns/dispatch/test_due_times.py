"""When a message may leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.dispatch.timing import QuietHours, WarmUp, due_spans, retry_after

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def may_leave(due: datetime, quiet: QuietHours | None, give_up: timedelta) -> bool:
    return any(span.after < due <= span.until for span in due_spans(NOW, give_up, quiet))


def test_without_quiet_hours_all_that_is_due_and_not_too_late_may_leave() -> None:
    give_up = timedelta(hours=36)
    assert may_leave(NOW, None, give_up)
    assert not may_leave(NOW + MINUTE, None, give_up)
    assert may_leave(NOW - give_up, None, give_up)
    assert not may_leave(NOW - give_up - MINUTE, None, give_up)


@given(
    begins=st.integers(1, 23 * 60),
    length=st.integers(1, 23 * 60),
    ago=st.integers(0, 120 * 60),
    hours=st.integers(1, 100),
)
def test_quiet_hours_are_quiet_every_day_and_all_else_is_not(
    begins: int, length: int, ago: int, hours: int
) -> None:
    """Against the definition: how long ago it fell due, modulo a day, lies between the quiet hours' ends."""
    ends = min(24 * 60, begins + length)
    quiet, give_up = QuietHours(begins * MINUTE, ends * MINUTE), timedelta(hours=hours)
    due = NOW - ago * MINUTE
    is_quiet = begins <= ago % (24 * 60) < ends
    assert may_leave(due, quiet, give_up) == (not is_quiet and ago <= hours * 60)


def test_spans_do_not_overlap() -> None:
    spans = due_spans(NOW, 4 * DAY, QuietHours(timedelta(hours=4), timedelta(hours=13)))
    assert len(spans) == 5
    assert all(later.after > earlier.until for later, earlier in pairwise(spans))


def test_a_warm_up_has_its_days_and_ends() -> None:
    warm_up = WarmUp(date(2026, 11, 1), (200, 500, 1000))
    days = [warm_up.on(date(2026, 10, 31) + n * DAY) for n in range(6)]
    assert days == [0, 200, 500, 1000, None, None]


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 15), (1, 15), (2, 30), (3, 60), (9, 360), (5000, 360)])
def test_each_wait_is_twice_as_long_up_to_a_longest(attempts: int, minutes: int) -> None:
    wait = timedelta(minutes=15)
    assert retry_after(wait, attempts, 1.0) == minutes * MINUTE
    assert retry_after(wait, attempts, 0.0) == minutes * MINUTE / 2
