"""The names of what experiments are judged by; `report.metrics` says how each is measured."""

from __future__ import annotations

from enum import StrEnum


class MetricName(StrEnum):
    """The closed list. A declaration that names another is refused when it is read, and not weeks later."""

    COMPLETED_24H_OF_SENDING = "completed_24h_of_sending"
    COMPLETED_24H_OF_DELIVERY = "completed_24h_of_delivery"
    COMPLETED_24H_OF_OPENING = "completed_24h_of_opening"
    COMPLETED_24H_OF_ANY_OPENING = "completed_24h_of_any_opening"
    COMPLETED_24H_OF_CLICKING = "completed_24h_of_clicking"
    COMPLETED_RECOMMENDED = "completed_recommended"
    NEW_ITEMS_STARTED = "new_items_started"
    CLICKED = "clicked"
    COMPLETION_DAYS_7 = "completion_days_7"
    COMPLETION_DAYS_28 = "completion_days_28"
    COMPLETIONS_PER_ACTIVE_DAY = "completions_per_active_day"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    LATE_NIGHT_MINUTES = "late_night_minutes"

    @property
    def conditional(self) -> bool:
        """Whether its population is chosen after treatment, by those who opened or clicked.

        The arms' populations may then differ, and no experiment is decided by it.
        """
        return self in _CONDITIONAL

    @property
    def in_app(self) -> bool:
        """Whether it needs no email: for tests inside the app, where the assignment stands for the sending."""
        return self in _IN_APP


_CONDITIONAL = frozenset(
    {
        MetricName.COMPLETED_24H_OF_OPENING,
        MetricName.COMPLETED_24H_OF_ANY_OPENING,
        MetricName.COMPLETED_24H_OF_CLICKING,
    }
)
_IN_APP = frozenset(
    {
        MetricName.COMPLETED_24H_OF_SENDING,
        MetricName.NEW_ITEMS_STARTED,
        MetricName.COMPLETION_DAYS_7,
        MetricName.COMPLETION_DAYS_28,
        MetricName.COMPLETIONS_PER_ACTIVE_DAY,
        MetricName.LATE_NIGHT_MINUTES,
    }
)
