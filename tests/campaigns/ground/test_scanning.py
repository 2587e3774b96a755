"""Scans: what came too soon or too fast for a person, by the times and links of one delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ground.event import Event, EventType, link_key
from campaigns.ground.scanning import SCAN, TOO_SOON, find_scans

TAKEN = datetime(2026, 11, 21, 18, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
LATER = 3_600.0


def happened(place: int, seconds: float, kind: EventType = EventType.CLICKED, link: str = "") -> Event:
    return Event(f"e{place}", "d", kind, TAKEN + timedelta(seconds=seconds), link_key=link_key(link))


def clicks(*told: tuple[str, float]) -> list[Event]:
    return [happened(place, seconds, link=link) for place, (link, seconds) in enumerate(told)]


@pytest.mark.parametrize("kind", EventType)
def test_only_opens_and_clicks_are_too_soon(kind: EventType) -> None:
    found = find_scans([happened(1, 1, kind)], TAKEN)
    assert found == ({"e1": "too_soon"} if kind in {EventType.OPENED, EventType.CLICKED} else {})


def test_too_soon_ends_after_ten_seconds_and_is_not_judged_without_a_time() -> None:
    just_before = replace(happened(1, 0), at=TAKEN + TOO_SOON - MOMENT)
    assert find_scans([just_before], TAKEN) == {"e1": "too_soon"}
    assert find_scans([replace(just_before, at=TAKEN + TOO_SOON)], TAKEN) == {}
    assert find_scans([just_before], None) == {}


def test_what_happened_long_before_a_slow_batch_was_told_of_is_not_judged() -> None:
    assert find_scans([happened(1, -3)], TAKEN) == {"e1": "too_soon"}
    assert find_scans([happened(1, -60)], TAKEN) == {}


def test_the_provider_s_own_time_goes_before_the_ledger_s() -> None:
    told = [happened(1, 63), happened(2, 60, EventType.ACCEPTED)]
    assert find_scans(told, TAKEN) == find_scans(told, None) == {"e1": "too_soon"}


def test_three_links_within_two_seconds_are_a_machines_all_of_them() -> None:
    found = find_scans(clicks(("a", LATER), ("b", LATER + 1), ("c", LATER + 2), ("a", LATER + 60)), TAKEN)
    assert found == dict.fromkeys(("e0", "e1", "e2"), "burst_of_links")


def test_a_slower_hand_and_a_double_click_are_a_persons() -> None:
    assert find_scans(clicks(("a", LATER), ("b", LATER + 1), ("c", LATER + 2.1)), TAKEN) == {}
    assert find_scans(clicks(("a", LATER), ("a", LATER + 0.2), ("b", LATER + 1)), TAKEN) == {}


def test_three_links_before_anybody_can_have_read_are_a_scan_however_slow() -> None:
    last = SCAN.total_seconds()
    found = find_scans(clicks(("a", 12), ("b", 20), ("c", last - 0.1), ("d", last)), TAKEN)
    assert found == dict.fromkeys(("e0", "e1", "e2"), "scan_of_links")
    assert find_scans(clicks(("a", 12), ("b", 20), ("c", last)), TAKEN) == {}


def test_without_links_items_are_told_apart() -> None:
    told = [replace(happened(n, LATER), item_id=item) for n, item in enumerate(("i1", "i2", "i3"))]
    assert len(find_scans(told, None)) == 3
    assert find_scans([replace(one, item_id=None) for one in told], None) == {}


def test_what_is_marked_already_counts_and_is_not_marked_anew() -> None:
    told = clicks(("a", LATER), ("b", LATER), ("c", LATER))
    told[1] = replace(told[1], machine=True, machine_rule="security_scanner")
    assert find_scans(told, None) == {"e0": "burst_of_links", "e2": "burst_of_links"}


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 8)), max_size=12).flatmap(
        lambda drawn: st.tuples(st.just(drawn), st.permutations(range(len(drawn))))
    )
)
def test_bursts_do_not_depend_on_the_order_in_which_clicks_are_told(
    drawn: tuple[list[tuple[str, float]], list[int]],
) -> None:
    """And are those that looking at every stretch of two seconds finds."""
    links, order = drawn
    told = clicks(*((link, LATER + seconds) for link, seconds in links))
    expected = set()
    for start in told:
        stretch = [one for one in told if timedelta(0) <= one.at - start.at <= timedelta(seconds=2)]
        if len({one.link_key for one in stretch}) >= 3:
            expected |= {one.provider_event_id for one in stretch}
    assert set(find_scans([told[place] for place in order], TAKEN)) == expected
