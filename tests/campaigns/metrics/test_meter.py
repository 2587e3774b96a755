"""What Prometheus is told, read by Prometheus' own parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.metrics.meter import PrometheusMeter
from campaigns.ports.entries import Recorded
from campaigns.ports.meter import Landed

EDITION = Edition("weekly", 2026, 47)
COUNTS = st.integers(0, 500)
BATCHES = st.lists(
    st.builds(
        Landed,
        accepted=COUNTS,
        rejected=COUNTS,
        deferred=COUNTS,
        uncertain=COUNTS,
        seconds=st.floats(0.001, 100),
        waited=st.floats(0, 10),
        throttled=st.booleans(),
    ),
    max_size=10,
)


def samples(meter: PrometheusMeter) -> dict[tuple[str, ...], float]:
    text = generate_latest(meter.registry).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@given(BATCHES)
def test_counters_are_the_sums_of_the_batches(batches: list[Landed]) -> None:
    meter = PrometheusMeter()
    for batch in batches:
        meter.landed(batch)
    found = samples(meter)
    for outcome in ("accepted", "rejected", "deferred", "uncertain"):
        assert found["winddown_messages_total", outcome] == sum(getattr(batch, outcome) for batch in batches)
    assert found["winddown_batch_seconds_count",] == len(batches)
    assert found["winddown_batch_seconds_sum",] == pytest.approx(sum(batch.seconds for batch in batches))
    assert found["winddown_rate_wait_seconds_total",] == pytest.approx(sum(batch.waited for batch in batches))
    assert found["winddown_throttled_batches_total",] == sum(batch.throttled for batch in batches)


@given(BATCHES)
def test_an_editions_deliveries_balance_while_batches_land(batches: list[Landed]) -> None:
    meter = PrometheusMeter()
    meter.stands(EDITION, Tally(planned=10_000, waiting=10_000), halted=False)
    for batch in batches:
        meter.landed(batch)
        found = samples(meter)
        states = ("accepted", "rejected", "uncertain", "cancelled", "waiting")
        assert sum(found["winddown_deliveries", str(EDITION), state] for state in states) == 10_000


def test_a_halt_shows() -> None:
    meter = PrometheusMeter()
    meter.stands(EDITION, Tally(planned=3, waiting=3), halted=True)
    assert samples(meter)["winddown_halted", str(EDITION)] == 1
    meter.stands(EDITION, Tally(planned=3, accepted=3), halted=False)
    found = samples(meter)
    assert found["winddown_halted", str(EDITION)] == 0
    assert found["winddown_deliveries", str(EDITION), "waiting"] == 0


def test_recorded_events_are_counted_by_what_became_of_them() -> None:
    meter = PrometheusMeter()
    meter.recorded(Recorded(new=5, known=2, unknown=1, suppressed=3))
    meter.recorded(Recorded(new=1))
    found = samples(meter)
    counted = {what: found["winddown_recorded_events_total", what] for what in ("new", "known", "unknown")}
    assert counted == {"new": 6, "known": 2, "unknown": 1}
    assert found["winddown_recorded_events_total", "suppressed"] == 3


@given(st.lists(st.sampled_from(Outcome)))
def test_a_batch_is_its_receipts_counted(outcomes: list[Outcome]) -> None:
    receipts = [Receipt(f"{number:032x}", outcome) for number, outcome in enumerate(outcomes)]
    landed = Landed.of(receipts, 1.5, 0.5)
    assert landed.messages == len(outcomes)
    assert landed.accepted == outcomes.count(Outcome.ACCEPTED)
    assert landed.uncertain == outcomes.count(Outcome.UNCERTAIN)
    assert (landed.seconds, landed.waited, landed.throttled) == (1.5, 0.5, False)
    throttled = Receipt("f" * 32, Outcome.DEFERRED, throttled=True)
    assert Landed.of([*receipts, throttled], 0, 0).throttled
