"""What the service counts about itself, for Prometheus. No label holds anything that a stranger chose."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from campaigns.ground.event import Event
from campaigns.ports.entries import Recorded

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measures:
    """Counters and a histogram, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._handling = Histogram(
            "winddown_request_seconds",
            "How long requests took, their bodies included",
            ("route", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._unsubscribes = Counter(
            "winddown_unsubscribes",
            "Unsubscribes: taken, unknown (kept until the delivery is known), lost (the ledger failed)",
            ("outcome",),
            registry=self._registry,
        )
        self._posts = Counter(
            "winddown_webhook_posts",
            "Posts to webhooks: taken, refused or failed",
            ("webhook", "outcome"),
            registry=self._registry,
        )
        self._events = Counter(
            "winddown_events",
            "Events that came, by type: taken or lost (the ledger failed; providers send theirs again)",
            ("type", "outcome"),
            registry=self._registry,
        )
        self._ignored = Counter(
            "winddown_events_ignored",
            "Entries of webhooks' posts that were read and are no event of ours, or could not be read",
            ("webhook",),
            registry=self._registry,
        )
        self._recorded = Counter(
            "winddown_recorded_events",
            "What the ledger made of events: new, known before, of unknown deliveries; and new suppressions",
            ("outcome",),
            registry=self._registry,
        )

    def handled(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._handling.labels(route, str(status)).observe(seconds)

    def unsubscribed(self, outcome: str) -> None:
        """Somebody asked to be unsubscribed."""
        self._unsubscribes.labels(outcome).inc()

    def posted(self, webhook: str, outcome: str) -> None:
        """A provider posted."""
        self._posts.labels(webhook, outcome).inc()

    def ignored(self, webhook: str, entries: int) -> None:
        """A provider told of what is no event of ours."""
        self._ignored.labels(webhook).inc(entries)

    def recorded(self, events: Iterable[Event], became: Recorded | None) -> None:
        """Events were recorded, or not: None."""
        for event in events:
            self._events.labels(event.type, "taken" if became else "lost").inc()
        if became:
            for outcome in ("new", "known", "unknown", "suppressed"):
                self._recorded.labels(outcome).inc(getattr(became, outcome))

    def exposed(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)
