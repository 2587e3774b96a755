"""The meter for Prometheus: counters, gauges and histograms of a command that works for long.

Needs the extra `winddown[metrics]`. No label holds anything about a person, and none has many values.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ports.entries import Recorded
from campaigns.ports.meter import Landed

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_OUTCOMES = ("accepted", "rejected", "deferred", "uncertain")
_STATES = ("planned", "accepted", "rejected", "uncertain", "cancelled", "waiting", "in_flight")
_RECORDED = ("new", "known", "unknown", "suppressed")
_SETTLED = ("accepted", "rejected", "uncertain")


class PrometheusMeter:
    """`ports.meter.Meter`, in a registry of its own; of workers in other processes this one hears and tells."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._messages = Counter(
            "winddown_messages", "Messages handed over by this host, by outcome", ("outcome",), registry=registry
        )
        self._batches = Histogram(
            "winddown_batch_seconds",
            "From the call to the provider to its answer",
            buckets=_SECONDS,
            registry=registry,
        )
        self._waited = Counter(
            "winddown_rate_wait_seconds", "What workers waited for the rate, together", registry=registry
        )
        self._throttled = Counter(
            "winddown_throttled_batches", "Batches at which the provider asked to go slower", registry=registry
        )
        self._deliveries = Gauge(
            "winddown_deliveries", "An edition's deliveries by state", ("edition", "state"), registry=registry
        )
        self._halted = Gauge("winddown_halted", "Whether an edition is halted", ("edition",), registry=registry)
        self._recorded = Counter(
            "winddown_recorded_events",
            "What the ledger made of events: new, known before, of unknown deliveries; and new suppressions",
            ("outcome",),
            registry=registry,
        )
        for outcome in _OUTCOMES:  # a counter that is there from the first can be told from one that is missing
            self._messages.labels(outcome)
        self._edition = ""

    def landed(self, batch: Landed) -> None:
        """A batch is settled; the ledger is not asked for it, and what other hosts send shows up later."""
        for outcome in _OUTCOMES:
            self._messages.labels(outcome).inc(getattr(batch, outcome))
        if batch.seconds:
            self._batches.observe(batch.seconds)
        self._waited.inc(batch.waited)
        self._throttled.inc(batch.throttled)
        if self._edition:
            for outcome in _SETTLED:
                self._deliveries.labels(self._edition, outcome).inc(getattr(batch, outcome))
                self._deliveries.labels(self._edition, "waiting").dec(getattr(batch, outcome))

    def stands(self, edition: Edition, tally: Tally, *, halted: bool) -> None:
        """Where an edition stands, as the ledger has it."""
        self._edition = str(edition)
        for state in _STATES:
            self._deliveries.labels(self._edition, state).set(getattr(tally, state))
        self._halted.labels(self._edition).set(halted)

    def recorded(self, became: Recorded) -> None:
        """Events were recorded."""
        for outcome in _RECORDED:
            self._recorded.labels(outcome).inc(getattr(became, outcome))
