"""What every ledger promises of events, suppressions and reading: nothing is lost, nothing counts twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from contracts.ledger_world import (
    ANNA,
    BEN,
    EDITION,
    ELSEWHERE,
    LAST_WEEK,
    LATER,
    MINUTE,
    NOW,
    Worker,
    enrolled,
    event,
    name,
    people,
    positions,
    states,
)

from campaigns.ground.delivery import State
from campaigns.ground.event import Event, EventType
from campaigns.ground.receipt import Outcome
from campaigns.ports.entries import Recorded
from campaigns.ports.ledger import Ledger

CAMPAIGN = EDITION.campaign


def test_the_ledger_knows_what_time_it_is(ledger: Ledger) -> None:
    """To the second at least, and in UTC, whatever the machine's own zone."""
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert before <= ledger.now() <= datetime.now(UTC) + timedelta(seconds=1)
    assert ledger.now().utcoffset() == timedelta()


# events


def test_an_event_is_kept_once_however_often_it_comes(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    opened = replace(event(1, EventType.OPENED), machine=True, machine_rule="apple's privacy proxy")
    clicked = replace(event(2, EventType.CLICKED), item_id="7", address_key="address-0")
    bounced = event(3, EventType.BOUNCED, transient=True)
    assert ledger.record([opened, clicked, opened, bounced]) == Recorded(new=3, known=1)
    assert ledger.record([clicked]) == Recorded(known=1)
    assert list(ledger.events(EDITION)) == [opened, clicked, bounced]


def test_events_come_by_time_and_by_edition(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    enrolled(ledger, 1, LAST_WEEK)
    times = [LATER + timedelta(minutes=m) for m in (5, 1, 3)]
    ledger.record([event(n, EventType.OPENED, n, at) for n, at in enumerate(times)])
    assert [e.delivery_id for e in ledger.events(EDITION)] == [name(n) for n in (1, 2, 0)]
    assert list(ledger.events(LAST_WEEK)) == []


def test_events_of_unknown_deliveries_are_counted_and_not_lost(ledger: Ledger) -> None:
    stray = event(1, EventType.BOUNCED, 0)
    assert ledger.record([stray]) == Recorded(new=1, unknown=1)
    enrolled(ledger, 1)
    assert list(ledger.events(EDITION)) == [stray]
    assert ledger.record([stray]) == Recorded(known=1)


@pytest.mark.parametrize("word", ["a\0b", "\ud800", "\\u0000", "%s :at ? ''", ""])
def test_an_odd_event_does_not_keep_the_others_out(ledger: Ledger, word: str) -> None:
    enrolled(ledger, 1)
    odd = Event(word, word, EventType.CLICKED, LATER, item_id=word)
    assert ledger.record([event(1, EventType.OPENED), odd]) == Recorded(new=2, unknown=1)
    assert ledger.record([odd]) == Recorded(known=1)


def test_a_long_stream_of_events_is_recorded_whole(ledger: Ledger) -> None:
    enrolled(ledger, 3)
    told = [event(n, EventType.OPENED, n % 4) for n in range(1_234)]
    assert ledger.record(iter(told)) == Recorded(new=1_234, unknown=308)
    assert ledger.record(iter(told)) == Recorded(known=1_234)
    assert len(list(ledger.events(EDITION))) == 926


# scans


def followed(number: int, seconds: float, delivery: int = 0, kind: EventType = EventType.CLICKED) -> Event:
    return replace(event(number, kind, delivery, LATER + timedelta(seconds=seconds)), link_key=f"link-{number}")


def rules(ledger: Ledger) -> dict[str, str]:
    told = list(ledger.events(EDITION))
    assert all(one.machine == bool(one.machine_rule) for one in told)
    return {one.provider_event_id: one.machine_rule for one in told if one.machine}


def test_a_burst_is_found_out_by_its_last_click_however_the_clicks_come(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    for number in (1, 2):
        ledger.record([followed(number, number / 2), followed(10 + number, number / 2, delivery=1)])
        assert rules(ledger) == {}
    ledger.record([followed(3, 1.6), followed(4, 60)])
    assert rules(ledger) == dict.fromkeys(("event-1", "event-2", "event-3"), "burst_of_links")
    ledger.record([followed(5, 1.8)])
    assert rules(ledger) == dict.fromkeys(("event-1", "event-2", "event-3", "event-5"), "burst_of_links")


def test_an_earlier_rule_stays(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    named = replace(followed(1, 0), machine=True, machine_rule="security_scanner")
    ledger.record([named])
    ledger.record([followed(2, 0.5), followed(3, 1)])
    assert rules(ledger) == {
        "event-1": "security_scanner",
        "event-2": "burst_of_links",
        "event-3": "burst_of_links",
    }


@pytest.mark.parametrize("kind", [EventType.OPENED, EventType.CLICKED])
def test_what_comes_within_seconds_of_the_receipt_is_too_soon_whatever_was_planned(
    ledger: Ledger, kind: EventType
) -> None:
    enrolled(ledger, 4, due_at=NOW - timedelta(hours=2))
    Worker(ledger).sent(Outcome.ACCEPTED, 2, LATER)
    Worker(ledger).submitted(1, LATER)
    ledger.record([followed(n, seconds, n, kind) for n, seconds in enumerate((9.9, 10, 3, 3))])
    assert rules(ledger) == {"event-0": "too_soon", "event-2": "too_soon"}


def test_the_provider_s_own_time_of_acceptance_judges_what_was_told_before_it(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    Worker(ledger).sent(Outcome.ACCEPTED, 2, NOW)
    ledger.record([followed(1, 4), followed(2, 4, 1)])
    assert rules(ledger) == {}
    ledger.record([event(3, EventType.ACCEPTED, 0, LATER)])
    assert rules(ledger) == {"event-1": "too_soon"}


def test_what_settled_a_delivery_without_a_receipt_says_nothing_of_when_it_left(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    Worker(ledger).sent(Outcome.UNCERTAIN, 2)
    ledger.resolve(EDITION, [name(1)], State.ACCEPTED, LATER)
    ledger.record([followed(n, 1, n, EventType.OPENED) for n in (0, 1)])
    ledger.record([followed(10 + n, 2, n, EventType.OPENED) for n in (0, 1)])
    assert states(ledger) == [State.ACCEPTED, State.ACCEPTED]
    assert rules(ledger) == {}


def test_a_scan_that_takes_its_time_is_known_by_how_soon_it_came(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    Worker(ledger).sent(Outcome.ACCEPTED, 2, LATER)
    for number, seconds in enumerate((12, 18, 24)):
        ledger.record([followed(number, seconds), followed(10 + number, seconds + 60, 1)])
    assert rules(ledger) == dict.fromkeys(("event-0", "event-1", "event-2"), "scan_of_links")


def test_the_clicks_of_an_unknown_delivery_are_judged_by_themselves(ledger: Ledger) -> None:
    for number in range(3):
        ledger.record([followed(number, number / 2)])
    enrolled(ledger, 1)
    assert set(rules(ledger).values()) == {"burst_of_links"}


# suppressions


def test_suppressions_are_kept_once(ledger: Ledger) -> None:
    assert ledger.suppress([("a", "bounced"), ("b", "bounced"), ("a", "complained")], NOW) == 2
    assert ledger.suppress(iter([("b", "complained"), ("c", "complained")]), NOW) == 1
    assert sorted(ledger.suppressed(CAMPAIGN)) == sorted(ledger.suppressed("another")) == ["a", "b", "c"]


@pytest.mark.parametrize("kind", EventType)
def test_bounces_complaints_and_unsubscribes_suppress_the_address_at_once(ledger: Ledger, kind: EventType) -> None:
    enrolled(ledger, 2, LAST_WEEK)
    enrolled(ledger, 2)
    suppressing = kind in {EventType.BOUNCED, EventType.COMPLAINED, EventType.UNSUBSCRIBED}
    last_week = replace(event(1, kind), delivery_id=name(1, LAST_WEEK))
    assert ledger.record([last_week]) == Recorded(new=1, suppressed=int(suppressing))
    assert list(ledger.suppressed(ELSEWHERE.campaign)) == (["address-1"] if suppressing else [])
    assert positions(Worker(ledger).claim()) == ([0] if suppressing else [0, 1])


def test_a_transient_bounce_suppresses_nobody(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    assert ledger.record([event(1, EventType.BOUNCED, transient=True)]) == Recorded(new=1)
    assert list(ledger.suppressed(CAMPAIGN)) == []
    assert ledger.record([event(2, EventType.BOUNCED)]).suppressed == 1


def test_an_unknown_delivery_s_complaint_suppresses_the_address_that_the_event_tells(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    stray = replace(event(1, EventType.COMPLAINED, 99), address_key="address-1")
    assert ledger.record([stray]) == Recorded(new=1, unknown=1, suppressed=1)
    assert positions(Worker(ledger).claim()) == [0]


def test_a_known_delivery_s_own_address_is_the_one_suppressed(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    ledger.record([replace(event(1, EventType.COMPLAINED), address_key="another")])
    assert list(ledger.suppressed(CAMPAIGN)) == ["address-0"]


def test_two_complaints_about_one_address_suppress_it_once(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    assert ledger.record([event(1, EventType.BOUNCED), event(2, EventType.COMPLAINED)]).suppressed == 1
    assert ledger.record([event(3, EventType.UNSUBSCRIBED)]).suppressed == 0


# unsubscribing


def test_who_unsubscribes_from_a_campaign_still_gets_the_others(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK, ELSEWHERE):
        enrolled(ledger, 2, edition)
    assert ledger.unsubscribe(name(0, LAST_WEEK), NOW, everything=False)
    assert list(ledger.suppressed(CAMPAIGN)) == ["address-0"]
    assert list(ledger.suppressed(ELSEWHERE.campaign)) == []
    assert positions(Worker(ledger).claim()) == [1]
    assert positions(Worker(ledger, ANNA, ELSEWHERE).claim()) == [0, 1]


def test_who_unsubscribes_from_everything_gets_nothing(ledger: Ledger) -> None:
    for edition in (EDITION, ELSEWHERE):
        enrolled(ledger, 1, edition)
    assert ledger.unsubscribe(name(0), NOW, everything=True)
    assert Worker(ledger).claim() == Worker(ledger, ANNA, ELSEWHERE).claim() == []


def test_unsubscribing_is_an_event_and_doing_it_again_changes_nothing(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    Worker(ledger).sent(Outcome.ACCEPTED)
    for at in (NOW, LATER):
        assert ledger.unsubscribe(name(0), at, everything=False)
    (told,) = ledger.events(EDITION)
    assert (told.delivery_id, told.type, told.at) == (name(0), EventType.UNSUBSCRIBED, NOW)
    assert list(ledger.suppressed(CAMPAIGN)) == ["address-0"]


def test_unsubscribing_from_more_widens_the_suppression(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    ledger.unsubscribe(name(0), NOW, everything=False)
    ledger.unsubscribe(name(0), LATER, everything=True)
    ledger.unsubscribe(name(0), LATER, everything=False)
    assert list(ledger.suppressed(CAMPAIGN)) == list(ledger.suppressed("another")) == ["address-0"]
    assert len(list(ledger.events(EDITION))) == 1


@pytest.mark.parametrize("everything", [False, True])
def test_unsubscribing_from_an_unknown_delivery_is_kept_until_it_is_enrolled(
    ledger: Ledger, *, everything: bool
) -> None:
    for _ in range(2):
        assert not ledger.unsubscribe(name(1), LATER, everything=everything)
    assert list(ledger.suppressed(CAMPAIGN)) == []
    enrolled(ledger, 3, ELSEWHERE)
    enrolled(ledger, 3)
    assert [(told.delivery_id, told.type, told.at) for told in ledger.events(EDITION)] == [
        (name(1), EventType.UNSUBSCRIBED, LATER)
    ]
    assert list(ledger.suppressed(CAMPAIGN)) == ["address-1"]
    assert list(ledger.suppressed(ELSEWHERE.campaign)) == (["address-1"] if everything else [])
    assert positions(Worker(ledger).claim()) == [0, 2]
    assert positions(Worker(ledger, ANNA, ELSEWHERE).claim()) == ([0, 2] if everything else [0, 1, 2])


def test_who_wishes_more_of_an_unknown_delivery_gets_it(ledger: Ledger) -> None:
    ledger.unsubscribe(name(0), NOW, everything=False)
    ledger.unsubscribe(name(0), LATER, everything=True)
    enrolled(ledger, 1)
    assert list(ledger.suppressed(CAMPAIGN)) == list(ledger.suppressed("another")) == ["address-0"]


def test_a_wish_is_kept_for_the_plan_that_replaces_another(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    ledger.unsubscribe(name(1), NOW, everything=False)
    ledger.enrol(EDITION, "another plan", people(2), LATER)
    assert list(ledger.suppressed(CAMPAIGN)) == ["address-1"]


@pytest.mark.parametrize("kind", EventType)
def test_what_an_unknown_delivery_s_event_suppresses_is_suppressed_once_it_is_enrolled(
    ledger: Ledger, kind: EventType
) -> None:
    assert ledger.record([event(1, kind)]) == Recorded(new=1, unknown=1)
    enrolled(ledger, 1)
    suppressing = kind in {EventType.BOUNCED, EventType.COMPLAINED, EventType.UNSUBSCRIBED}
    assert list(ledger.suppressed("another")) == (["address-0"] if suppressing else [])


def test_unsubscribing_between_claim_and_submit_is_heeded(ledger: Ledger) -> None:
    enrolled(ledger, 2)
    enrolled(ledger, 1, LAST_WEEK)
    claims = Worker(ledger).claim()
    ledger.unsubscribe(name(0, LAST_WEEK), NOW, everything=False)
    assert Worker(ledger).submit(claims) == {name(1)}
    assert states(ledger) == [State.CANCELLED, State.SUBMITTING]


def test_who_unsubscribes_has_got_the_message(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    Worker(ledger).sent(Outcome.UNCERTAIN)
    ledger.unsubscribe(name(0), LATER, everything=False)
    assert states(ledger) == [State.ACCEPTED]


# what events prove

PROVEN = {
    EventType.ACCEPTED: State.ACCEPTED,
    EventType.DELIVERED: State.ACCEPTED,
    EventType.DEFERRED: State.UNCERTAIN,
    EventType.BOUNCED: State.ACCEPTED,
    EventType.COMPLAINED: State.ACCEPTED,
    EventType.OPENED: State.ACCEPTED,
    EventType.CLICKED: State.ACCEPTED,
    EventType.UNSUBSCRIBED: State.ACCEPTED,
    EventType.REJECTED: State.REJECTED,
}
LEAVING = [kind for kind, state in PROVEN.items() if state is State.ACCEPTED]
SILENT = [kind for kind, state in PROVEN.items() if state is not State.ACCEPTED]


@pytest.mark.parametrize(("kind", "state"), PROVEN.items())
def test_an_event_settles_what_was_uncertain(ledger: Ledger, kind: EventType, state: State) -> None:
    enrolled(ledger, 2)
    Worker(ledger).sent(Outcome.UNCERTAIN, 2)
    ledger.record([event(1, kind)])
    assert states(ledger) == [state, State.UNCERTAIN]


@pytest.mark.parametrize(("kind", "state"), PROVEN.items())
def test_an_event_that_came_before_the_crash_was_noticed_settles_too(
    ledger: Ledger, kind: EventType, state: State
) -> None:
    enrolled(ledger, 2)
    Worker(ledger).submitted(2)
    ledger.record([event(1, kind)])
    assert states(ledger) == [State.SUBMITTING, State.SUBMITTING]
    uncertain = ledger.recover(EDITION, "anna", NOW).uncertain
    assert states(ledger) == [state, State.UNCERTAIN]
    assert uncertain == states(ledger).count(State.UNCERTAIN)


@pytest.mark.parametrize("outcome", [Outcome.UNCERTAIN, Outcome.DEFERRED])
def test_an_event_that_was_quicker_than_its_receipt_settles_too(ledger: Ledger, outcome: Outcome) -> None:
    enrolled(ledger, 1)
    ids = Worker(ledger).submitted()
    ledger.record([event(1, EventType.DELIVERED)])
    Worker(ledger).settle(ids, outcome)
    assert states(ledger) == [State.ACCEPTED]


def test_delivered_proves_more_than_rejected(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    ids = Worker(ledger).submitted()
    ledger.record([event(1, EventType.REJECTED), event(2, EventType.DELIVERED)])
    Worker(ledger).settle(ids, Outcome.UNCERTAIN)
    assert states(ledger) == [State.ACCEPTED]


@pytest.mark.parametrize("kind", LEAVING)
@pytest.mark.parametrize("how", ["deferred", "resolved", "claimed again"])
def test_what_waits_for_another_try_and_left_after_all_is_not_sent_again(
    ledger: Ledger, kind: EventType, how: str
) -> None:
    enrolled(ledger, 1)
    worker = Worker(ledger)
    worker.sent(Outcome.UNCERTAIN if how == "resolved" else Outcome.DEFERRED)
    ledger.resolve(EDITION, None, State.WAITING, NOW)
    claims = worker.claim(1, LATER) if how == "claimed again" else []
    ledger.record([event(1, kind)])
    assert states(ledger) == [State.ACCEPTED]
    assert worker.submit(claims, LATER) == frozenset()
    assert worker.claim(1, LATER + timedelta(days=1)) == []


@pytest.mark.parametrize("kind", SILENT)
def test_what_waits_for_another_try_is_tried_again_whatever_else_happens(ledger: Ledger, kind: EventType) -> None:
    enrolled(ledger, 1)
    Worker(ledger).sent(Outcome.DEFERRED)
    ledger.record([event(1, kind)])
    assert positions(Worker(ledger).claim(1, LATER)) == [0]


@pytest.mark.parametrize("kind", EventType)
def test_what_was_never_tried_cannot_have_left(ledger: Ledger, kind: EventType) -> None:
    """Its events come from elsewhere: somebody follows the links of a preview."""
    enrolled(ledger, 2)
    Worker(ledger).claim(1)
    ledger.record([event(1, kind, 0), event(2, kind, 1)])
    assert states(ledger) == [State.CLAIMED, State.WAITING]


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED])
@pytest.mark.parametrize("kind", EventType)
def test_no_event_moves_what_is_certain(ledger: Ledger, outcome: Outcome, kind: EventType) -> None:
    enrolled(ledger, 1)
    Worker(ledger).sent(outcome)
    before = states(ledger)
    ledger.record([event(1, kind)])
    assert states(ledger) == before


def test_a_proof_says_when(ledger: Ledger) -> None:
    enrolled(ledger, 1)
    Worker(ledger).sent(Outcome.UNCERTAIN)
    ledger.record([event(n, EventType.OPENED, at=LATER + n * MINUTE) for n in (2, 1)])
    (delivery,) = ledger.deliveries(EDITION)
    assert delivery.changed_at == LATER + 2 * MINUTE
    assert delivery.detail == "settled by the provider's events"


# reading


def test_deliveries_can_be_read_by_state(ledger: Ledger) -> None:
    enrolled(ledger, 7)
    worker = Worker(ledger)
    for outcome in Outcome:
        worker.sent(outcome)
    worker.submitted(1)
    worker.claim(1)
    ledger.cancel(EDITION, "enough", NOW)
    for state in State:
        ids = [d.delivery_id for d in ledger.deliveries(EDITION) if d.state is state]
        assert [d.delivery_id for d in ledger.deliveries(EDITION, state)] == ids


def test_recent_deliveries_are_those_that_left_or_may_have(ledger: Ledger) -> None:
    for edition in (EDITION, LAST_WEEK, ELSEWHERE):
        enrolled(ledger, 6, edition)
    Worker(ledger, ANNA, LAST_WEEK).sent(Outcome.ACCEPTED)
    Worker(ledger, ANNA, ELSEWHERE).sent(Outcome.ACCEPTED, 5, LATER)
    worker = Worker(ledger, BEN)
    for outcome in Outcome:
        worker.sent(outcome, now=LATER)
    worker.submitted(1, LATER + MINUTE)
    worker.claim(1, LATER + MINUTE)
    mine = [("2026-W48", "user-0", LATER), ("2026-W48", "user-3", LATER)]
    in_flight = [("2026-W48", "user-4", LATER + MINUTE)]
    assert sorted(ledger.recent_deliveries(CAMPAIGN, LATER)) == sorted(mine + in_flight)
    assert len(list(ledger.recent_deliveries(CAMPAIGN, NOW))) == 4


def test_a_slow_reader_keeps_nobody_from_writing(ledger: Ledger) -> None:
    enrolled(ledger, 20)
    reading = ledger.deliveries(EDITION)
    first = next(reading)
    assert Worker(ledger).sent(Outcome.ACCEPTED, 5)
    assert [first.delivery_id, *(d.delivery_id for d in reading)] == [name(n) for n in range(20)]
    assert ledger.tally(EDITION).accepted == 5
